import { ModelDescription } from '../model-description';
import { openOnnxModel } from '../onnx.model-runner';
import { modelDescription } from '../testing/model-description';
import { tinyDetectorOnnx } from '../testing/tiny-detector';
import { PreparedModel } from './model-preparation';
import { PreparedModelCache } from './prepared-model.cache';
import { openPreparedModel, PreparedModelRequest } from './prepared-model.opener';
import { SYNTHETIC_STOCK, syntheticDetectorOnnx } from './testing/synthetic-detector';

jest.setTimeout(60_000);

class MemoryCache implements PreparedModelCache {
  readonly entries = new Map<string, PreparedModel>();

  get(key: string): Promise<PreparedModel | undefined> {
    return Promise.resolve(this.entries.get(key));
  }

  put(key: string, prepared: PreparedModel): Promise<void> {
    this.entries.set(key, prepared);
    return Promise.resolve();
  }
}

const DESCRIPTION: ModelDescription = { ...modelDescription(), ...SYNTHETIC_STOCK };
const FASTER: PreparedModel = {
  bytes: syntheticDetectorOnnx({ pooled: true }),
  applied: ['folded-input'],
  largestDifference: 0,
  largestShift: 0,
  speedup: 1.1,
  format: { inputType: 'uint8', channels: 1, normalisation: 'raw' },
};

describe('openPreparedModel', () => {
  const opened: Uint8Array[] = [];
  const request = (cache: PreparedModelCache, overrides: Partial<PreparedModelRequest> = {}) => ({
    bytes: tinyDetectorOnnx(),
    description: DESCRIPTION,
    options: { device: 'cpu', intraOpThreads: 1 } as const,
    open: (...[bytes, options]: Parameters<typeof openOnnxModel>) => {
      opened.push(bytes);
      return openOnnxModel(bytes, options);
    },
    cache,
    runtimeVersion: '1.30.0',
    ...overrides,
  });

  beforeEach(() => (opened.length = 0));

  it('remembers that the stock graph stays', async () => {
    const cache = new MemoryCache();
    const first = await openPreparedModel(request(cache));
    expect(first.prepared.rejected).toBe('no rewrite matches this graph');
    expect([first.runner, opened.length]).toEqual([undefined, 1]);
    expect(await openPreparedModel(request(cache))).toEqual(first);
    expect(opened).toHaveLength(1);
  });

  it('opens what was prepared before, without trying again', async () => {
    const cache = new MemoryCache();
    await openPreparedModel(request(cache));
    const [key] = cache.entries.keys();
    await cache.put(key!, FASTER);
    const { prepared, runner } = await openPreparedModel(request(cache));
    expect(prepared).toBe(FASTER);
    expect(runner?.signature.inputs).toHaveLength(1);
    expect(opened.at(-1)).toBe(FASTER.bytes);
    expect(opened).toHaveLength(2);
    await runner!.close();
  });

  it('prepares anew what does not open any more', async () => {
    const cache = new MemoryCache();
    await openPreparedModel(request(cache));
    const [key] = cache.entries.keys();
    await cache.put(key!, { ...FASTER, bytes: Buffer.from('junk') });
    const { prepared, runner } = await openPreparedModel(request(cache));
    expect([prepared.applied, runner]).toEqual([[], undefined]);
    expect(cache.entries.get(key!)).toBe(prepared);
  });

  it('prepares for each way of running and reading on its own', async () => {
    const cache = new MemoryCache();
    await openPreparedModel(request(cache));
    await openPreparedModel(request(cache, { runtimeVersion: '1.31.0' }));
    await openPreparedModel(request(cache, { options: { device: 'cpu', intraOpThreads: 2 } }));
    await openPreparedModel(request(cache, { description: { ...DESCRIPTION, normalisation: 'raw' } }));
    expect(cache.entries.size).toBe(4);
  });

  it('serves whatever the measurement favours on this machine', async () => {
    const bytes = syntheticDetectorOnnx();
    const { prepared, runner } = await openPreparedModel(request(new MemoryCache(), { bytes }));
    expect(runner === undefined).toBe(prepared.applied.length === 0);
    expect(prepared.largestDifference).toBeLessThanOrEqual(1e-3);
    await runner?.close();
  });
});
