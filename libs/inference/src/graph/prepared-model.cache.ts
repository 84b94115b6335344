import { createHash } from 'node:crypto';
import { PreparedModel } from './model-preparation';

/** Raise whenever a rewrite or the proof changes, so that what older code prepared is prepared again. */
export const PREPARATION_REVISION = 2;

/** What a prepared model depends on. */
export interface PreparationSubject {
  /** SHA-256 of the stock file, hexadecimal. */
  readonly digestSha256: string;
  /** Of ONNX Runtime, for example 1.30.0: another one may be faster on another graph. */
  readonly runtimeVersion: string;
  /** Where and how it runs, for example `cpu/1` (device and threads): speed was measured there. */
  readonly device: string;
  /** How the stock model is fed, for example `unit/anchor-free`: configuration may change it without the file. */
  readonly reading: string;
}

/**
 * Port: remembers prepared models, so that each is prepared once a machine.
 *
 * Promises: `get` gives what `put` was given for that key, or `undefined` – also after a crash in mid-writing, a
 * damaged disk or a full one. Both never reject for such reasons: a cache only ever costs time.
 */
export interface PreparedModelCache {
  get(key: string): Promise<PreparedModel | undefined>;
  put(key: string, prepared: PreparedModel): Promise<void>;
}

/** The key of a subject: 64 hexadecimal digits. */
export function preparationKey(subject: PreparationSubject): string {
  const { digestSha256, runtimeVersion, device, reading } = subject;
  const parts = [PREPARATION_REVISION, digestSha256, runtimeVersion, device, reading];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
