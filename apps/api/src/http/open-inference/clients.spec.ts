import { modelFolder, ModelFolder } from '@thorax/inference/testing';
import { pngFile } from '@thorax/radiograph/testing';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { form, post } from '../../testing/http.client';
import { pythonWith, runPython } from '../../testing/python';
import { RunningApplication, startApplication } from '../../testing/start-application';

jest.setTimeout(180_000);

const { THORAX_PYTHON } = process.env;
const triton = pythonWith('tritonclient.http', THORAX_PYTHON, '/tmp/oip/venv/bin/python');
const ultralytics = pythonWith('ultralytics', THORAX_PYTHON, '/tmp/oip/ultra/bin/python');
const kserve = pythonWith('kserve', THORAX_PYTHON, '/tmp/oip/kserve/bin/python');
const name = 'chest_xray_detector';

describe('clients that others wrote', () => {
  let model: ModelFolder;
  let app: RunningApplication;
  beforeAll(async () => {
    const config = `
model: {name: ${name}, version: '1'}
serving: {max_batch_size: 2}`;
    model = await modelFolder({ scoreFollowsBrightness: true, findings: [finding] }, config);
    app = await startApplication({ MODEL_PATH: model.modelPath });
  });
  afterAll(async () => {
    await app?.stop();
    await model?.remove();
  });

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

  (ultralytics.executable ? it : it.skip)(
    `Ultralytics’ client for Triton finds what /predict finds${ultralytics.missing}`,
    async () => {
      const png = await pngFile({ width: 64, height: 64 });
      const file = join(dirname(model.modelPath), 'chest.png');
      await writeFile(file, png);
      const [seen] = (await runPython(
        ultralytics.executable!,
        'ultralytics_client.py',
        `${app.url}/${name}`,
        file,
      )) as [{ boxes: Box[]; names: string[] }];
      const { body } = await post<{ predictions: Prediction[] }>(`${app.url}/predict`, form('file', png));
      expect(seen.names).toHaveLength(14);
      expect(seen.boxes).toHaveLength(1);
      const [theirs, ours] = [seen.boxes[0]!, body.predictions[0]!];
      expect(theirs.class).toBe(ours.class);
      expect(theirs.confidence).toBeCloseTo(ours.confidence, 2);
      theirs.box.forEach((side, index) => expect(side).toBeCloseTo(ours.bbox[index]! * 64, 0));
    },
  );
});

interface Prediction {
  readonly class: string;
  readonly confidence: number;
  /** Fractions of the image. */
  readonly bbox: readonly number[];
}

interface Box {
  readonly class: string;
  readonly confidence: number;
  /** Pixels. */
  readonly box: readonly number[];
}

type Seen = { readonly step: string } & Record<string, unknown>;
