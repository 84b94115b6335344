import { bytesOf, DATATYPES, elementsOf, isDatatype } from './datatype';
import {
  DEFAULT_INFER_LIMITS,
  InferLimits,
  InferRequest,
  RequestedOutput,
  RequestParameters,
  RequestTensor,
} from './infer-request';
import { requireDistinct, shapeOf } from './infer-request.rules';
import { elementsOfJson } from './json-tensor';
import { invalidArgument, ProtocolError, quoted } from './protocol.error';
import { readTensorJson } from './tensor-json.reader';

type Fields = Readonly<Record<string, unknown>>;

/** Arrays, objects and texts of a request: a nested tensor of 640 × 640 RGB has 2,000 of them. */
const MAX_JSON_VALUES = 100_000;
const MAX_JSON_DEPTH = 16;

/** Where the part of the body after the JSON is read, in the order of the inputs. */
class BinaryTail {
  private offset = 0;

  constructor(private readonly bytes: Uint8Array) {}

  take(size: number, name: string): Uint8Array {
    if (this.offset + size > this.bytes.length) {
      throw invalidArgument(
        `unexpected end of the request: input ${quoted(name)} announces ${size} bytes of binary data, ` +
          `${this.bytes.length - this.offset} are left`,
      );
    }
    this.offset += size;
    return this.bytes.subarray(this.offset - size, this.offset);
  }

  requireEnd(): void {
    const left = this.bytes.length - this.offset;
    if (left > 0) throw invalidArgument(`unexpected ${left} bytes of binary data after the last input`);
  }
}

/**
 * Understands an inference request. `body` is already decompressed and must not change while the result is in use;
 * `headerLength` is the text of `Inference-Header-Content-Length`, the length of the JSON part in bytes, absent
 * when the body is JSON alone, and 0 when it is the bytes of one tensor alone.
 *
 * Throws a ProtocolError for anything malformed: `unsupported` for shared memory and classification,
 * `invalid-argument` otherwise. Bounded in time and memory by the length of `body` and by `limits`.
 */
export function decodeInferRequest(
  body: Uint8Array,
  headerLength?: string,
  limits: InferLimits = DEFAULT_INFER_LIMITS,
): InferRequest {
  const jsonLength = jsonLengthOf(headerLength, body.length);
  if (jsonLength === 0) return { parameters: { binaryOutputs: true }, inputs: [], outputs: [], raw: body };
  const json = readTensorJson(body.subarray(0, jsonLength), {
    maxBytes: limits.maxJsonBytes,
    maxDepth: MAX_JSON_DEPTH,
    maxValues: MAX_JSON_VALUES,
  });
  const root = fieldsOf(json, 'the request');
  const parameters = parametersOf(root);
  const tail = new BinaryTail(body.subarray(jsonLength));
  const inputs = listOf(root, 'inputs', limits).map((entry) => inputOf(entry, tail, limits));
  tail.requireEnd();
  const outputs =
    root.outputs === undefined
      ? []
      : listOf(root, 'outputs', limits).map((entry) => outputOf(entry, parameters, limits));
  requireDistinct(inputs, 'input');
  requireDistinct(outputs, 'output');
  const id = idOf(root, limits);
  return { ...(id !== undefined && { id }), parameters, inputs, outputs };
}

function jsonLengthOf(headerLength: string | undefined, bodyLength: number): number {
  if (headerLength === undefined) {
    if (bodyLength === 0) throw invalidArgument('the request has no body');
    return bodyLength;
  }
  const length = /^\d{1,15}$/.test(headerLength.trim()) ? Number(headerLength) : NaN;
  if (!(length <= bodyLength)) {
    throw invalidArgument(
      `Inference-Header-Content-Length must be a whole number from 0 to the ${bodyLength} bytes of the body, ` +
        `got ${quoted(headerLength)}`,
    );
  }
  if (length === 0 && bodyLength === 0) throw invalidArgument('the request has no body');
  return length;
}

function inputOf(entry: unknown, tail: BinaryTail, limits: InferLimits): RequestTensor {
  const fields = fieldsOf(entry, 'an input');
  const name = nameOf(fields, 'an input', limits);
  const what = `input ${quoted(name)}`;
  const { datatype } = fields;
  if (!isDatatype(datatype)) {
    throw invalidArgument(
      `${what} has the datatype ${quoted(datatype)}; this server takes ${DATATYPES.join(', ')}`,
    );
  }
  const shape = shapeOf(fields.shape, what, limits);
  const elements = shape.reduce((product, side) => product * side, 1);
  const parameters = optionalFields(fields.parameters, `the parameters of ${what}`);
  refuseSharedMemory(parameters, what);
  const size = parameters.binary_data_size;
  if (size === undefined) {
    if (!Array.isArray(fields.data))
      throw invalidArgument(`${what} has neither "data" nor "binary_data_size"`);
    return { name, datatype, shape, data: elementsOfJson(fields.data, { datatype, elements, what }) };
  }
  if (fields.data !== undefined) throw invalidArgument(`${what} has both "data" and "binary_data_size"`);
  const expected = elements * bytesOf(datatype);
  if (size !== expected) {
    throw invalidArgument(
      `${what} announces ${quoted(size)} bytes of binary data, but shape [${shape.join(',')}] of ${datatype} has ${expected}`,
    );
  }
  return { name, datatype, shape, data: elementsOf(tail.take(size, name), datatype) };
}

function outputOf(
  entry: unknown,
  { binaryOutputs }: RequestParameters,
  limits: InferLimits,
): RequestedOutput {
  const fields = fieldsOf(entry, 'an output');
  const name = nameOf(fields, 'an output', limits);
  const what = `output ${quoted(name)}`;
  const parameters = optionalFields(fields.parameters, `the parameters of ${what}`);
  refuseSharedMemory(parameters, what);
  if (parameters.classification !== undefined && parameters.classification !== 0) {
    throw new ProtocolError('unsupported', `${what}: the classification extension is not supported`);
  }
  return { name, binary: flagOf(parameters, 'binary_data', what) ?? binaryOutputs };
}

function parametersOf(root: Fields): RequestParameters {
  const parameters = optionalFields(root.parameters, 'the parameters of the request');
  const priority = countOf(parameters, 'priority');
  const timeoutMicroseconds = countOf(parameters, 'timeout');
  return {
    binaryOutputs: flagOf(parameters, 'binary_data_output', 'the request') ?? false,
    ...(priority && { priority }),
    ...(timeoutMicroseconds && { timeoutMicroseconds }),
  };
}

function refuseSharedMemory(parameters: Fields, what: string): void {
  if (parameters.shared_memory_region === undefined) return;
  throw new ProtocolError('unsupported', `${what}: shared memory is not supported by this server`);
}

function flagOf(parameters: Fields, key: string, what: string): boolean | undefined {
  const value = parameters[key];
  if (value === undefined || typeof value === 'boolean') return value;
  throw invalidArgument(`${what}: parameter "${key}" must be true or false`);
}

function countOf(parameters: Fields, key: string): number | undefined {
  const value = parameters[key];
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= 0)) return value as number;
  throw invalidArgument(`parameter "${key}" must be a whole number from 0`);
}

function idOf({ id }: Fields, { maxNameLength }: InferLimits): string | undefined {
  if (id === undefined) return undefined;
  // Triton takes numbers too.
  if (Number.isSafeInteger(id)) return String(id);
  if (typeof id === 'string' && id.length <= maxNameLength) return id;
  throw invalidArgument(`"id" must be a text of at most ${maxNameLength} characters`);
}

function listOf(root: Fields, key: 'inputs' | 'outputs', { maxTensors }: InferLimits): readonly unknown[] {
  const list = root[key];
  if (Array.isArray(list) && list.length <= maxTensors) return list as unknown[];
  throw invalidArgument(`the request needs "${key}", a list of at most ${maxTensors}`);
}

function nameOf({ name }: Fields, what: string, { maxNameLength }: InferLimits): string {
  if (typeof name === 'string' && name.length > 0 && name.length <= maxNameLength) return name;
  throw invalidArgument(`${what} needs a "name" of 1 to ${maxNameLength} characters`);
}

function fieldsOf(value: unknown, what: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw invalidArgument(`${what} must be a JSON object`);
}

function optionalFields(value: unknown, what: string): Fields {
  return value === undefined ? {} : fieldsOf(value, what);
}
