import { Datatype, TensorData } from './datatype';

/** One input as the request has it, its element count checked against its shape. */
export interface RequestTensor {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** One output as the request wants it. */
export interface RequestedOutput {
  readonly name: string;
  /** After the JSON instead of inside it. */
  readonly binary: boolean;
}

/** What the request says about itself; everything else in `parameters` is ignored. */
export interface RequestParameters {
  /** Form of outputs that the request does not name. */
  readonly binaryOutputs: boolean;
  /** 1 is first; absent or 0 in the request: the default level. */
  readonly priority?: number;
  /** Microseconds it may wait in the queue; absent or 0 in the request: as long as the server allows. */
  readonly timeoutMicroseconds?: number;
}

/** An inference request, understood but not yet compared with a model. */
export interface InferRequest {
  readonly id?: string;
  readonly parameters: RequestParameters;
  /** Empty when `raw` is there. */
  readonly inputs: readonly RequestTensor[];
  /** Empty: all of the model. */
  readonly outputs: readonly RequestedOutput[];
  /** A body without any JSON: the elements of the model's only input. */
  readonly raw?: Uint8Array;
}

/** Bounds of what is read at all. */
export interface InferLimits {
  /** JSON part, bytes. */
  readonly maxJsonBytes: number;
  readonly maxTensors: number;
  /** Characters of a name or id. */
  readonly maxNameLength: number;
  readonly maxDimensions: number;
}

/** A tensor of 640 × 640 RGB as JSON has about 25 MB. */
export const DEFAULT_INFER_LIMITS: InferLimits = {
  maxJsonBytes: 32 * 1024 * 1024,
  maxTensors: 32,
  maxNameLength: 256,
  maxDimensions: 8,
};
