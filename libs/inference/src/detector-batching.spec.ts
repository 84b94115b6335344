import { Detector, DetectorOptions } from './detector';
import { InvalidSchedulingRulesError } from './errors';
import { grayPng } from './testing/gray-png';
import { ModelFolder, modelFolder } from './testing/model-folder';

const FINDING = { box: { xMin: 8, yMin: 8, xMax: 40, yMax: 40 }, classIndex: 3, confidence: 0.25 };

// Real threads and the real runtime, from dist: `tsc -b` comes first.
jest.setTimeout(60_000);

describe('Detector with batches', () => {
  let folder: ModelFolder;
  let detector: Detector;

  async function detectorOn(serving: string, options: Partial<DetectorOptions> = {}): Promise<void> {
    const config = `serving: { ${serving} }`;
    folder = await modelFolder({ findings: [FINDING], scoreFollowsBrightness: true, busyWork: 2 }, config);
    detector = Detector.create({ modelPath: folder.modelPath, workers: 1, ...options });
    await detector.whenSettled();
  }

  afterEach(async () => {
    await detector.close();
    await folder.remove();
  });

  it('answers each of a batch for itself, a bad one included, and says why it was one', async () => {
    await detectorOn('max_batch_size: 4, preferred_batch_size: [4], max_queue_delay_microseconds: 2000000', {
      adaptiveBatching: false,
    });
    const images = await Promise.all([5, 45, 85].map((level) => grayPng(level)));
    const good = images.map((image) => detector.detect(image));
    await expect(detector.detect(Buffer.from('no image'))).rejects.toMatchObject({
      code: 'UNSUPPORTED_IMAGE_FORMAT',
    });
    const answers = await Promise.all(good);
    answers.forEach(({ findings, batch }, index) => {
      expect(findings[0]!.confidence).toBeCloseTo(0.25 + (5 + 40 * index) / 255, 3);
      expect(batch).toEqual({ queueMs: expect.any(Number), batchSize: 3, reason: 'preferred' });
    });
  });

  it('measures in idle moments which sizes pay, and never takes longer for it than it may', async () => {
    await detectorOn('max_batch_size: 4');
    const started = performance.now();
    const { stats } = detector;
    const because = (): string | undefined => stats.call(detector).batchLimit.because;
    while (because() === 'unmeasured' && performance.now() - started < 10_000) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(because()).not.toBe('unmeasured');
    expect(detector.stats()).toMatchObject({ completed: 0, failed: 0 });
    expect((await detector.detect(await grayPng(0))).batch!.batchSize).toBe(1);
  });

  it('refuses rules that contradict themselves when it is made', async () => {
    await detectorOn('max_batch_size: 1');
    const queue = { preserveOrdering: true, priorityLevels: 3 };
    expect(() => Detector.create({ modelPath: folder.modelPath, queue })).toThrow(
      InvalidSchedulingRulesError,
    );
  });
});
