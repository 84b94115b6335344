import { once } from 'node:events';
import {
  circuitBreaker,
  ConsecutiveBreaker,
  handleAll,
  IPolicy,
  timeout,
  TimeoutStrategy,
  wrap,
} from 'cockatiel';
import { Redis } from 'ioredis';
import { decodeResult, encodeResult, MAX_ENCODED_BYTES } from './cached-result.codec';
import { CachedResult } from './candidate-set';
import { FORGET_SCRIPT, PUT_SCRIPT } from './redis.scripts';
import { ResultKey, wordOf } from './result-key';
import { ResultStore, ResultStoreStats } from './result-store';

/** Where results are kept and for how long. */
export interface RedisResultStoreOptions {
  /** `redis://…` or `rediss://…` */
  readonly url: string;
  /** Of all entries together, ≥ 1; the oldest go first. */
  readonly maxBytes: number;
  /** Milliseconds an entry lives after it was put, ≥ 1. */
  readonly ttlMs: number;
  /** Longest wait for an answer; default 25. */
  readonly timeoutMs?: number;
}

/** The braces keep all keys on one node of a cluster. */
const PREFIX = '{thorax:results}:';
const ENTRY_PREFIX = `${PREFIX}entry:`;
const BOOKKEEPING = [`${PREFIX}index`, `${PREFIX}sizes`, `${PREFIX}bytes`] as const;
/** What Redis takes for an entry beside its value: three keys of 160 characters and their places. */
const OVERHEAD_BYTES = 1_024;

const FAILURES_BEFORE_PAUSE = 5;
const PAUSE_MS = 5_000;
const LONGEST_RECONNECT_PAUSE_MS = 5_000;
const WORDS_PER_SCAN = 500;

/** The scripts as methods of the client. */
interface Scripts {
  putResult(...keysAndArguments: (string | number | Buffer)[]): Promise<[entries: number, bytes: number]>;
  forgetResults(...keysAndArguments: string[]): Promise<number>;
}

/**
 * Keeps results in Redis, where all replicas find them. Redis is never waited for longer than the timeout, and after
 * some failures in a row it is not asked at all for a few seconds.
 */
export class RedisResultStore implements ResultStore {
  private readonly redis: Redis & Scripts;
  private readonly patience: IPolicy;
  private readonly counts = { failures: 0, unreadable: 0 };
  private held: { entries?: number; bytes?: number } = {};

  /** Connects in the background. */
  constructor(private readonly options: RedisResultStoreOptions) {
    const breaker = circuitBreaker(handleAll, {
      halfOpenAfter: PAUSE_MS,
      breaker: new ConsecutiveBreaker(FAILURES_BEFORE_PAUSE),
    });
    this.patience = wrap(breaker, timeout(options.timeoutMs ?? 25, TimeoutStrategy.Aggressive));
    this.redis = new Redis(options.url, {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      retryStrategy: (attempt) => Math.min(attempt * 100, LONGEST_RECONNECT_PAUSE_MS),
      scripts: {
        putResult: { lua: PUT_SCRIPT, numberOfKeys: BOOKKEEPING.length },
        forgetResults: { lua: FORGET_SCRIPT, numberOfKeys: BOOKKEEPING.length },
      },
    }) as Redis & Scripts;
    // Commands tell of it; without a listener the client would write to the log.
    this.redis.on('error', () => undefined);
  }

  /** Resolves when there is a connection; without one everything is answered with nothing. */
  async whenConnected(): Promise<void> {
    if (this.redis.status !== 'ready') await once(this.redis, 'ready');
  }

  async get(key: ResultKey): Promise<CachedResult | undefined> {
    const word = wordOf(key);
    // A little more than the largest entry: what is longer is not ours, and not fetched whole.
    const bytes = await this.attempt(() =>
      this.redis.getrangeBuffer(ENTRY_PREFIX + word, 0, MAX_ENCODED_BYTES),
    );
    if (!bytes?.length) return undefined;
    const result = decodeResult(word, bytes);
    if (!result) this.counts.unreadable++;
    return result;
  }

  async put(key: ResultKey, result: CachedResult): Promise<void> {
    const word = wordOf(key);
    const bytes = encodeResult(word, result);
    const { maxBytes, ttlMs } = this.options;
    const size = bytes.length + OVERHEAD_BYTES;
    const held = await this.attempt(() =>
      this.redis.putResult(...BOOKKEEPING, ENTRY_PREFIX, word, bytes, size, maxBytes, ttlMs),
    );
    if (held) this.held = { entries: held[0], bytes: held[1] };
  }

  async forget(modelSha256: string): Promise<void> {
    let cursor: string | undefined = '0';
    do {
      cursor = await this.attempt(() => this.forgetSome(modelSha256, cursor!));
    } while (cursor !== undefined && cursor !== '0');
  }

  /** Entries and bytes as they were after this process's last `put`, those of all replicas included. */
  get stats(): ResultStoreStats {
    return { entries: this.held.entries, bytes: this.held.bytes, ...this.counts };
  }

  async close(): Promise<void> {
    this.redis.disconnect();
  }

  private async forgetSome(modelSha256: string, cursor: string): Promise<string> {
    const pattern = `${modelSha256}:*`;
    const [next, found] = await this.redis.zscan(
      BOOKKEEPING[0],
      cursor,
      'MATCH',
      pattern,
      'COUNT',
      WORDS_PER_SCAN,
    );
    // Words and their times take turns.
    const words = found.filter((_, place) => place % 2 === 0);
    if (words.length > 0) await this.redis.forgetResults(...BOOKKEEPING, ENTRY_PREFIX, ...words);
    return next;
  }

  private async attempt<T>(command: () => Promise<T>): Promise<T | undefined> {
    try {
      return await this.patience.execute(command);
    } catch {
      this.counts.failures++;
      return undefined;
    }
  }
}
