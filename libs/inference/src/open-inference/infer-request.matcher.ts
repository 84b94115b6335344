import { InputTensor } from '../model-runner';
import { bytesOf, Datatype, elementsOf, elementTypeOf, firstNonFinite, TensorData } from './datatype';
import { InferRequest, RequestedOutput } from './infer-request';
import { invalidArgument, quoted } from './protocol.error';
import { ModelInterface, TensorSpecification } from './tensor-specification';

/** A request that the model can be run on. */
export interface MatchedRequest {
  readonly input: InputTensor;
  /** Images in it. */
  readonly batchSize: number;
  /** In the order of the answer; never empty. */
  readonly outputs: readonly RequestedOutput[];
}

interface Candidate {
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/**
 * Compares a request with the model it is for. Throws an `invalid-argument` ProtocolError for a wrong name, type or
 * shape, for a batch that is empty or too large, and, unless `acceptNonFinite`, for NaN and infinity: no image has
 * them, and what a model makes of them looks like an image without findings.
 */
export function matchInferRequest(
  request: InferRequest,
  model: ModelInterface,
  modelName: string,
  { acceptNonFinite = false } = {},
): MatchedRequest {
  const { input: expected, maxBatchSize } = model;
  const candidate = request.raw
    ? rawInput(request.raw, expected)
    : namedInput(request.inputs, expected, modelName);
  const { datatype, shape, data } = candidate;
  if (datatype !== expected.datatype) {
    throw invalidArgument(
      `unexpected datatype ${datatype} for input ${quoted(expected.name)} of model ${quoted(modelName)}, expecting ${expected.datatype}`,
    );
  }
  requireShape(shape, expected, modelName);
  const batchSize = shape[0]!;
  if (batchSize === 0)
    throw invalidArgument(`input ${quoted(expected.name)} holds no image: its batch is empty`);
  if (batchSize > maxBatchSize) {
    throw invalidArgument(
      `inference request batch-size must be <= ${maxBatchSize} for ${quoted(modelName)}, got ${batchSize}`,
    );
  }
  const odd = acceptNonFinite ? -1 : firstNonFinite(data);
  if (odd >= 0) {
    throw invalidArgument(
      `input ${quoted(expected.name)} must hold finite numbers only; element ${odd} is NaN or infinite`,
    );
  }
  return {
    input: { type: elementTypeOf(datatype), dims: shape as unknown as InputTensor['dims'], data },
    batchSize,
    outputs: outputsOf(request, model, modelName),
  };
}

function namedInput(
  inputs: InferRequest['inputs'],
  { name }: TensorSpecification,
  modelName: string,
): Candidate {
  const stranger = inputs.find((input) => input.name !== name);
  if (stranger) {
    throw invalidArgument(
      `unexpected inference input ${quoted(stranger.name)} for model ${quoted(modelName)}, expecting ${quoted(name)}`,
    );
  }
  if (inputs.length === 0) {
    throw invalidArgument(
      `expected 1 input (${quoted(name)}) but got 0 inputs for model ${quoted(modelName)}`,
    );
  }
  return inputs[0]!;
}

/** A body without JSON is one image, whose every dimension must be known. */
function rawInput(raw: Uint8Array, { name, datatype, shape }: TensorSpecification): Candidate {
  const known = [1, ...shape.slice(1)];
  if (known.includes(-1)) {
    throw invalidArgument(`input ${quoted(name)} has no fixed size, so a raw body does not tell its shape`);
  }
  const bytes = known.reduce((product, side) => product * side, bytesOf(datatype));
  if (raw.length !== bytes) {
    throw invalidArgument(
      `a raw body for input ${quoted(name)} must have ${bytes} bytes (${datatype} [${known.join(',')}]), got ${raw.length}`,
    );
  }
  return { datatype, shape: known, data: elementsOf(raw, datatype) };
}

function requireShape(shape: readonly number[], expected: TensorSpecification, modelName: string): void {
  const fits =
    shape.length === expected.shape.length &&
    expected.shape.every((side, index) => side === -1 || side === shape[index]);
  if (fits) return;
  throw invalidArgument(
    `unexpected shape for input ${quoted(expected.name)} for model ${quoted(modelName)}. ` +
      `Expected [${expected.shape.join(',')}], got [${shape.join(',')}]`,
  );
}

function outputsOf(
  { outputs, parameters }: InferRequest,
  model: ModelInterface,
  modelName: string,
): readonly RequestedOutput[] {
  if (outputs.length === 0) {
    return model.outputs.map(({ name }) => ({ name, binary: parameters.binaryOutputs }));
  }
  const stranger = outputs.find(({ name }) => !model.outputs.some((output) => output.name === name));
  if (stranger) {
    throw invalidArgument(
      `unexpected inference output ${quoted(stranger.name)} for model ${quoted(modelName)}`,
    );
  }
  return outputs;
}
