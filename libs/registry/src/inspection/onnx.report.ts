/** How often an operator stands in a model, in all its graphs. */
export interface OperatorCount {
  /** `ai.onnx` is ONNX's own set of operators. */
  readonly domain: string;
  readonly type: string;
  readonly count: number;
}

/** A declared input or output. */
export interface DeclaredValue {
  readonly name: string;
  /** For example `float32`; null where it is no tensor or of no known type. */
  readonly type: string | null;
  /** A number is fixed, a name or null is open; null for all where no shape is declared. */
  readonly dims: readonly (number | string | null)[] | null;
}

/**
 * What an ONNX file is, read without a runtime. Texts of the file are cut and hold no control characters; lists
 * are cut where the policy says.
 */
export interface OnnxReport {
  readonly sizeBytes: number;
  /** Version of the format; null where the file does not say. */
  readonly irVersion: number | null;
  /** Tool that wrote it; '' where it does not say. */
  readonly producer: string;
  readonly opsets: readonly { readonly domain: string; readonly version: number }[];
  /** Graphs within graphs; 1 where there is one. */
  readonly depth: number;
  readonly nodes: number;
  /** The most frequent first. */
  readonly operators: readonly OperatorCount[];
  /** Without the initialisers that old files declare among them. */
  readonly inputs: readonly DeclaredValue[];
  readonly outputs: readonly DeclaredValue[];
  /** Weights: how many tensors, and bytes of their elements. */
  readonly initialisers: { readonly count: number; readonly bytes: number };
  readonly metadata: readonly { readonly key: string; readonly value: string }[];
  /** Functions that the file brings along. */
  readonly functions: readonly string[];
}
