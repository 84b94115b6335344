import { modelFolder, ModelFolder } from '@thorax/inference/testing';
import { pngFile } from '@thorax/radiograph/testing';
import { FINDING_CLASSES } from '@thorax/radiograph';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { form, post } from '../../testing/http.client';
import { pythonWith, runPython } from '../../testing/python';
import { RunningApplication, startApplication } from '../../testing/start-application';

jest.setTimeout(180_000);

const { THORAX_PYTHON, THORAX_YOLO } = process.env;
const triton = pythonWith('tritonclient.http', THORAX_PYTHON);
const tritonGrpc = pythonWith('tritonclient.grpc', THORAX_PYTHON);
const kserve = pythonWith('kserve', THORAX_PYTHON);
const name = 'chest_xray_detector';

describe('clients that others wrote', () => {
  let model: ModelFolder;
  let app: RunningApplication;
  beforeAll(async () => {
    const config = `
model: {name: ${name}, version: '1'}
serving: {max_batch_size: 2}`;
    model = await modelFolder({ scoreFollowsBrightness: true, findings: [finding] }, config);
    app = await startApplication({ MODEL_PATH: model.modelPath, OPEN_INFERENCE_GRPC_PORT: '0' });
  });
  afterAll(async () => {
    await app?.stop();
    await model?.remove();
  });

  const grpcAddress = () => /grpc:\/\/(\S+)/.exec(app.output.join('\n'))![1]!;
  const finding = { box: { xMin: 8, yMin: 8, xMax: 40, yMax: 40 }, classIndex: 3, confidence: 0.5 };

  (triton.executable ? it : it.skip)(`tritonclient[http] finds Triton${triton.missing}`, async () => {
    const address = new URL(app.url).host;
    const lines = (await runPython(triton.executable!, 'triton_client.py', address, name)) as Seen[];
    const seen = Object.fromEntries(lines.map((line) => [line.step, line]));

    expect(seen.health).toMatchObject({ live: true, ready: true, model: true, stranger: false });
    expect(seen.server).toMatchObject({ name: 'thorax' });
    expect(seen.metadata).toMatchObject({ platform: 'onnxruntime_onnx' });
    expect(seen.config).toMatchObject({ max_batch_size: 2 });
    expect(seen.index).toMatchObject({ entries: [{ name, version: '1', state: 'READY' }] });
    for (const step of ['json', 'binary', 'gzip', 'deflate', 'binary in, json out', 'json in, binary out']) {
      expect(seen[step]).toMatchObject({ shape: [1, 18, 84], dtype: 'float32', best: 0.6 });
    }
    expect(seen.binary).toMatchObject({ id: 'mine' });
    expect(seen['batch of two']).toMatchObject({ shape: [2, 18, 84], parameters: { batch_size: 2 } });
    expect(seen.asynchronous).toMatchObject({ best: [0.5, 0.6, 0.7, 0.8, 0.9] });
    for (const step of ['wrong shape', 'wrong name', 'wrong type', 'not a number']) {
      expect(seen[step]).toMatchObject({ status: '400', message: expect.any(String) });
    }
    for (const step of ['unknown model', 'unknown version'])
      expect(seen[step]).toMatchObject({ status: '404' });
    for (const step of ['files', 'unload', 'shared memory'])
      expect(seen[step]).toMatchObject({ status: '501' });
    expect(seen.stats).toMatchObject({
      name,
      inference_count: 14,
      inference_stats: { success: { count: 13 } },
    });
  });

  (tritonGrpc.executable ? it : it.skip)(`tritonclient[grpc] finds Triton${tritonGrpc.missing}`, async () => {
    const lines = (await runPython(
      tritonGrpc.executable!,
      'triton_grpc_client.py',
      grpcAddress(),
      name,
    )) as Seen[];
    const seen = Object.fromEntries(lines.map((line) => [line.step, line]));

    expect(seen.health).toMatchObject({ live: true, ready: true, model: true, stranger: false });
    expect(seen.server).toMatchObject({ name: 'thorax' });
    expect(seen.metadata).toMatchObject({
      platform: 'onnxruntime_onnx',
      inputs: [{ name: 'images', datatype: 'FP32', shape: ['-1', '3', '64', '64'] }],
    });
    expect(seen.config).toMatchObject({ max_batch_size: 2, input: [{ data_type: 'TYPE_FP32' }] });
    expect(seen.index).toMatchObject({ models: [{ name, version: '1', state: 'READY' }] });
    for (const step of ['raw', 'named output', 'gzip', 'deflate', 'priority and timeout', 'sequence']) {
      expect(seen[step]).toMatchObject({ shape: [1, 18, 84], dtype: 'float32', best: 0.6 });
    }
    expect(seen.raw).toMatchObject({ id: 'mine', parameters: { batch_size: { int64_param: '1' } } });
    expect(seen['batch of two']).toMatchObject({ shape: [2, 18, 84] });
    expect(seen.typed).toMatchObject({ best: 0.6 });
    expect(seen.asynchronous).toMatchObject({ best: [0.5, 0.6, 0.7, 0.8, 0.9] });
    expect(seen.stream).toMatchObject({
      ids: ['0', '1', '2', '3', null, '5', '6', '7', '8', '9'],
      best: [0.5, 0.55, 0.6, 0.65, null, 0.75, 0.8, 0.85, 0.9, 0.95],
    });
    const { errors } = seen.stream as unknown as { errors: (string | null)[] };
    expect(errors[4]).toMatch(/unexpected shape/);
    expect(errors.filter(Boolean)).toHaveLength(1);
    const statuses: Readonly<Record<string, readonly string[]>> = {
      INVALID_ARGUMENT: ['wrong shape', 'wrong name', 'wrong type', 'not a number'],
      NOT_FOUND: ['unknown model', 'unknown version'],
      UNIMPLEMENTED: ['files', 'unload', 'shared memory', 'log settings'],
      DEADLINE_EXCEEDED: ['client timeout too short'],
    };
    for (const [status, steps] of Object.entries(statuses)) {
      for (const step of steps) expect(seen[step]).toMatchObject({ status: `StatusCode.${status}` });
    }
    expect(seen['all stats']).toMatchObject({ models: [name] });
  });

  (kserve.executable ? it : it.skip)(`KServe’s client finds KServe${kserve.missing}`, async () => {
    const lines = (await runPython(kserve.executable!, 'kserve_client.py', app.url, name, '64')) as Seen[];
    const answer = { id: 'mine', shape: [1, 18, 84], best: 0.6 };
    expect(lines).toMatchObject([
      { step: 'health', live: true, ready: true, model: true },
      { step: 'json', ...answer },
      { step: 'binary', ...answer },
      { step: 'wrong shape', message: expect.stringContaining("unexpected shape for input 'images'") },
    ]);
  });

  (kserve.executable ? it : it.skip)(`KServe’s gRPC client finds KServe${kserve.missing}`, async () => {
    const lines = await runPython(kserve.executable!, 'kserve_grpc_client.py', grpcAddress(), name, '64');
    const answer = { id: 'mine', shape: [1, 18, 84], best: 0.6 };
    expect(lines).toMatchObject([
      { step: 'health', live: true, ready: true, model: true },
      { step: 'typed', ...answer },
      { step: 'raw', ...answer },
      { step: 'wrong shape', status: 'INVALID_ARGUMENT', message: expect.stringMatching(/unexpected shape/) },
    ]);
  });

  // A program of the user's (AGPL-3.0): launched where THORAX_YOLO names it, never imported.
  (THORAX_YOLO ? it : it.skip)(
    `Ultralytics’ program for Triton finds what /predict finds${THORAX_YOLO ? '' : ' (skipped: THORAX_YOLO names no yolo program)'}`,
    async () => {
      const png = await pngFile({ width: 64, height: 64 });
      const folder = dirname(model.modelPath);
      const file = join(folder, 'chest.png');
      await writeFile(file, png);
      const [theirs] = await yoloBoxes(THORAX_YOLO!, `${app.url}/${name}`, file, folder);
      const { body } = await post<{ predictions: Prediction[] }>(`${app.url}/predict`, form('file', png));
      const [ours] = body.predictions;
      expect(FINDING_CLASSES[theirs!.classId]).toBe(ours!.class);
      expect(theirs!.confidence).toBeCloseTo(ours!.confidence, 2);
      theirs!.bbox.forEach((side, index) => expect(side).toBeCloseTo(ours!.bbox[index]!, 1));
    },
  );
});

interface YoloBox {
  readonly classId: number;
  readonly confidence: number;
  /** Fractions of the image, corners. */
  readonly bbox: readonly number[];
}

/** Lets the program read an image through a server and returns the boxes that it wrote. */
async function yoloBoxes(program: string, model: string, file: string, folder: string): Promise<YoloBox[]> {
  const settings = [
    'save_txt=True',
    'save_conf=True',
    'imgsz=64',
    `project=${folder}`,
    'name=yolo',
    'verbose=False',
  ];
  await promisify(execFile)(program, ['detect', 'predict', `model=${model}`, `source=${file}`, ...settings], {
    // It must not install, update or report anything.
    env: { ...process.env, YOLO_AUTOINSTALL: 'false', YOLO_OFFLINE: 'true' },
  });
  const text = await readFile(join(folder, 'yolo/labels/chest.txt'), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [classId, x, y, width, height, confidence] = line.split(' ').map(Number) as [
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      return { classId, confidence, bbox: [x - width / 2, y - height / 2, x + width / 2, y + height / 2] };
    });
}

interface Prediction {
  readonly class: string;
  readonly confidence: number;
  /** Fractions of the image. */
  readonly bbox: readonly number[];
}

type Seen = { readonly step: string } & Record<string, unknown>;
