import { createHash } from 'node:crypto';
import { dicomFile } from '@thorax/radiograph/testing';
import { Detection } from '../detection';
import { Detector, DetectorOptions } from '../detector';
import { RefusedImageError } from '@thorax/radiograph';
import { OUTPUT_LAYOUTS } from '../output-layout';
import { grayPng, ModelFolder, modelFolder, scriptedWorkers, TinyDetector } from '../testing';
import { CachedResult } from './candidate-set';
import { MemoryResultStore } from './memory.result-store';
import { ResultCache } from './result-cache';
import { ResultKey } from './result-key';

jest.setTimeout(60_000);

const planted: Partial<TinyDetector> = {
  classes: ['a', 'b', 'c'],
  findings: [
    { box: { xMin: 8, yMin: 8, xMax: 40, yMax: 40 }, classIndex: 0, confidence: 0.8 },
    { box: { xMin: 9, yMin: 9, xMax: 41, yMax: 41 }, classIndex: 0, confidence: 0.6 },
    { box: { xMin: 1, yMin: 1, xMax: 20, yMax: 30 }, classIndex: 2, confidence: 0.3 },
    { box: { xMin: 30, yMin: 30, xMax: 60, yMax: 60 }, classIndex: 1, confidence: 0.05 },
  ],
};
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Keeps count of what it is asked. */
class WatchedStore extends MemoryResultStore {
  readonly keys: ResultKey[] = [];
  override put(key: ResultKey, result: CachedResult): Promise<void> {
    this.keys.push(key);
    return super.put(key, result);
  }
}

describe('ResultCache', () => {
  let store: WatchedStore;
  let cache: ResultCache;
  let opened: { detector: Detector; folder: ModelFolder }[] = [];
  beforeEach(() => {
    store = new WatchedStore(1_000_000);
    cache = new ResultCache(store);
  });
  afterEach(async () => {
    for (const { detector, folder } of opened) {
      await detector.close();
      await folder.remove();
    }
    opened = [];
  });

  async function detectorOf(
    model: Partial<TinyDetector> | Uint8Array = planted,
    config?: string,
    options: Partial<DetectorOptions> = {},
  ): Promise<Detector> {
    const folder = await modelFolder(model, config);
    const detector = Detector.create({ modelPath: folder.modelPath, workers: 1, ...options });
    opened.push({ detector, folder });
    expect((await detector.whenSettled()).status).toBe('ready');
    return detector;
  }
  const ask = (detector: Detector, bytes: Uint8Array) =>
    cache.detect(detector, bytes, { imageSha256: sha256(bytes) });
  const answered = ({ timingsMs: _timings, batch: _batch, cached: _cached, ...rest }: Detection) => rest;

  it.each(OUTPUT_LAYOUTS)('answers an image again as the model of layout %s answered it', async (layout) => {
    const detector = await detectorOf({ ...planted, layout });
    const image = await grayPng(90, 200, 100);
    const plain = await detector.detect(image);
    const first = await ask(detector, image);
    const second = await ask(detector, image);
    expect([first.cached, second.cached]).toEqual([undefined, 'hit']);
    expect(answered(second)).toEqual(answered(first));
    expect(answered(first)).toEqual(answered(plain));
    expect(plain.findings.length).toBeGreaterThanOrEqual(2);
    expect(second.timingsMs).toMatchObject({ queue: 0, decode: 0, letterbox: 0, run: 0 });
    expect(detector.stats().completed).toBe(2);
    expect(cache.stats).toMatchObject({ hits: 1, misses: 1, joined: 0, store: { entries: 1 } });
  });

  it('answers for other thresholds and overlaps from the same entry, as their own run would', async () => {
    const image = await grayPng(90);
    await ask(await detectorOf(), image);
    for (const config of [
      'model: { confidence_threshold: 0.04, iou_threshold: 0.99 }',
      'model: { confidence_threshold: 0.7 }',
      'model: { per_class_thresholds: { a: 0.9, b: 0.01, c: 0.2 } }',
    ]) {
      const detector = await detectorOf(planted, config);
      const hit = await ask(detector, image);
      expect(hit.cached).toBe('hit');
      expect(answered(hit)).toEqual(answered(await detector.detect(image)));
    }
    expect(store.stats.entries).toBe(1);
  });

  it('asks the model where what is kept does not reach low enough', async () => {
    const image = await grayPng(90);
    await ask(await detectorOf(), image);
    const detector = await detectorOf(planted, 'model: { confidence_threshold: 0.001 }');
    expect((await ask(detector, image)).cached).toBeUndefined();
    expect((await ask(detector, image)).cached).toBe('hit');
  });

  it('runs once for eight requests at once', async () => {
    const detector = await detectorOf({ ...planted, busyWork: 30 });
    const image = await grayPng(90);
    const all = await Promise.all(Array.from({ length: 8 }, () => ask(detector, image)));
    expect(detector.stats().completed).toBe(1);
    expect(all.map(({ cached }) => cached)).toEqual([undefined, ...Array<string>(7).fill('joined')]);
    expect(new Set(all.map(({ findings }) => JSON.stringify(findings))).size).toBe(1);
    expect(cache.stats).toMatchObject({ hits: 0, misses: 1, joined: 7 });
  });

  it('never answers for another model, another gate or another image', async () => {
    const image = await grayPng(90);
    await ask(await detectorOf(), image);
    const surer = planted.findings!.map((finding) => ({ ...finding, confidence: 0.95 }));
    const replaced = await detectorOf({ ...planted, findings: surer });
    const answer = await ask(replaced, image);
    expect(answer.cached).toBeUndefined();
    expect(answer.findings[0]!.confidence).toBeCloseTo(0.95);
    const stricter = await detectorOf(planted, undefined, {
      rules: { limits: { maxPixels: 10, maxBytes: 1e6 } },
    });
    await expect(ask(stricter, image)).rejects.toThrow(RefusedImageError);
    expect((await ask(replaced, await grayPng(91))).cached).toBeUndefined();
  });

  it('frees what it kept of a model that is forgotten', async () => {
    const image = await grayPng(90);
    const detector = await detectorOf();
    await ask(detector, image);
    await cache.forget(store.keys[0]!.modelSha256);
    expect(store.stats).toMatchObject({ entries: 0, bytes: 0 });
    expect((await ask(detector, image)).cached).toBeUndefined();
  });

  it('keeps nothing of an image that was refused, and refuses it again', async () => {
    const detector = await detectorOf();
    const text = Buffer.from('this is text');
    for (let time = 0; time < 2; time++) await expect(ask(detector, text)).rejects.toThrow(RefusedImageError);
    expect(store.stats.entries).toBe(0);
    expect(detector.stats().failed).toBe(2);
  });

  it('keeps no header, and answers without one', async () => {
    const detector = await detectorOf();
    const file = dicomFile();
    expect((await detector.detect(file)).header).toBeDefined();
    for (const expected of [undefined, 'hit']) {
      const answer = await ask(detector, file);
      expect(answer.cached).toBe(expected);
      expect(answer).not.toHaveProperty('header');
      expect(answer).not.toHaveProperty('candidates');
    }
  });

  it('says like the detector why there is no model', async () => {
    const { spawn } = scriptedWorkers();
    const detector = Detector.create({ modelPath: '/nowhere.onnx', spawn, workers: 1 });
    await expect(ask(detector, new Uint8Array(3))).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' });
    await detector.close(0);
  });
});
