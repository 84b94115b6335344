import { CachedResult } from './candidate-set';
import { ResultKey } from './result-key';

/** What a store holds and how it is doing. */
export interface ResultStoreStats {
  /** Entries now; `undefined` where only the store's server knows. */
  readonly entries: number | undefined;
  /** Bytes they take now, by the store's own reckoning; `undefined` likewise. */
  readonly bytes: number | undefined;
  /** Operations since the start that failed or took too long, and were treated as misses. */
  readonly failures: number;
  /** Entries since the start that could not be read, and were treated as misses. */
  readonly unreadable: number;
}

/**
 * Port: keeps results of images for a while. Adapters stand beside this file and all pass `describeResultStore` of
 * `@thorax/inference/testing`.
 *
 * Promises: what is got is what was put under that key last, bit for bit, or nothing. No method ever rejects; a store
 * that is away, slow or full answers with nothing, in bounded time. Entries may vanish at any time; they take no more
 * than the bytes configured. What is put or got must not be changed afterwards.
 */
export interface ResultStore {
  get(key: ResultKey): Promise<CachedResult | undefined>;
  put(key: ResultKey, result: CachedResult): Promise<void>;
  /** Lets go of all results of a model, whose digest is lower-case hex. */
  forget(modelSha256: string): Promise<void>;
  readonly stats: ResultStoreStats;
  /** Gives up connections; nothing is asked of the store afterwards. */
  close(): Promise<void>;
}
