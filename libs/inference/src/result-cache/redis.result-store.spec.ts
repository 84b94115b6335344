import { spawnSync } from 'node:child_process';
import { Redis } from 'ioredis';
import { cachedResult, describeResultStore, RedisServer, resultKey, startRedis } from '../testing';
import { RedisResultStore, RedisResultStoreOptions } from './redis.result-store';
import { wordOf } from './result-key';

const redisInstalled = spawnSync('redis-server', ['--version']).status === 0;

(redisInstalled ? describe : describe.skip)('with a Redis (needs redis-server)', () => {
  let server: RedisServer;
  let client: Redis;
  let stores: RedisResultStore[] = [];
  beforeAll(async () => {
    server = await startRedis();
    client = new Redis(server.url);
  });
  beforeEach(() => client.flushall());
  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()));
    stores = [];
  });
  afterAll(async () => {
    client?.disconnect();
    await server?.stop();
  });

  /** Patient, because the machine may be busy. */
  async function opened(options: Partial<RedisResultStoreOptions> = {}): Promise<RedisResultStore> {
    const store = new RedisResultStore({
      url: server.url, maxBytes: 1_000_000, ttlMs: 3_600_000, timeoutMs: 5_000, ...options,
    }); // prettier-ignore
    stores.push(store);
    await store.whenConnected();
    return store;
  }
  const entryKey = (image: number) => `{thorax:results}:entry:${wordOf(resultKey(image))}`;

  describeResultStore('Redis', (maxBytes) => opened({ maxBytes }));

  it('shows one replica what another put', async () => {
    const [one, other] = [await opened(), await opened()];
    await one.put(resultKey(1), cachedResult(5));
    expect(await other.get(resultKey(1))).toEqual(cachedResult(5));
  });

  it('lets everything expire, its own bookkeeping too', async () => {
    await (await opened({ ttlMs: 60_000 })).put(resultKey(1), cachedResult());
    const keys = await client.keys('*');
    expect(keys).toHaveLength(4);
    for (const key of keys) {
      const left = await client.pttl(key);
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThanOrEqual(60_000);
    }
  });

  it('counts bytes anew when its bookkeeping was lost', async () => {
    const store = await opened({ maxBytes: 3_000 });
    await store.put(resultKey(1), cachedResult());
    await client.del('{thorax:results}:index');
    await store.put(resultKey(2), cachedResult());
    await store.put(resultKey(3), cachedResult());
    expect(await store.get(resultKey(3))).toEqual(cachedResult());
    expect(store.stats.bytes).toBeLessThanOrEqual(3_000);
  });

  it.each([
    ['cut short', (bytes: Buffer) => bytes.subarray(0, -1)],
    ['with one bit turned', (bytes: Buffer) => Buffer.from(bytes.with(30, bytes[30]! ^ 1))],
    ['of another version', (bytes: Buffer) => Buffer.from(bytes.with(0, 7))],
    ['that is no entry', () => Buffer.from('hello')],
    ['that is far too long', () => Buffer.alloc(2_000_000)],
  ])('takes an entry %s for none, and counts it', async (_, damaged) => {
    const store = await opened();
    await store.put(resultKey(1), cachedResult());
    await client.set(entryKey(1), damaged((await client.getBuffer(entryKey(1)))!));
    expect(await store.get(resultKey(1))).toBeUndefined();
    expect(store.stats).toMatchObject({ unreadable: 1, failures: 0 });
  });

  it('takes the entry of another key for none', async () => {
    const store = await opened();
    await store.put(resultKey(1), cachedResult());
    await client.copy(entryKey(1), entryKey(2));
    expect(await store.get(resultKey(2))).toBeUndefined();
    expect(store.stats.unreadable).toBe(1);
  });

  it('takes a key of another type for a failure, not an error', async () => {
    const store = await opened();
    await client.hset(entryKey(1), 'a', 'b');
    expect(await store.get(resultKey(1))).toBeUndefined();
    expect(store.stats.failures).toBe(1);
  });

  it('waits for a Redis that does not answer no longer than it may, and soon not at all', async () => {
    const store = await opened({ timeoutMs: 20 });
    await store.put(resultKey(1), cachedResult());
    server.freeze();
    try {
      const took: number[] = [];
      for (let attempt = 0; attempt < 10; attempt++) {
        const started = performance.now();
        expect(await store.get(resultKey(1))).toBeUndefined();
        took.push(performance.now() - started);
      }
      expect(Math.max(...took)).toBeLessThan(1_000);
      // After five failures the others did not even begin to wait.
      expect(Math.min(...took.slice(5))).toBeLessThan(10);
      expect(store.stats.failures).toBeGreaterThanOrEqual(10);
    } finally {
      server.resume();
    }
  });

  it('answers with nothing, at once, while there is no Redis', async () => {
    const gone = await startRedis();
    await gone.stop();
    const store = new RedisResultStore({ url: gone.url, maxBytes: 1e6, ttlMs: 1e6 });
    stores.push(store);
    await store.put(resultKey(1), cachedResult());
    expect(await store.get(resultKey(1))).toBeUndefined();
    await store.forget(resultKey(1).modelSha256);
    expect(store.stats).toEqual({ entries: undefined, bytes: undefined, failures: 3, unreadable: 0 });
  });
});
