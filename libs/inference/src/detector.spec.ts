import { monitorEventLoopDelay } from 'node:perf_hooks';
import { readDicomHeader, readRadiograph, RefusedImageError } from '@thorax/radiograph';
import { dicomFile } from '@thorax/radiograph/testing';
import { Detector, DetectorOptions } from './detector';
import { DetectorClosedError, ModelUnavailableError, ProjectionRefusedError } from './errors';
import { grayPng } from './testing/gray-png';
import { ModelFolder, modelFolder } from './testing/model-folder';
import { TinyDetector } from './testing/tiny-detector';
import { SpawnWorker, spawnWorkerThread, WorkerThread } from './worker/worker-thread';

const FINDING = { box: { xMin: 8, yMin: 8, xMax: 40, yMax: 40 }, classIndex: 3, confidence: 0.25 };

// Real threads and the real runtime, from dist: `tsc -b` comes first. Starting them takes a while on a busy machine.
jest.setTimeout(60_000);

describe('Detector', () => {
  let folder: ModelFolder;
  let detector: Detector;

  async function detectorOn(
    model: Partial<TinyDetector> | Uint8Array,
    options: Partial<DetectorOptions> = {},
  ): Promise<Detector> {
    folder = await modelFolder(model);
    return (detector = Detector.create({ modelPath: folder.modelPath, workers: 2, ...options }));
  }

  afterEach(async () => {
    await detector.close();
    await folder.remove();
  });

  it('loads in the background, answering "not yet" meanwhile', async () => {
    await detectorOn({});
    expect(detector.state).toEqual({ status: 'loading' });
    await expect(detector.detect(await grayPng(0))).rejects.toThrow(ModelUnavailableError);
    expect(await detector.whenSettled()).toMatchObject({
      status: 'ready',
      model: { name: 'model', layout: 'anchor-free' },
    });
    expect((await detector.detect(await grayPng(0))).findings).toMatchObject([{ class: 'Cardiomegaly' }]);
  });

  it.each([
    ['missing', {}, { modelPath: '/nowhere/model.onnx' }, 'MODEL_FILE_MISSING', '/nowhere/model.onnx'],
    ['corrupt', Buffer.from('not a model'), {}, 'MODEL_FILE_CORRUPT', 'not a usable ONNX model'],
    ['without a device', {}, { device: 'cuda' }, 'UNSUPPORTED_DEVICE', 'DEVICE=cpu'],
  ] as const)(
    'lives with a model that is %s: says why, refuses to detect, still renders',
    async (_, model, options, code, reason) => {
      await detectorOn(model, options);
      expect(await detector.whenSettled()).toMatchObject({
        status: 'unavailable',
        code,
        reason: expect.stringContaining(reason),
      });
      await expect(detector.detect(await grayPng(0))).rejects.toMatchObject({
        code: 'MODEL_UNAVAILABLE',
        details: { causeCode: code },
      });
      await expect(detector.render(await grayPng(9))).resolves.toMatchObject({ width: 128, height: 128 });
    },
  );

  it('renders an image as the model sees it, and findings on it', async () => {
    await detectorOn({});
    const plain = await detector.render(await grayPng(77));
    const { image } = await readRadiograph(plain.png);
    expect(new Set(image.pixels)).toEqual(new Set([77]));
    const finding = {
      class: 'Cardiomegaly',
      confidence: 0.5,
      box: { xMin: 20, yMin: 20, xMax: 100, yMax: 100 },
    };
    const overlay = await detector.renderOverlay(await grayPng(77), [finding]);
    expect(new Set((await readRadiograph(overlay.png)).image.pixels).size).toBeGreaterThan(1);
  });

  it('refuses bad images with their own error, across the thread', async () => {
    await detectorOn({});
    await detector.whenSettled();
    const refused = detector.detect(Buffer.from('GIF89a, or so'));
    await expect(refused).rejects.toThrow(RefusedImageError);
    await expect(refused).rejects.toMatchObject({ code: 'UNSUPPORTED_IMAGE_FORMAT' });
  });

  it('reads DICOM in the worker and brings the header along', async () => {
    await detectorOn({});
    await detector.whenSettled();
    const detection = await detector.detect(dicomFile());
    expect(detection).toMatchObject({ source: 'dicom', findings: [{ class: 'Cardiomegaly' }] });
    expect(detection.header).toEqual(readDicomHeader(dicomFile()));
  });

  it('keeps images away from the model that it was not made for, and says why', async () => {
    await detectorOn({});
    await detector.whenSettled();
    const refused = detector.detect(dicomFile({ attributes: { ViewPosition: 'LL' } }));
    await expect(refused).rejects.toThrow(ProjectionRefusedError);
    await expect(refused).rejects.toMatchObject({
      code: 'NOT_A_FRONTAL_CHEST_RADIOGRAPH',
      details: { reasons: [{ code: 'VIEW_NOT_FRONTAL', message: expect.any(String) }] },
    });
  });

  it('survives the death of a thread in the middle of its work', async () => {
    const threads: WorkerThread[] = [];
    const spawn: SpawnWorker = (init, listener) => {
      const thread = spawnWorkerThread(init, listener);
      threads.push(thread);
      return thread;
    };
    await detectorOn({ busyWork: 20 }, { spawn, workers: 1 });
    await detector.whenSettled();
    const detection = detector.detect(await grayPng(0));
    await threads[0]!.terminate();
    expect((await detection).findings).toHaveLength(1);
    expect(threads).toHaveLength(2);
    expect(detector.stats()).toMatchObject({ restarts: 1, completed: 1, failed: 0 });
  });

  it('takes any view of bytes and leaves it alone', async () => {
    await detectorOn({});
    await detector.whenSettled();
    const png = await grayPng(0);
    const within = new Uint8Array(png.length + 20).fill(255);
    within.set(png, 10);
    const view = within.subarray(10, 10 + png.length);
    expect((await detector.detect(view)).findings).toHaveLength(1);
    expect(view).toEqual(new Uint8Array(png));
  });

  it('finishes accepted requests when it closes, and then takes none', async () => {
    await detectorOn({});
    await detector.whenSettled();
    const png = await grayPng(0);
    const accepted = Array.from({ length: 6 }, () => detector.detect(png));
    await detector.close();
    expect(await Promise.all(accepted)).toHaveLength(6);
    await expect(detector.detect(png)).rejects.toThrow(DetectorClosedError);
    expect(detector.stats()).toMatchObject({ completed: 6, workersReady: 0 });
  });

  it('keeps the event loop free with twenty detections under way, and mixes none of them up', async () => {
    // Each run costs tens of milliseconds: in the main thread they would stop the loop for a second and more.
    await detectorOn({ findings: [FINDING], scoreFollowsBrightness: true, busyWork: 10 });
    await detector.whenSettled();
    const levels = Array.from({ length: 20 }, (_, index) => 5 + 8 * index);
    const images = await Promise.all(levels.map((level) => grayPng(level, 640)));
    await Promise.all(images.slice(0, 4).map((image) => detector.detect(image)));
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const detections = await Promise.all(images.map((image) => detector.detect(image)));
    delay.disable();
    detections.forEach(({ findings }, index) =>
      expect(findings[0]!.confidence).toBeCloseTo(0.25 + levels[index]! / 255, 3),
    );
    expect(delay.percentile(99) / 1e6).toBeLessThan(50);
  });
});
