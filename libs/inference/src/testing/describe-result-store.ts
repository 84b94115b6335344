import { CachedResult } from '../result-cache/candidate-set';
import { ResultKey } from '../result-cache/result-key';
import { ResultStore } from '../result-cache/result-store';

const digest = (number: number): string => number.toString(16).padStart(64, '0');

/** A key of image and model by number. */
export function resultKey(image: number, model = 1, fingerprint = 'f'.repeat(32)): ResultKey {
  return { modelSha256: digest(model), fingerprint, imageSha256: digest(image) };
}

/** A result with `locations` boxes, two classes each, and numbers that follow from `seed`. */
export function cachedResult(seed = 1, locations = 2): CachedResult {
  const scores = Array.from({ length: 2 * locations }, (_, index) => ((seed + index) % 97) / 97);
  return {
    source: 'dicom',
    width: 2_000 + seed,
    height: 2_500,
    candidates: {
      floor: Math.fround(0.01),
      boxes: Float64Array.from({ length: 4 * locations }, (_, index) => seed + index / 3),
      locations: Uint16Array.from(scores, (_, index) => index >> 1),
      classes: Uint16Array.from(scores, (_, index) => index % 2),
      scores: Float64Array.from(scores),
    },
  };
}

/**
 * The contract of every `ResultStore`: call it in an adapter's spec. `open` returns an empty store that is ready and
 * holds `maxBytes`; the suite closes what it opens.
 */
export function describeResultStore(adapter: string, open: (maxBytes: number) => Promise<ResultStore>): void {
  describe(`${adapter} as a result store`, () => {
    let store: ResultStore;
    const opened = async (maxBytes = 1_000_000): Promise<ResultStore> => (store = await open(maxBytes));
    afterEach(() => store.close());

    it('has nothing that was not put', async () => {
      await opened();
      expect(await store.get(resultKey(1))).toBeUndefined();
      expect(store.stats).toMatchObject({ failures: 0, unreadable: 0 });
    });

    it('gives back what was put, bit for bit', async () => {
      await opened();
      for (const locations of [0, 1, 500]) {
        await store.put(resultKey(locations), cachedResult(3, locations));
        expect(await store.get(resultKey(locations))).toEqual(cachedResult(3, locations));
      }
    });

    it('keeps what was put last under a key, once', async () => {
      await opened();
      await store.put(resultKey(1), cachedResult(1, 9));
      const { bytes } = store.stats;
      await store.put(resultKey(1), cachedResult(2, 9));
      expect(await store.get(resultKey(1))).toEqual(cachedResult(2, 9));
      expect(store.stats).toMatchObject({ entries: 1, bytes });
    });

    it('tells images, models and fingerprints apart', async () => {
      await opened();
      await store.put(resultKey(1, 1), cachedResult(1));
      for (const other of [resultKey(2, 1), resultKey(1, 2), resultKey(1, 1, 'e'.repeat(32))])
        expect(await store.get(other)).toBeUndefined();
    });

    it('holds no more than its bytes, however many are put, and keeps the newest', async () => {
      const maxBytes = 20_000;
      await opened(maxBytes);
      for (let image = 0; image < 50; image++) {
        await store.put(resultKey(image), cachedResult(image, image % 20));
        expect(store.stats.bytes).toBeLessThanOrEqual(maxBytes);
      }
      expect(await store.get(resultKey(49))).toEqual(cachedResult(49, 9));
      expect(await store.get(resultKey(0))).toBeUndefined();
      expect(store.stats.entries).toBeGreaterThan(5);
    });

    it('does not keep what is larger than all its bytes', async () => {
      await opened(5_000);
      await store.put(resultKey(1), cachedResult(1, 500));
      expect(await store.get(resultKey(1))).toBeUndefined();
    });

    it('forgets one model and keeps the others', async () => {
      await opened();
      for (const model of [1, 2])
        for (let image = 0; image < 20; image++)
          await store.put(resultKey(image, model), cachedResult(image));
      await store.forget(resultKey(0, 1).modelSha256);
      for (let image = 0; image < 20; image++) {
        expect(await store.get(resultKey(image, 1))).toBeUndefined();
        expect(await store.get(resultKey(image, 2))).toEqual(cachedResult(image));
      }
      await store.put(resultKey(99, 2), cachedResult(99));
      expect(store.stats.entries).toBe(21);
    });
  });
}
