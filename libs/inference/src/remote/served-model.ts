import { createHash } from 'node:crypto';
import { ModelSignature, TensorSignature } from '../model-runner';
import { metadataEntriesOf } from './python-dictionary';
import { invalidAnswer } from './remote-fault';
import { typeOfDatatype } from './tensor-type';

/** A model as its server describes it. */
export interface ServedModel {
  /** What is served under the name, where the server tells; the one asked for, else the highest. */
  readonly version?: string;
  readonly signature: ModelSignature;
  /** Entries as an ONNX file has them (`names`, `imgsz`, …), from the configuration's `parameters`. */
  readonly properties: ReadonlyMap<string, string>;
  /** Of the server's configuration, when that has one ≥ 1. */
  readonly maxBatchSize?: number;
  /** Identifies all of the above; see {@link digestOf}. */
  readonly digestSha256: string;
}

/** What a server says of a model, not yet checked. */
export interface ModelDocuments {
  /** `GET /v2/models/{name}`, or the like of gRPC's ModelMetadata. */
  readonly metadata: unknown;
  /** `…/config`, or ModelConfig; absent where the server has none. */
  readonly config?: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

const MAX_TENSORS = 32;
const MAX_DIMENSIONS = 8;
const MAX_NAME_LENGTH = 256;
const MAX_BATCH_SIZE = 1024;
const DIGEST_PREFIX = 'thorax-remote-model/1\n';

/**
 * Reads what a server says of the model `name`. Throws a `RemoteFault` of kind `invalid` for documents that
 * describe no tensors.
 */
export function servedModelOf(
  { metadata, config }: ModelDocuments,
  { name, version }: { readonly name: string; readonly version?: string },
): ServedModel {
  const document = fieldsOf(metadata) ?? {};
  const signature = {
    inputs: tensorsOf(document.inputs, 'inputs'),
    outputs: tensorsOf(document.outputs, 'outputs'),
  };
  const configuration = fieldsOf(config) ?? {};
  const size = configuration.max_batch_size;
  const model = {
    version: version ?? highestOf(document.versions),
    signature,
    properties: propertiesOf(configuration.parameters),
    ...(Number.isInteger(size) &&
      (size as number) >= 1 && { maxBatchSize: Math.min(size as number, MAX_BATCH_SIZE) }),
  };
  return { ...model, digestSha256: digestOf(name, model) };
}

/**
 * SHA-256 of the text `thorax-remote-model/1`, a line feed and the JSON of
 * [name, version or null, inputs, outputs, max_batch_size or null, entries sorted by key], a tensor being
 * [name, type, dimensions with null for open ones] and an entry [key, text]. It stands for the file that is not
 * at hand: a server that serves other weights under the same description is not found out.
 */
export function digestOf(name: string, model: Omit<ServedModel, 'digestSha256'>): string {
  const { version = null, signature, properties, maxBatchSize = null } = model;
  const shown = (tensors: readonly TensorSignature[]): unknown[] =>
    tensors.map(({ name: tensor, type, dims }) => [tensor, type, dims.map((dim) => dim ?? null)]);
  const entries = [...properties].sort(([one], [other]) => (one < other ? -1 : 1));
  const { inputs, outputs } = signature;
  const text = JSON.stringify([name, version, shown(inputs), shown(outputs), maxBatchSize, entries]);
  return createHash('sha256')
    .update(DIGEST_PREFIX + text)
    .digest('hex');
}

function tensorsOf(list: unknown, what: string): TensorSignature[] {
  if (!Array.isArray(list) || list.length === 0 || list.length > MAX_TENSORS) {
    throw invalidAnswer(`the model's description has no list of 1 to ${MAX_TENSORS} ${what}`);
  }
  const tensors = list.map((entry): TensorSignature => {
    const { name, datatype, shape } = fieldsOf(entry) ?? {};
    const dims = dimensionsOf(shape);
    const named = typeof name === 'string' && name.length > 0 && name.length <= MAX_NAME_LENGTH;
    if (!named || typeof datatype !== 'string' || !dims) {
      throw invalidAnswer(`one of the ${what} in the model's description lacks name, datatype or shape`);
    }
    return { name, type: typeOfDatatype(datatype.slice(0, 20)), dims };
  });
  if (new Set(tensors.map(({ name }) => name)).size < tensors.length) {
    throw invalidAnswer(`two of the ${what} in the model's description have the same name`);
  }
  return tensors;
}

/** Negative sides are open ones. gRPC's 64-bit numbers come as texts. */
function dimensionsOf(shape: unknown): (number | undefined)[] | undefined {
  if (!Array.isArray(shape) || shape.length > MAX_DIMENSIONS) return undefined;
  const sides = shape.map((side) => (typeof side === 'string' ? Number(side) : (side as unknown)));
  if (!sides.every((side): side is number => Number.isSafeInteger(side))) return undefined;
  return sides.map((side) => (side < 0 ? undefined : side));
}

function highestOf(versions: unknown): string | undefined {
  const known = (Array.isArray(versions) ? versions : []).filter(
    (version): version is string => typeof version === 'string' && version !== '' && version.length <= 64,
  );
  const order = new Intl.Collator('en', { numeric: true });
  return known.sort(order.compare).at(-1);
}

function propertiesOf(parameters: unknown): Map<string, string> {
  const properties = new Map<string, string>();
  for (const [key, value] of Object.entries(fieldsOf(parameters) ?? {})) {
    const text = fieldsOf(value)?.string_value;
    if (typeof text !== 'string') continue;
    if (key !== 'metadata') properties.set(key, text);
    else for (const [entry, own] of metadataEntriesOf(text)) properties.set(entry, own);
  }
  return properties;
}

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}
