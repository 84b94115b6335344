/** What a model file says about itself besides its graph. */
export interface OnnxMetadata {
  /** Version of the ONNX format, for example 8. */
  readonly irVersion: number;
  /** Tool that wrote the file; '' when it does not say. */
  readonly producer: string;
  /** Custom entries such as `names`, `imgsz` and `stride`. */
  readonly properties: ReadonlyMap<string, string>;
}

/** The bytes are not an ONNX model; `offset` is where reading them stopped making sense. */
export class NotAnOnnxModelError extends Error {
  constructor(
    readonly reason: string,
    readonly offset: number,
  ) {
    super(`${reason} (at byte ${offset})`);
    this.name = new.target.name;
  }
}

const IR_VERSION = 1;
const PRODUCER_NAME = 2;
const GRAPH = 7;
const METADATA_PROPS = 14;
const ENTRY_KEY = 1;
const ENTRY_VALUE = 2;

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

const MAX_FIELDS = 10_000;
const MAX_PROPERTIES = 256;
const MAX_TEXT_BYTES = 1 << 20;

/**
 * Reads the metadata of an ONNX file, which onnxruntime-node does not hand out: the top-level fields of the
 * protobuf message ModelProto, skipping the graph without looking inside.
 *
 * Bounded: at most 10,000 fields, 256 properties and 1 MiB a text, whatever the file claims.
 * Throws {@link NotAnOnnxModelError} for anything that is not a complete model.
 */
export function readOnnxMetadata(bytes: Uint8Array): OnnxMetadata {
  let irVersion: number | undefined;
  let producer = '';
  let hasGraph = false;
  const properties = new Map<string, string>();
  for (const field of fieldsOf(bytes, 0, bytes.length)) {
    if (field.number === IR_VERSION && field.wireType === VARINT) irVersion = field.value;
    else if (field.number === PRODUCER_NAME && field.wireType === BYTES) producer = textOf(bytes, field);
    else if (field.number === GRAPH && field.wireType === BYTES) hasGraph = true;
    else if (field.number === METADATA_PROPS && field.wireType === BYTES) {
      const [key, value] = entryOf(bytes, field);
      properties.set(key, value);
      if (properties.size > MAX_PROPERTIES) {
        throw new NotAnOnnxModelError(`more than ${MAX_PROPERTIES} metadata entries`, field.start);
      }
    }
  }
  if (irVersion === undefined) throw new NotAnOnnxModelError('it does not state an ONNX format version', 0);
  if (!hasGraph) throw new NotAnOnnxModelError('it holds no graph', bytes.length);
  return { irVersion, producer, properties };
}

interface Field {
  readonly number: number;
  readonly wireType: number;
  /** Of a varint field; 0 otherwise. */
  readonly value: number;
  /** Range of the content of a length-delimited field. */
  readonly start: number;
  readonly end: number;
}

function* fieldsOf(bytes: Uint8Array, start: number, end: number): Generator<Field> {
  let offset = start;
  for (let count = 0; offset < end; count++) {
    if (count === MAX_FIELDS) throw new NotAnOnnxModelError(`more than ${MAX_FIELDS} fields`, offset);
    const tag = varintAt(bytes, offset, end);
    const number = Math.floor(tag.value / 8);
    const wireType = tag.value % 8;
    if (number === 0) throw new NotAnOnnxModelError('field number 0', offset);
    offset = tag.next;
    if (wireType === VARINT) {
      const varint = varintAt(bytes, offset, end);
      yield { number, wireType, value: varint.value, start: offset, end: varint.next };
      offset = varint.next;
      continue;
    }
    const content = contentAt(bytes, offset, end, wireType);
    if (content.end > end)
      throw new NotAnOnnxModelError('the file ends inside a field: it is truncated', offset);
    yield { number, wireType, value: 0, ...content };
    offset = content.end;
  }
}

function contentAt(
  bytes: Uint8Array,
  offset: number,
  end: number,
  wireType: number,
): { start: number; end: number } {
  if (wireType === FIXED64) return { start: offset, end: offset + 8 };
  if (wireType === FIXED32) return { start: offset, end: offset + 4 };
  if (wireType !== BYTES) throw new NotAnOnnxModelError(`unknown wire type ${wireType}`, offset);
  const length = varintAt(bytes, offset, end);
  return { start: length.next, end: length.next + length.value };
}

/** Ten bytes carry 64 bits; beyond 2^53 the value is inexact, which no length or version here ever is. */
function varintAt(bytes: Uint8Array, offset: number, end: number): { value: number; next: number } {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    if (offset + i >= end)
      throw new NotAnOnnxModelError('the file ends inside a number: it is truncated', offset);
    const byte = bytes[offset + i]!;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, next: offset + i + 1 };
  }
  throw new NotAnOnnxModelError('a number longer than 64 bits', offset);
}

function entryOf(bytes: Uint8Array, entry: Field): [key: string, value: string] {
  let key = '';
  let value = '';
  for (const field of fieldsOf(bytes, entry.start, entry.end)) {
    if (field.wireType !== BYTES) continue;
    if (field.number === ENTRY_KEY) key = textOf(bytes, field);
    if (field.number === ENTRY_VALUE) value = textOf(bytes, field);
  }
  return [key, value];
}

function textOf(bytes: Uint8Array, field: Field): string {
  if (field.end - field.start > MAX_TEXT_BYTES) {
    throw new NotAnOnnxModelError(`a metadata text of more than ${MAX_TEXT_BYTES} bytes`, field.start);
  }
  return new TextDecoder().decode(bytes.subarray(field.start, field.end));
}
