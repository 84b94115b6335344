import {
  fieldsOf,
  isContent,
  MessageField,
  UnreadableMessageError,
  WIRE_TYPES,
} from '@thorax/platform/protobuf';

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
  for (const field of boundedFieldsOf(bytes, 'model')) {
    if (field.number === IR_VERSION && field.wireType === WIRE_TYPES.varint) irVersion = field.value;
    else if (isContent(field, PRODUCER_NAME)) producer = boundedTextOf(field);
    else if (isContent(field, GRAPH)) hasGraph = true;
    else if (isContent(field, METADATA_PROPS)) {
      properties.set(...entryOf(field.content));
      if (properties.size > MAX_PROPERTIES) {
        const start = field.content.byteOffset - bytes.byteOffset;
        throw new NotAnOnnxModelError(`more than ${MAX_PROPERTIES} metadata entries`, start);
      }
    }
  }
  if (irVersion === undefined) throw new NotAnOnnxModelError('it does not state an ONNX format version', 0);
  if (!hasGraph) throw new NotAnOnnxModelError('it holds no graph', bytes.length);
  return { irVersion, producer, properties };
}

function entryOf(entry: Uint8Array): [key: string, value: string] {
  let key = '';
  let value = '';
  for (const field of boundedFieldsOf(entry, 'metadata entry')) {
    if (isContent(field, ENTRY_KEY)) key = boundedTextOf(field);
    if (isContent(field, ENTRY_VALUE)) value = boundedTextOf(field);
  }
  return [key, value];
}

function* boundedFieldsOf(message: Uint8Array, part: string): Generator<MessageField> {
  try {
    yield* fieldsOf(message, part, MAX_FIELDS);
  } catch (error) {
    if (!(error instanceof UnreadableMessageError)) throw error;
    const { reason, offset } = error.details;
    throw new NotAnOnnxModelError(`the ${part} is truncated or damaged: ${reason}`, offset);
  }
}

function boundedTextOf({ content }: MessageField): string {
  if (content.length <= MAX_TEXT_BYTES) return new TextDecoder().decode(content);
  throw new NotAnOnnxModelError(`a metadata text of more than ${MAX_TEXT_BYTES} bytes`, 0);
}
