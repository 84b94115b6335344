import { LRUCache } from 'lru-cache';
import { byteLengthOf, CachedResult } from './candidate-set';
import { ResultKey, wordOf } from './result-key';
import { ResultStore, ResultStoreStats } from './result-store';

/** What an entry takes beside its numbers: the key's characters, objects, and their places in the map. */
const OVERHEAD_BYTES = 1_024;

/** Keeps results in the process's own memory; those that were not asked for longest go first. */
export class MemoryResultStore implements ResultStore {
  private readonly results: LRUCache<string, CachedResult>;

  /** @param maxBytes of all entries together, ≥ 1; an entry that is larger alone is not kept */
  constructor(maxBytes: number) {
    this.results = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: ({ candidates }) => byteLengthOf(candidates) + OVERHEAD_BYTES,
    });
  }

  async get(key: ResultKey): Promise<CachedResult | undefined> {
    return this.results.get(wordOf(key));
  }

  async put(key: ResultKey, result: CachedResult): Promise<void> {
    this.results.set(wordOf(key), result);
  }

  async forget(modelSha256: string): Promise<void> {
    for (const word of [...this.results.keys()]) {
      if (word.startsWith(`${modelSha256}:`)) this.results.delete(word);
    }
  }

  get stats(): ResultStoreStats {
    return { entries: this.results.size, bytes: this.results.calculatedSize, failures: 0, unreadable: 0 };
  }

  async close(): Promise<void> {
    this.results.clear();
  }
}
