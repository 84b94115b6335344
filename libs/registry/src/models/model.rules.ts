import { posix } from 'node:path';
import { InvalidParameterError, quoted } from '../errors';
import { assertKey, assertLength } from '../tracking/tracking.rules';
import { KeyValue } from '../tracking/tracking.types';

export const MODEL_LIMITS = {
  nameLength: 256,
  aliasLength: 255,
  descriptionLength: 5_000,
  tagValueLength: 100_000,
  uriLength: 2_048,
} as const;

/** @throws InvalidParameterError unless it can name a model: as part of URIs and paths it must stay one part */
export function assertModelName(name: string): void {
  assertLength('The model name', name, MODEL_LIMITS.nameLength);
  const asPath = posix.normalize(name);
  if (name.trim() !== '' && !/[/:\\]/.test(name) && asPath === name && !/^\.{1,2}$/.test(name)) return;
  throw new InvalidParameterError(
    `Invalid model name ${quoted(name)}: it must not be empty, nor hold "/", ":" or "\\", nor be "." or "..".`,
    'Choose another name.',
  );
}

/** @throws InvalidParameterError unless an alias may have this name */
export function assertAlias(alias: string): void {
  assertLength('The alias', alias, MODEL_LIMITS.aliasLength);
  if (!/^[\w-]+$/.test(alias)) {
    throw new InvalidParameterError(
      `Invalid alias name ${quoted(alias)}: expected letters, digits, "_" and "-".`,
    );
  }
  if (/^latest$/i.test(alias) || /^v\d+$/i.test(alias)) {
    throw new InvalidParameterError(
      `The alias name ${quoted(alias)} is reserved: "latest" and "v" with a number always mean a version.`,
      'Choose another name.',
    );
  }
}

/** @throws InvalidParameterError */
export function assertModelTag({ key, value }: KeyValue): void {
  assertKey('tag', key);
  assertLength(`The value of tag ${quoted(key)}`, value, MODEL_LIMITS.tagValueLength);
}

export function assertDescription(description: string): void {
  assertLength('The description', description, MODEL_LIMITS.descriptionLength);
}

/**
 * A version number. @throws InvalidParameterError unless `version` is a whole number, 1 or more
 */
export function versionNumberOf(version: string): number {
  if (/^[1-9]\d{0,8}$/.test(version)) return Number(version);
  throw new InvalidParameterError(`Parameter 'version' must be an integer, got ${quoted(version)}.`);
}

/**
 * Refuses where a model cannot come from: files of the server, and paths that lead out of theirs.
 * @throws InvalidParameterError
 */
export function assertModelSource(source: string): void {
  assertLength('The model source', source, MODEL_LIMITS.uriLength);
  const uri = /^[a-z][a-z0-9+.-]+:/i.test(source);
  if (uri && !/^file:/i.test(source) && !/(^|[/\\])(\.|%2e){2}([/\\?#]|$)/i.test(source)) return;
  throw new InvalidParameterError(
    `Invalid model source ${quoted(source)}: expected a URI such as runs:/…, models:/…, mlflow-artifacts:/… or s3://…, ` +
      'without "..", and no file of this machine.',
    'Log the model as an artifact of a run and register it from there.',
  );
}
