import { OutputTensor } from '../model-runner';
import { ProtocolError, quoted } from '../open-inference/protocol.error';
import { readTensorJson } from '../open-inference/tensor-json.reader';
import { AnsweredTensor, checkedOutputs, ExpectedAnswer } from './answered-tensors';
import { invalidAnswer } from './remote-fault';

type Fields = Readonly<Record<string, unknown>>;

const MAX_TENSORS = 32;
const JSON_LIMITS = { maxDepth: 16, maxValues: 200_000 };

/** The body of an HTTP answer to an inference request. */
export interface AnswerBody {
  readonly body: Uint8Array;
  /** Value of `Inference-Header-Content-Length`; absent where all is JSON. */
  readonly headerLength?: string;
}

/** An answer's outputs and the version of the model that it says it is of. */
export interface DecodedAnswer {
  readonly outputs: OutputTensor[];
  readonly modelVersion?: string;
}

/**
 * Understands an answer of the Open Inference Protocol, its outputs in JSON, after the JSON, or both. `body` must not
 * change while the result is in use. Throws a `RemoteFault` of kind `invalid`, and nothing else, for whatever bytes;
 * time and memory are bounded by the length of `body`.
 */
export function decodeInferAnswer(
  { body, headerLength }: AnswerBody,
  expected: ExpectedAnswer,
): DecodedAnswer {
  const jsonLength = jsonLengthOf(headerLength, body.length);
  const root = fieldsOf(jsonOf(body.subarray(0, jsonLength)), 'the answer');
  if (!Array.isArray(root.outputs) || root.outputs.length > MAX_TENSORS) {
    throw invalidAnswer(`it has no list of at most ${MAX_TENSORS} outputs`);
  }
  const tail = body.subarray(jsonLength);
  let offset = 0;
  const answered = root.outputs.map((entry): AnsweredTensor => {
    const { name, datatype, shape, data, parameters } = fieldsOf(entry, 'an output');
    const size = parameters
      ? fieldsOf(parameters, 'the parameters of an output').binary_data_size
      : undefined;
    if (size === undefined) return { name, datatype, shape, values: data };
    if (!Number.isSafeInteger(size) || (size as number) < 0 || offset + (size as number) > tail.length) {
      throw invalidAnswer(
        `output ${quoted(name)} announces ${quoted(size)} bytes, ${tail.length - offset} are left`,
      );
    }
    offset += size as number;
    return { name, datatype, shape, bytes: tail.subarray(offset - (size as number), offset) };
  });
  if (offset < tail.length) throw invalidAnswer(`${tail.length - offset} bytes follow the last output`);
  const { model_version: version } = root;
  return {
    outputs: checkedOutputs(answered, expected),
    ...(typeof version === 'string' && version && { modelVersion: version }),
  };
}

/** A JSON document of a server. Throws a `RemoteFault` of kind `invalid`. */
export function jsonOf(bytes: Uint8Array): unknown {
  try {
    return readTensorJson(bytes, { ...JSON_LIMITS, maxBytes: bytes.length });
  } catch (error) {
    if (error instanceof ProtocolError) throw invalidAnswer('it is no JSON that can be read');
    throw error;
  }
}

function jsonLengthOf(headerLength: string | undefined, bodyLength: number): number {
  if (headerLength === undefined) return bodyLength;
  const length = /^\d{1,15}$/.test(headerLength) ? Number(headerLength) : NaN;
  if (length <= bodyLength) return length;
  throw invalidAnswer(
    `Inference-Header-Content-Length is ${quoted(headerLength)} for a body of ${bodyLength} bytes`,
  );
}

function fieldsOf(value: unknown, what: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw invalidAnswer(`${what} is no JSON object`);
}
