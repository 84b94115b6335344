import { OutputTensor, TensorSignature } from '../model-runner';
import { elementsOfJson } from '../open-inference/json-tensor';
import { invalidArgument, ProtocolError, quoted } from '../open-inference/protocol.error';
import { invalidAnswer, RemoteFault } from './remote-fault';
import { bytesOfDatatype, floatsOf, typeOfDatatype } from './tensor-type';

/** One output as a server sent it: nothing of it is checked. */
export interface AnsweredTensor {
  readonly name: unknown;
  readonly datatype: unknown;
  readonly shape: unknown;
  /** Little-endian elements, or … */
  readonly bytes?: Uint8Array;
  /** … numbers, flat or nested. */
  readonly values?: unknown;
}

/** What an answer must be. */
export interface ExpectedAnswer {
  /** All of them, in the order in which they are wanted. */
  readonly outputs: readonly TensorSignature[];
  /** Images of the request. */
  readonly batchSize: number;
}

const MAX_DIMENSIONS = 8;

/**
 * The outputs of an answer, checked: each expected one is there once, of the declared type, of a shape that fits the
 * declaration with one row an image, with exactly the elements of that shape. Others are left out; values are not
 * looked at. Memory is only taken for elements that are there. Throws a {@link RemoteFault} of kind `invalid`.
 */
export function checkedOutputs(
  answered: readonly AnsweredTensor[],
  { outputs, batchSize }: ExpectedAnswer,
): OutputTensor[] {
  return outputs.map((expected) => {
    const [tensor, ...others] = answered.filter(({ name }) => name === expected.name);
    if (!tensor || others.length > 0) {
      throw invalidAnswer(`output ${quoted(expected.name)} is there ${tensor ? 'more than once' : 'not'}`);
    }
    return checkedOutput(tensor, expected, batchSize);
  });
}

/** An answer of another version than the one that was described is one of another model. */
export function requireVersion(got: string | undefined, expected: string | undefined): void {
  if (!got || expected === undefined || got === expected) return;
  throw new RemoteFault('changed', `version ${got.slice(0, 60)} answered instead of ${expected}`);
}

function checkedOutput(tensor: AnsweredTensor, expected: TensorSignature, batchSize: number): OutputTensor {
  const what = `output ${quoted(expected.name)}`;
  const { datatype } = tensor;
  if (typeof datatype !== 'string' || typeOfDatatype(datatype) !== expected.type) {
    throw invalidAnswer(`${what} has the datatype ${quoted(datatype)}, expected ${expected.type}`);
  }
  const elementBytes = bytesOfDatatype(datatype);
  if (elementBytes === undefined) throw invalidAnswer(`${what} holds ${datatype}, which is not read here`);
  const dims = shapeOf(tensor.shape, what);
  requireFit(dims, expected, batchSize, what);
  const elements = dims.reduce((product, dim) => product * dim, 1);
  const data = tensor.bytes
    ? floatsOfBytes(tensor.bytes, { datatype, elements, elementBytes, what })
    : floatsOfValues(tensor.values, elements, what);
  return { name: expected.name, dims, data };
}

function shapeOf(shape: unknown, what: string): number[] {
  const valid =
    Array.isArray(shape) &&
    shape.length <= MAX_DIMENSIONS &&
    shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0);
  if (!valid) throw invalidAnswer(`${what} has no shape of at most ${MAX_DIMENSIONS} whole numbers`);
  return shape as number[];
}

/** All layouts read here have a row an image; fewer would look like images without findings. */
function requireFit(
  dims: readonly number[],
  { dims: declared }: TensorSignature,
  batchSize: number,
  what: string,
): void {
  const wanted = declared.map((dim, index) => dim ?? (index === 0 ? batchSize : undefined));
  const fits =
    dims.length === wanted.length && wanted.every((dim, index) => dim === undefined || dim === dims[index]);
  if (fits) return;
  throw invalidAnswer(
    `${what} has the shape [${dims.join(', ')}], expected [${wanted.map((dim) => dim ?? 'any').join(', ')}]`,
  );
}

function floatsOfBytes(
  bytes: Uint8Array,
  tensor: { datatype: string; elements: number; elementBytes: number; what: string },
): Float32Array {
  const { datatype, elements, elementBytes, what } = tensor;
  if (bytes.length !== elements * elementBytes) {
    throw invalidAnswer(
      `${what} has ${bytes.length} bytes, its shape of ${datatype} ${elements * elementBytes}`,
    );
  }
  return floatsOf(bytes, datatype);
}

function floatsOfValues(values: unknown, elements: number, what: string): Float32Array {
  try {
    if (!Array.isArray(values)) throw invalidArgument(`${what} has no data`);
    return elementsOfJson(values, { datatype: 'FP32', elements, what }) as Float32Array;
  } catch (error) {
    if (error instanceof ProtocolError) throw invalidAnswer(error.message);
    throw error;
  }
}
