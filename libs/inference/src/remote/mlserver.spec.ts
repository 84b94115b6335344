import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { drawPhantom, encodePhantomDicom } from '@thorax/radiograph';
import { Detection } from '../detection';
import { Detector, DetectorOptions } from '../detector';
import { grayPng } from '../testing/gray-png';
import { MlServer, mlServerPython, startMlServer } from '../testing/mlserver';
import { describeModelRunner } from '../testing/describe-model-runner';
import { tinyDetectorOnnx } from '../testing/tiny-detector';
import { openRemoteModel, RemoteModel } from './remote.model-runner';
import { RemoteEndpointUnavailableError } from './remote.errors';

const MODEL = join(__dirname, '../../../../models/demonstration/model.onnx');
const CONFIG = join(__dirname, '../../../../models/demonstration/model_config.yaml');
const { executable, missing } = mlServerPython(process.env.THORAX_MLSERVER);
const BRIGHTNESS = {
  scoreFollowsBrightness: true,
  findings: [{ box: { xMin: 8, yMin: 8, xMax: 40, yMax: 40 }, classIndex: 0, confidence: 0.25 }],
};

// Python servers, real threads and the real runtime, from dist: `tsc -b` comes first.
jest.setTimeout(120_000);

const describeIfThere = executable ? describe : describe.skip;

describeIfThere(`Each face of MLServer${missing}`, () => {
  let server: MlServer;
  let models = 0;

  beforeAll(async () => {
    server = await startMlServer(executable!, tinyDetectorOnnx());
  });
  afterAll(() => server.kill());

  for (const [face, url] of [
    ['HTTP', () => server.httpUrl],
    ['gRPC', () => server.grpcUrl],
  ] as const) {
    describeModelRunner(`MLServer over ${face}`, async (onnx) => {
      const modelName = `model${models++}`;
      await server.load(modelName, onnx);
      return (await openRemoteModel({ endpoints: [url()], modelName })).runner;
    });
  }
});

describeIfThere(`MLServer${missing}`, () => {
  const servers: MlServer[] = [];
  const detectors: Detector[] = [];
  const start = async (onnx: Uint8Array, ports?: MlServer): Promise<MlServer> => {
    const server = await startMlServer(executable!, onnx, ports);
    servers.push(server);
    return server;
  };
  const detectorOn = async (
    remote: Omit<RemoteModel, 'modelName'> | undefined,
    options: Partial<DetectorOptions> = {},
  ): Promise<Detector> => {
    const detector = Detector.create({
      modelPath: MODEL,
      workers: 1,
      ...(remote && { remote: { modelName: 'tiny', ...remote } }),
      ...options,
    });
    detectors.push(detector);
    expect(await detector.whenSettled()).toMatchObject({ status: 'ready' });
    return detector;
  };

  afterEach(async () => {
    await Promise.all(detectors.splice(0).map((detector) => detector.close()));
    await Promise.all(servers.splice(0).map((server) => server.kill()));
  });

  it('finds the same on a radiograph over HTTP, over gRPC and here', async () => {
    const server = await start(await readFile(MODEL));
    const detectors = [
      await detectorOn({ endpoints: [server.httpUrl] }, { configPath: CONFIG }),
      await detectorOn({ endpoints: [server.grpcUrl] }, { configPath: CONFIG }),
      await detectorOn(undefined, { configPath: CONFIG }),
    ];
    const image = encodePhantomDicom(drawPhantom({ seed: 7, findingCount: 4 }));
    const answers: Detection[] = [];
    for (const detector of detectors) answers.push(await detector.detect(image));
    const [http, grpc, local] = answers.map(({ findings }) => findings);
    expect(local!.length).toBeGreaterThan(0);
    for (const remote of [http!, grpc!]) {
      expect(remote.map((finding) => finding.class)).toEqual(local!.map((finding) => finding.class));
      remote.forEach((finding, index) => {
        // Other versions of ONNX Runtime add in another order.
        expect(finding.confidence).toBeCloseTo(local![index]!.confidence, 4);
        for (const side of ['xMin', 'yMin', 'xMax', 'yMax'] as const) {
          expect(finding.box[side]).toBeCloseTo(local![index]!.box[side], 1);
        }
      });
    }
    expect(http).toEqual(grpc);
    expect(answers[0]!.model).toEqual(answers[1]!.model);
  });

  it('fails no request when the preferred server dies, says so when both do, and returns to one that is back', async () => {
    const onnx = tinyDetectorOnnx(BRIGHTNESS);
    const [first, second] = [await start(onnx), await start(onnx)];
    const detector = await detectorOn({ endpoints: [first.grpcUrl, second.httpUrl], timeoutMs: 5_000 });
    const image = await grayPng(51);

    const stream = Array.from({ length: 60 }, () => detector.detect(image));
    await Promise.race(stream);
    await first.kill();
    const answers = await Promise.all(stream);
    expect(answers.map(({ findings: [finding] }) => finding!.confidence)).toEqual(
      answers.map(() => expect.closeTo(0.45, 3)),
    );

    await second.kill();
    const askedAt = performance.now();
    await expect(detector.detect(image)).rejects.toThrow(RemoteEndpointUnavailableError);
    expect(performance.now() - askedAt).toBeLessThan(6_000);
    expect(detector.stats().restarts).toBe(0);

    await start(onnx, first);
    await expect(untilAnswered(detector, image)).resolves.toMatchObject({ findings: [{ classIndex: 0 }] });
  });
});

/** A server of others tells nobody when it is reachable again. */
async function untilAnswered(detector: Detector, image: Uint8Array): Promise<Detection> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await detector.detect(image);
    } catch (error) {
      if (attempt === 600) throw error;
      await setTimeout(50);
    }
  }
}
