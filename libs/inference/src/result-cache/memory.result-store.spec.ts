import { cachedResult, describeResultStore, resultKey } from '../testing';
import { MemoryResultStore } from './memory.result-store';

describeResultStore('memory', async (maxBytes) => new MemoryResultStore(maxBytes));

describe('MemoryResultStore', () => {
  it('lets go of what was not asked for longest', async () => {
    // Each entry: 1,024 bytes and 9 locations of 32 + 2 × 12 bytes.
    const store = new MemoryResultStore(2 * (1_024 + 9 * 56));
    await store.put(resultKey(1), cachedResult(1, 9));
    await store.put(resultKey(2), cachedResult(2, 9));
    await store.get(resultKey(1));
    await store.put(resultKey(3), cachedResult(3, 9));
    const there = await Promise.all([1, 2, 3].map((image) => store.get(resultKey(image))));
    expect(there.map((result) => result !== undefined)).toEqual([true, false, true]);
    expect(store.stats).toMatchObject({ entries: 2, bytes: 2 * (1_024 + 9 * 56) });
  });
});
