import { BatchReport } from './detection';
import { InvalidTensorError } from './errors';
import { ModelDescription } from './model-description';
import { InputElementType, ModelSignature, OutputTensor } from './model-runner';

/** A tensor as a client sends it, not yet checked; every `InputTensor` is one. */
export interface RawInput {
  /** Must be the model's input when given. */
  readonly name?: string;
  /** As ONNX Runtime names it: float32, float16 or uint8. */
  readonly type: string;
  /** [batch, channels, height, width] */
  readonly dims: readonly number[];
  /** The elements row by row, little-endian, in any view at any offset. Stays the caller's. */
  readonly data: ArrayBufferView;
}

/** Where the time of a raw inference went, in milliseconds; Triton's names for the last three. */
export interface InferenceTimings {
  /** From acceptance until a worker took the request; includes an attempt that was lost. */
  readonly queue: number;
  /** compute_input: placing the elements in the batch. */
  readonly input: number;
  /** compute_infer: the run of the whole batch. */
  readonly run: number;
  /** compute_output: taking this request's share out of the batch. */
  readonly output: number;
}

/** The answer to raw tensors. */
export interface InferenceResult {
  /** In the order of the signature; their data are the caller's to keep. */
  readonly outputs: readonly OutputTensor[];
  readonly timingsMs: InferenceTimings;
  readonly batch?: BatchReport;
}

export const BYTES_PER_ELEMENT: Readonly<Record<InputElementType, number>> = {
  float32: 4,
  float16: 2,
  uint8: 1,
};

/** What of a model decides which tensors it takes. */
export type TensorContract = Pick<ModelDescription, 'inputName' | 'inputType' | 'fixedBatchSize' | 'serving'>;

/**
 * Checks a tensor against the model before anything is queued; values are not looked at, so NaN passes.
 * Throws {@link InvalidTensorError} with what was expected and what came.
 */
export function requireFittingTensor(
  input: RawInput,
  model: TensorContract,
  signature: ModelSignature,
): asserts input is RawInput & { type: InputElementType; dims: readonly [number, number, number, number] } {
  const { inputName, inputType } = model;
  const refuse = (what: string, expected: string, got: string): never => {
    throw new InvalidTensorError({ input: inputName, what, expected, got });
  };
  if (input.name !== undefined && input.name !== inputName) refuse('name', inputName, shortened(input.name));
  if (input.type !== inputType) refuse('type', inputType, shortened(input.type));
  const declared = signature.inputs[0]!.dims;
  const fits = (dim: number, index: number): boolean =>
    Number.isInteger(dim) &&
    dim >= 1 &&
    (index === 0 || declared[index] === undefined || declared[index] === dim);
  if (input.dims.length !== declared.length || !input.dims.every(fits)) {
    refuse('shape', shown(['batch', ...declared.slice(1)]), shown(input.dims));
  }
  const most = largestBatch(model);
  if (input.dims[0]! > most) refuse('batch size', `at most ${most}`, `${input.dims[0]}`);
  const bytes = input.dims.reduce((product, dim) => product * dim, BYTES_PER_ELEMENT[inputType]);
  if (input.data.byteLength !== bytes) {
    refuse('data', `${bytes} bytes for ${inputType} ${shown(input.dims)}`, `${input.data.byteLength}`);
  }
}

/** Images one request may hold: a fixed batch is filled up, an open one ends at max_batch_size. */
export function largestBatch({ fixedBatchSize, serving }: TensorContract): number {
  return fixedBatchSize ?? serving.maxBatchSize;
}

function shown(dims: readonly (number | string | undefined)[]): string {
  const some = dims.slice(0, 8).map((dim) => dim ?? 'any');
  return `[${some.join(', ')}${dims.length > 8 ? ', …' : ''}]`;
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
