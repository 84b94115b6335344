import { Detector, DetectorOptions } from '../detector';
import { grayPng } from '../testing/gray-png';
import { HttpModelServer, serveHttp } from '../testing/open-inference.servers';
import { tinyDetectorOnnx } from '../testing/tiny-detector';
import { spawnWorkerThread } from '../worker/worker-thread';
import { RemoteModel } from './remote.model-runner';
import { RemoteEndpointUnavailableError } from './remote.errors';

// Real threads, from dist: `tsc -b` comes first.
jest.setTimeout(60_000);

const ONNX = tinyDetectorOnnx({
  scoreFollowsBrightness: true,
  findings: [{ box: { xMin: 8, yMin: 8, xMax: 40, yMax: 40 }, classIndex: 3, confidence: 0.25 }],
});
const config = {
  max_batch_size: 4,
  parameters: { metadata: { string_value: `{'names': {0: 'a', 1: 'b', 2: 'c', 3: 'd'}}` } },
};
const CLASSES_ONNX = tinyDetectorOnnx({ classes: ['a', 'b', 'c', 'd'] });

describe('a detector on a remote model', () => {
  let server: HttpModelServer;
  let detector: Detector;
  const detectorOn = (remote: Partial<RemoteModel> = {}, options: Partial<DetectorOptions> = {}) =>
    (detector = Detector.create({
      modelPath: '/nowhere/model.onnx',
      workers: 1,
      remote: { endpoints: [server.url], modelName: 'tiny', timeoutMs: 2_000, ...remote },
      ...options,
    }));

  afterEach(async () => {
    await detector.close(0);
    await server.close();
  });

  it('is described by the server: name, version, digest, classes and batch', async () => {
    server = await serveHttp(CLASSES_ONNX, { config });
    expect(await detectorOn().whenSettled()).toMatchObject({
      status: 'ready',
      model: {
        name: 'tiny',
        version: '3',
        classes: ['a', 'b', 'c', 'd'],
        serving: { maxBatchSize: 4, preferredBatchSizes: [4] },
        digestSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        warnings: [],
      },
    });
  });

  it('has four runs under way from one worker, and batches what waits beyond them', async () => {
    server = await serveHttp(ONNX, { config: { max_batch_size: 4 } });
    await detectorOn({}, { adaptiveBatching: false }).whenSettled();
    const images = await Promise.all([0, 51, 102, 153, 204, 255, 0, 51, 102].map((level) => grayPng(level)));
    const held: (() => void)[] = [];
    let fourAreHeld = (): void => undefined;
    const four = new Promise<void>((resolve) => (fourAreHeld = resolve));
    server.fault = (_, response) => {
      if (held.length === 4) return false;
      held.push(() => {
        server.fault = () => false;
        response.writeHead(503).end();
      });
      if (held.length === 4) fourAreHeld();
      return true;
    };
    const answers = images.map((image) => detector.detect(image));
    await four;
    held.forEach((answer) => answer());
    const found = (await Promise.all(answers)).map(({ findings: [finding] }) => finding!.confidence);
    [0.25, 0.45, 0.65, 0.85, 1, 1, 0.25, 0.45, 0.65].forEach((confidence, index) =>
      expect(found[index]).toBeCloseTo(confidence, 2),
    );
    const sizes = (await Promise.all(answers)).map(({ batch }) => batch!.batchSize);
    expect(Math.max(...sizes)).toBeGreaterThan(1);
  });

  it('tells its errors through the thread, without losing the worker', async () => {
    server = await serveHttp(ONNX);
    await detectorOn({ timeoutMs: 300 }).whenSettled();
    server.fault = () => true;
    const error: unknown = await detector.detect(await grayPng(0)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RemoteEndpointUnavailableError);
    expect(error).toMatchObject({ details: { endpoints: [server.url] }, kind: 'unavailable' });
    expect(detector.stats()).toMatchObject({ restarts: 0, workersReady: 1 });
  });

  it('gives up a run when nobody waits for it any more', async () => {
    server = await serveHttp(ONNX);
    await detectorOn({ timeoutMs: 60_000 }, { stallTimeoutMs: 60_000 }).whenSettled();
    const given = new Promise<void>((resolve) => {
      server.fault = (request) => {
        request.socket.once('close', () => resolve());
        return true;
      };
    });
    // Pool and runner look at the same moment.
    const ended = expect.stringMatching(/INFERENCE_TIMEOUT|REMOTE_ENDPOINT_UNAVAILABLE/);
    await expect(detector.detect(await grayPng(0), { deadlineMs: 300 })).rejects.toMatchObject({
      code: ended,
    });
    await given;
  });

  it('can be ended while a server keeps it waiting: no native code is entered', async () => {
    server = await serveHttp(ONNX);
    const workers: ReturnType<typeof spawnWorkerThread>[] = [];
    detectorOn(
      { timeoutMs: 60_000 },
      {
        stallTimeoutMs: 300,
        spawn: (init, listener) => {
          const worker = spawnWorkerThread(init, listener);
          workers.push(worker);
          return worker;
        },
      },
    );
    await detector.whenSettled();
    const seen: boolean[] = [];
    server.fault = () => {
      if (seen.length > 0) return false;
      seen.push(workers.at(-1)!.isInsideNativeCode);
      return true;
    };
    expect((await detector.detect(await grayPng(51))).findings).toHaveLength(1);
    expect([seen, workers.length]).toEqual([[false], 2]);
  });

  it('becomes ready when its server comes up, without a restart', async () => {
    const early = await serveHttp(ONNX);
    const port = Number(new URL(early.url).port);
    await early.close();
    server = early;
    expect(await detectorOn().whenSettled()).toMatchObject({
      status: 'unavailable',
      code: 'REMOTE_ENDPOINT_UNAVAILABLE',
    });
    server = await serveHttp(ONNX, { port });
    while (detector.state.status !== 'ready') await new Promise((resolve) => setImmediate(resolve));
    expect((await detector.detect(await grayPng(51))).findings).toHaveLength(1);
  });
});
