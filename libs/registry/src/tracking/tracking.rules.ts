import { posix } from 'node:path';
import { InvalidParameterError, quoted } from '../errors';
import { Dataset, DatasetInput, KeyValue, LogBatch, Metric } from './tracking.types';

/** MLflow's limits, which its clients count on. Lengths are in characters. */
export const TRACKING_LIMITS = {
  metricsPerBatch: 1_000,
  paramsPerBatch: 100,
  tagsPerBatch: 100,
  entitiesPerBatch: 1_000,
  datasetsPerRequest: 1_000,
  keyLength: 250,
  paramValueLength: 6_000,
  runTagValueLength: 8_000,
  experimentTagValueLength: 20_000,
  experimentNameLength: 500,
  runNameLength: 500,
  uriLength: 2_048,
  userIdLength: 256,
  datasetNameLength: 500,
  datasetDigestLength: 36,
  datasetSourceLength: 65_535,
  datasetSchemaLength: 1_048_575,
  datasetProfileLength: 16_777_215,
  inputTagKeyLength: 255,
  inputTagValueLength: 500,
} as const;

const keyCharacters = /^[\p{L}\p{N}_./\- :]+$/u;

/**
 * A key of a metric, param or tag: letters, digits, `_ . - : /` and spaces, and as a path it must not
 * resolve to another name.
 *
 * @throws InvalidParameterError
 */
export function assertKey(what: string, key: string): void {
  assertLength(`${what} key`, key, TRACKING_LIMITS.keyLength);
  const asPath = posix.normalize(key);
  const ambiguous = asPath !== key || asPath === '.' || /^(\.\.|\/)|\/$/.test(asPath);
  if (keyCharacters.test(key) && !ambiguous) return;
  throw new InvalidParameterError(
    `Invalid ${what} key ${quoted(key)}: expected letters, digits, "_", "-", ".", ":", "/" and spaces, ` +
      'in a form that is no other name when read as a path.',
  );
}

/** @throws InvalidParameterError when `value` is longer than `limit` characters */
export function assertLength(what: string, value: string, limit: number): void {
  if (value.length <= limit) return;
  throw new InvalidParameterError(
    `${what} exceeds the maximum length of ${limit} characters; ${value.length} came.`,
    'Shorten the value, or log it as an artifact.',
  );
}

/** @throws InvalidParameterError naming the first rule that the batch breaks */
export function assertBatch({ metrics, params, tags }: LogBatch): void {
  assertCount('metrics', metrics.length, TRACKING_LIMITS.metricsPerBatch);
  assertCount('params', params.length, TRACKING_LIMITS.paramsPerBatch);
  assertCount('tags', tags.length, TRACKING_LIMITS.tagsPerBatch);
  assertCount(
    'metrics, params and tags',
    metrics.length + params.length + tags.length,
    TRACKING_LIMITS.entitiesPerBatch,
  );
  metrics.forEach(assertMetric);
  for (const { key, value } of params) {
    assertKey('param', key);
    assertLength(`The value of param ${quoted(key)}`, value, TRACKING_LIMITS.paramValueLength);
  }
  for (const tag of tags) assertTag(tag, TRACKING_LIMITS.runTagValueLength);
}

/** @throws InvalidParameterError */
export function assertTag({ key, value }: KeyValue, valueLength: number): void {
  assertKey('tag', key);
  assertLength(`The value of tag ${quoted(key)}`, value, valueLength);
}

function assertMetric({ key, timestampMs }: Metric): void {
  assertKey('metric', key);
  if (timestampMs >= 0) return;
  throw new InvalidParameterError(
    `The timestamp of metric ${quoted(key)} must be milliseconds since 1970, 0 or more; ${timestampMs} came.`,
  );
}

/** @throws InvalidParameterError */
export function assertDatasetInputs(inputs: readonly DatasetInput[]): void {
  assertCount('datasets', inputs.length, TRACKING_LIMITS.datasetsPerRequest);
  for (const { dataset, tags } of inputs) {
    assertDataset(dataset);
    for (const { key, value } of tags) {
      assertLength('A dataset tag key', key, TRACKING_LIMITS.inputTagKeyLength);
      assertLength('A dataset tag value', value, TRACKING_LIMITS.inputTagValueLength);
    }
  }
}

function assertDataset({ name, digest, source, schema = '', profile = '' }: Dataset): void {
  assertLength('The dataset name', name, TRACKING_LIMITS.datasetNameLength);
  assertLength('The dataset digest', digest, TRACKING_LIMITS.datasetDigestLength);
  assertLength('The dataset source', source, TRACKING_LIMITS.datasetSourceLength);
  assertLength('The dataset schema', schema, TRACKING_LIMITS.datasetSchemaLength);
  assertLength('The dataset profile', profile, TRACKING_LIMITS.datasetProfileLength);
}

/** @throws InvalidParameterError */
export function assertExperimentName(name: string): void {
  if (name.trim() === '') throw new InvalidParameterError('The name of an experiment must not be empty.');
  assertLength('The experiment name', name, TRACKING_LIMITS.experimentNameLength);
}

/** @throws InvalidParameterError unless it can be the root of artifacts */
export function assertArtifactLocation(uri: string): void {
  assertLength('The artifact location', uri, TRACKING_LIMITS.uriLength);
  if (!/^[a-z][a-z0-9+.-]*:/i.test(uri) || /^runs:/i.test(uri) || /(^|[/\\])\.\.([/\\]|$)/.test(uri)) {
    throw new InvalidParameterError(
      `Invalid artifact location ${quoted(uri)}: expected a URI with a scheme, other than runs:, without "..".`,
      'Leave it out to keep artifacts in this installation.',
    );
  }
}

function assertCount(what: string, count: number, limit: number): void {
  if (count <= limit) return;
  throw new InvalidParameterError(
    `A request can contain at most ${limit} ${what}; ${count} came.`,
    `Split the ${what} over several requests.`,
  );
}
