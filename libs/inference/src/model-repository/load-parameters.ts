import { invalid, Section, sectionOf, shown } from '../config-section';
import { InvalidModelConfigError } from '../errors';
import { groupsOf } from '../instance-config';
import { ServingConfig } from '../model-config';
import { invalidArgument, ProtocolError, quoted } from '../open-inference/protocol.error';
import { readTensorJson } from '../open-inference/tensor-json.reader';
import { LoadOverrides } from './model-catalogue';
import { VersionPolicy } from './version.policy';

/** What a load request asks for besides a name. */
export interface LoadWish {
  readonly overrides: LoadOverrides;
  /** Default: the latest, or what the address says. */
  readonly versions?: VersionPolicy;
}

const MAX_CONFIG_BYTES = 64 * 1024;
const ROOT_KEYS = [
  'name', 'backend', 'platform', 'instance_group', 'dynamic_batching', 'max_batch_size', 'version_policy',
] as const; // prettier-ignore
const BATCHING_KEYS = ['preferred_batch_size', 'max_queue_delay_microseconds'];
const BACKENDS = ['onnxruntime', 'onnxruntime_onnx'];

/**
 * Reads `parameters.config` of a load request: a JSON text with Triton's ModelConfig, which replaces settings of the
 * model's file. Honoured are `instance_group`, `max_batch_size`, `dynamic_batching` {preferred_batch_size,
 * max_queue_delay_microseconds} and `version_policy`; `name`, `backend` and `platform` may be there and must be right.
 * Throws a ProtocolError for everything else, naming it.
 */
export function readLoadConfig(model: string, text: unknown): LoadWish {
  if (typeof text !== 'string')
    throw invalidArgument(`failed to load ${quoted(model)}: 'config' must be a JSON string`);
  try {
    const document = readTensorJson(Buffer.from(text), {
      maxBytes: MAX_CONFIG_BYTES,
      maxDepth: 8,
      maxValues: 1000,
    });
    return wishOf(model, sectionOf(document, '', ROOT_KEYS));
  } catch (error) {
    if (error instanceof InvalidModelConfigError) {
      const { path, expected, got } = error.details;
      throw invalidArgument(
        `failed to load ${quoted(model)}: config ${path || 'document'} must be ${expected}, got ${quoted(got)}`,
      );
    }
    throw error;
  }
}

function wishOf(model: string, root: Section): LoadWish {
  const [stranger] = [...root.unknownNames, ...unknownBatching(root)];
  if (stranger !== undefined) {
    throw new ProtocolError(
      'unsupported',
      `failed to load ${quoted(model)}: ${quoted(stranger)} in the config of a load is not supported; ` +
        'instance_group, max_batch_size, dynamic_batching and version_policy are',
    );
  }
  const name = root.text('name');
  if (name !== undefined && name !== model)
    throw invalid('name', `"${model}", as in the address`, shown(name));
  for (const key of ['backend', 'platform']) root.choice(key, ['', ...BACKENDS]);
  const groups = groupsOf(root);
  return {
    overrides: {
      ...(groups && { instances: groups }),
      serving: servingOf(root),
    },
    ...(root.values['version_policy'] !== undefined && { versions: policyOf(root) }),
  };
}

const hasValue = (value: unknown): boolean => value !== undefined && value !== null;

function unknownBatching(root: Section): string[] {
  if (!hasValue(root.values['dynamic_batching'])) return [];
  return root.section('dynamic_batching', BATCHING_KEYS).unknown;
}

function servingOf(root: Section): Partial<ServingConfig> {
  const batching = root.section('dynamic_batching', BATCHING_KEYS);
  // 0 means "no batches" to Triton; a single image is the same to a client.
  const size = root.integer('max_batch_size', 0, 1024);
  const delay = batching.integer('max_queue_delay_microseconds', 0, 60_000_000);
  const preferred = sizesOf(batching);
  return {
    ...(size !== undefined && { maxBatchSize: Math.max(1, size) }),
    ...(preferred && { preferredBatchSizes: preferred }),
    ...(delay !== undefined && { maxQueueDelayMicroseconds: delay }),
  };
}

function sizesOf(batching: Section): number[] | undefined {
  const value = batching.values['preferred_batch_size'];
  if (!hasValue(value)) return undefined;
  const good = (size: unknown): size is number =>
    Number.isInteger(size) && (size as number) >= 1 && (size as number) <= 1024;
  if (!Array.isArray(value) || !value.every(good)) {
    throw invalid(
      batching.at('preferred_batch_size'),
      'a list of whole numbers from 1 to 1024',
      shown(value),
    );
  }
  return value.length > 0 ? [...new Set<number>(value)].sort((a, b) => a - b) : undefined;
}

/** `{latest: {num_versions}}`, `{all: {}}` or `{specific: {versions}}`. */
function policyOf(root: Section): VersionPolicy {
  const policy = root.section('version_policy', ['latest', 'all', 'specific']);
  const given = Object.keys(policy.values);
  const [kind] = given;
  if (given.length !== 1 || policy.unknown.length > 0) {
    throw invalid('version_policy', 'one of latest, all, specific', shown(policy.values));
  }
  if (kind === 'all') return { kind: 'all' };
  if (kind === 'latest') {
    const count = policy.section('latest', ['num_versions']).integer('num_versions', 1, 64) ?? 1;
    return { kind: 'latest', count };
  }
  const versions = policy.section('specific', ['versions']).values['versions'];
  const good = (version: unknown): boolean => ['number', 'string'].includes(typeof version);
  if (!Array.isArray(versions) || versions.length === 0 || versions.length > 64 || !versions.every(good)) {
    throw invalid('version_policy.specific.versions', 'a list of 1 to 64 version numbers', shown(versions));
  }
  return { kind: 'specific', versions: versions.map(String) };
}
