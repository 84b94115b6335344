import { Reader } from 'protobufjs/minimal';
import { bytesOf, DATATYPES, elementsOf, isDatatype, TensorData } from './datatype';
import {
  DEFAULT_INFER_LIMITS,
  InferLimits,
  InferRequest,
  RequestedOutput,
  RequestTensor,
} from './infer-request';
import { requireDistinct, shapeOf } from './infer-request.rules';
import { readFields, readInteger, readText, tagOf } from './protobuf.fields';
import { invalidArgument, ProtocolError, quoted } from './protocol.error';
import { elementsOfContents } from './typed-contents';

/** A ModelInferRequest: which model it is for, and what HTTP says in a body. */
export interface GrpcInferRequest {
  readonly modelName: string;
  readonly modelVersion?: string;
  readonly request: InferRequest;
}

type Parameters = Map<string, boolean | number | string>;

/** An input as it stands in the message; whose elements they are is known when the message is at its end. */
interface InputEntry {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly contents?: Uint8Array;
}

/** Parameters of one tensor or request that are looked at. */
const MAX_PARAMETERS = 256;

const TAGS = {
  modelName: tagOf(1, 'bytes'),
  modelVersion: tagOf(2, 'bytes'),
  id: tagOf(3, 'bytes'),
  parameters: tagOf(4, 'bytes'),
  inputs: tagOf(5, 'bytes'),
  outputs: tagOf(6, 'bytes'),
  rawInputContents: tagOf(7, 'bytes'),
} as const;

/**
 * Understands the bytes of a ModelInferRequest, whose elements are raw or typed. The tensors are views into `bytes`
 * where their alignment allows it, so `bytes` must not change while the result is in use.
 *
 * Throws a ProtocolError for anything malformed: `unsupported` for shared memory and classification,
 * `invalid-argument` otherwise. Bounded in time and memory by the length of `bytes` and by `limits`.
 */
export function decodeGrpcInferRequest(
  bytes: Uint8Array,
  limits: InferLimits = DEFAULT_INFER_LIMITS,
): GrpcInferRequest {
  let [modelName, modelVersion, id] = ['', '', ''];
  const parameters: Parameters = new Map();
  const entries: InputEntry[] = [];
  const outputs: RequestedOutput[] = [];
  const raw: Uint8Array[] = [];
  const text = (reader: Reader, what: string) => readText(reader, what, limits.maxNameLength);
  const readers: Readonly<Record<number, (reader: Reader) => unknown>> = {
    [TAGS.modelName]: (reader) => (modelName = text(reader, 'model_name')),
    [TAGS.modelVersion]: (reader) => (modelVersion = text(reader, 'model_version')),
    [TAGS.id]: (reader) => (id = text(reader, '"id"')),
    [TAGS.parameters]: (reader) => readParameter(reader.bytes(), parameters, limits),
    [TAGS.inputs]: (reader) => bounded(entries, 'inputs', limits).push(inputOf(reader.bytes(), limits)),
    [TAGS.outputs]: (reader) => bounded(outputs, 'outputs', limits).push(outputOf(reader.bytes(), limits)),
    [TAGS.rawInputContents]: (reader) => bounded(raw, 'raw_input_contents', limits).push(reader.bytes()),
  };
  readFields(bytes, (tag, reader) => {
    readers[tag]?.(reader);
    return tag in readers;
  });
  const inputs = tensorsOf(entries, raw, limits);
  requireDistinct(inputs, 'input');
  requireDistinct(outputs, 'output');
  const priority = countOf(parameters, 'priority');
  const timeoutMicroseconds = countOf(parameters, 'timeout');
  return {
    modelName,
    ...(modelVersion && { modelVersion }),
    request: {
      ...(id && { id }),
      parameters: {
        binaryOutputs: true,
        ...(priority && { priority }),
        ...(timeoutMicroseconds && { timeoutMicroseconds }),
      },
      inputs,
      outputs,
    },
  };
}

function inputOf(bytes: Uint8Array, limits: InferLimits): InputEntry {
  let [name, datatype] = ['', ''];
  const shape: number[] = [];
  const parameters: Parameters = new Map();
  const contents: Uint8Array[] = [];
  const readers: Readonly<Record<number, (reader: Reader) => unknown>> = {
    [tagOf(1, 'bytes')]: (reader) => (name = readText(reader, 'the name of an input', limits.maxNameLength)),
    [tagOf(2, 'bytes')]: (reader) => (datatype = readText(reader, 'a datatype', limits.maxNameLength)),
    [tagOf(3, 'bytes')]: (reader) => readSides(reader, shape, limits),
    [tagOf(3, 'varint')]: (reader) => shape.push(readInteger(reader)),
    [tagOf(4, 'bytes')]: (reader) => readParameter(reader.bytes(), parameters, limits),
    [tagOf(5, 'bytes')]: (reader) => contents.push(reader.bytes()),
  };
  readFields(bytes, (tag, reader) => {
    readers[tag]?.(reader);
    return tag in readers;
  });
  requireName(name, 'an input');
  refuseSharedMemory(parameters, `input ${quoted(name)}`);
  return {
    name,
    datatype,
    shape,
    // A message that is there in pieces is their sum; nobody writes it so.
    ...(contents.length > 0 && { contents: contents.length === 1 ? contents[0] : Buffer.concat(contents) }),
  };
}

/** Dimensions in one piece. Reads no more than would be refused anyway. */
function readSides(reader: Reader, shape: number[], { maxDimensions }: InferLimits): void {
  const end = reader.uint32() + reader.pos;
  if (end > reader.len) throw invalidArgument('unexpected end of the request');
  while (reader.pos < end && shape.length <= maxDimensions) shape.push(readInteger(reader));
  reader.pos = end;
}

function outputOf(bytes: Uint8Array, limits: InferLimits): RequestedOutput {
  let name = '';
  const parameters: Parameters = new Map();
  readFields(bytes, (tag, reader) => {
    if (tag === tagOf(1, 'bytes')) name = readText(reader, 'the name of an output', limits.maxNameLength);
    else if (tag === tagOf(2, 'bytes')) readParameter(reader.bytes(), parameters, limits);
    else return false;
    return true;
  });
  requireName(name, 'an output');
  const what = `output ${quoted(name)}`;
  refuseSharedMemory(parameters, what);
  if ((parameters.get('classification') ?? 0) !== 0) {
    throw new ProtocolError('unsupported', `${what}: the classification extension is not supported`);
  }
  return { name, binary: true };
}

function tensorsOf(
  entries: readonly InputEntry[],
  raw: readonly Uint8Array[],
  limits: InferLimits,
): RequestTensor[] {
  if (raw.length > 0 && raw.length !== entries.length) {
    throw invalidArgument(
      `expected one entry of raw_input_contents for each of the ${entries.length} inputs, got ${raw.length}`,
    );
  }
  return entries.map(({ name, datatype, shape: sides, contents }, index) => {
    const what = `input ${quoted(name)}`;
    if (!isDatatype(datatype)) {
      throw invalidArgument(
        `${what} has the datatype ${quoted(datatype)}; this server takes ${DATATYPES.join(', ')}`,
      );
    }
    const shape = shapeOf(sides, what, limits);
    const elements = shape.reduce((product, side) => product * side, 1);
    const bytes = raw[index];
    if (bytes && contents) {
      throw invalidArgument(`${what}: contents must not be there when raw_input_contents are used`);
    }
    const data = bytes
      ? rawElements(bytes, elements * bytesOf(datatype), { what, shape, datatype })
      : elementsOfContents(contents ?? new Uint8Array(), { datatype, elements, what });
    return { name, datatype, shape, data };
  });
}

function rawElements(
  bytes: Uint8Array,
  expected: number,
  { what, shape, datatype }: Pick<RequestTensor, 'shape' | 'datatype'> & { what: string },
): TensorData {
  if (bytes.length === expected) return elementsOf(bytes, datatype);
  throw invalidArgument(
    `unexpected total byte size ${bytes.length} for ${what}: shape [${shape.join(',')}] of ${datatype} has ${expected}`,
  );
}

/** One entry of a `map<string, InferParameter>`. Kinds that nothing here asks for are read too, as what they are. */
function readParameter(bytes: Uint8Array, parameters: Parameters, { maxNameLength }: InferLimits): void {
  let key = '';
  let value: boolean | number | string | undefined;
  const readers: Readonly<Record<number, (reader: Reader) => boolean | number | string>> = {
    [tagOf(1, 'varint')]: (reader) => reader.bool(),
    [tagOf(2, 'varint')]: readInteger,
    [tagOf(3, 'bytes')]: (reader) => readText(reader, 'a parameter', maxNameLength),
    [tagOf(4, 'bits64')]: (reader) => reader.double(),
    [tagOf(5, 'varint')]: (reader) => Number(reader.uint64()),
  };
  readFields(bytes, (tag, reader) => {
    if (tag === tagOf(1, 'bytes')) key = readText(reader, 'the name of a parameter', maxNameLength);
    else if (tag === tagOf(2, 'bytes')) {
      readFields(reader.bytes(), (kind, inner) => {
        if (kind in readers) value = readers[kind]!(inner);
        return kind in readers;
      });
    } else return false;
    return true;
  });
  if (value !== undefined) parameters.set(key, value);
  if (parameters.size > MAX_PARAMETERS)
    throw invalidArgument(`there are more than ${MAX_PARAMETERS} parameters`);
}

function countOf(parameters: Parameters, key: string): number | undefined {
  const value = parameters.get(key);
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= 0)) return value as number;
  throw invalidArgument(`parameter "${key}" must be a whole number from 0`);
}

function refuseSharedMemory(parameters: Parameters, what: string): void {
  if (!parameters.has('shared_memory_region')) return;
  throw new ProtocolError('unsupported', `${what}: shared memory is not supported by this server`);
}

function requireName(name: string, what: string): void {
  if (name === '') throw invalidArgument(`${what} needs a "name"`);
}

function bounded<T>(list: T[], what: string, { maxTensors }: InferLimits): T[] {
  if (list.length < maxTensors) return list;
  throw invalidArgument(`the request may have at most ${maxTensors} ${what}`);
}
