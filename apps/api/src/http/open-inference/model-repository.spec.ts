import { protobuf, repeated, tinyDetectorOnnx } from '@thorax/inference/testing';
import { pngFile } from '@thorax/radiograph/testing';
import { mkdir, mkdtemp, open, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { form, post } from '../../testing/http.client';
import { binaryRequest, callTensors } from '../../testing/open-inference.client';
import { RunningApplication, startApplication } from '../../testing/start-application';

jest.setTimeout(180_000);

const SIDE = 64;
const tensor = { name: 'images', datatype: 'FP32', shape: [1, 3, SIDE, SIDE] };
const asked = binaryRequest(tensor, new Uint8Array(4 * 3 * SIDE * SIDE), { outputs: [{ name: 'output0' }] });

/** A detector whose every answer has this score, so that answers tell versions apart. */
const scoring = (confidence: number, busyWork = 0): Uint8Array =>
  tinyDetectorOnnx({
    busyWork,
    findings: [{ box: { xMin: 8, yMin: 8, xMax: 40, yMax: 40 }, classIndex: 3, confidence }],
  });

/** A model whose weights are said to be in another file, which a server must not go and read. */
function withExternalWeights(location: string): Uint8Array {
  const value = (name: string) => {
    const shape = protobuf(
      ...repeated(
        1,
        [1, 3, SIDE, SIDE].map((dim) => protobuf([1, dim])),
      ),
    );
    return protobuf([1, name], [2, protobuf([1, protobuf([1, 1], [2, shape])])]);
  };
  const entries = { location, offset: '0', length: '4' };
  const external = Object.entries(entries).map(([key, told]) => protobuf([1, key], [2, told]));
  const weights = protobuf([1, 1], [2, 1], [8, 'w'], ...repeated(13, external), [14, 1]);
  const node = protobuf([1, 'images'], [1, 'w'], [2, 'output0'], [4, 'Add']);
  const graph = protobuf([1, node], [2, 'g'], [5, weights], [11, value('images')], [12, value('output0')]);
  return protobuf([1, 8], [7, graph], [8, protobuf([1, ''], [2, 17])]);
}

/** A folder of models, to be filled by the test. */
class Models {
  constructor(readonly folder: string) {}

  async write(path: string, content: Uint8Array | string): Promise<void> {
    await mkdir(join(this.folder, path, '..'), { recursive: true });
    await writeFile(join(this.folder, path), content);
  }
}

interface Arranged {
  readonly models: Models;
  readonly app: RunningApplication;
  call(path: string, body?: object): ReturnType<typeof callTensors>;
  infer(path: string): ReturnType<typeof callTensors>;
  /** Lines of the repository index. */
  index(): Promise<string[]>;
}

describe('models beside the primary', () => {
  let root: string;
  let arranged: Arranged;

  async function start(env: Record<string, string> = {}): Promise<Arranged> {
    const models = new Models(join(root, 'models'));
    const app = await startApplication({
      MODEL_PATH: join(root, 'primary.onnx'),
      MODEL_REPOSITORY: models.folder,
      MAX_WORKERS: '1',
      ...env,
    });
    const call = (path: string, body?: object) => callTensors(`${app.url}/v2${path}`, body);
    const infer = (path: string) =>
      callTensors(`${app.url}/v2/models/${path}/infer`, asked.body, asked.headers);
    const index = async () => {
      const { body } = await call('/repository/index', {});
      return (body as unknown as { name: string; version?: string; state: string }[]).map(
        ({ name, version, state }) => `${name}:${version ?? ''} ${state}`,
      );
    };
    return { models, app, call, infer, index };
  }

  const load = (name: string, parameters?: object) =>
    arranged.call(`/repository/models/${name}/load`, parameters ? { parameters } : {});
  const unload = (name: string, parameters?: object) =>
    arranged.call(`/repository/models/${name}/unload`, parameters ? { parameters } : {});

  /** The best score in an answer. */
  const best = ({ body }: Awaited<ReturnType<typeof callTensors>>): number => {
    const [{ data }] = body.outputs as [{ data: number[] }];
    return Number(Math.max(...data.slice(4 * 84)).toFixed(3));
  };

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'thorax-models-'));
    await writeFile(join(root, 'primary.onnx'), scoring(0.5));
    const models = new Models(join(root, 'models'));
    for (const version of [1, 2, 10]) await models.write(`hand/${version}/model.onnx`, scoring(version / 20));
    await models.write(
      'hand/model_config.yaml',
      'model: {name: other, version: "77"}\nserving: {max_batch_size: 2}',
    );
    await models.write('busy/1/model.onnx', scoring(0.3, 10));
    arranged = await start({ OPEN_INFERENCE_UPLOADS: 'accept', MODEL_REPOSITORY_LOAD: 'hand:2' });
    while (!(await arranged.index()).includes('hand:2 READY'))
      await new Promise((done) => setTimeout(done, 50));
  });
  afterAll(async () => {
    await arranged?.app.stop();
    await rm(root, { recursive: true, force: true });
  });

  it('are listed with their states, and loaded at start where that is asked for', async () => {
    expect(await arranged.index()).toEqual([
      'primary:1 READY', 'busy:1 UNAVAILABLE', 'hand:1 UNAVAILABLE', 'hand:2 READY', 'hand:10 UNAVAILABLE',
    ]); // prettier-ignore
    expect((await arranged.call('/repository/index', { ready: true })).body).toHaveLength(2);
    expect(await arranged.call('/models/hand/versions/1/ready')).toMatchObject({
      status: 400,
      body: { ready: false },
    });
    expect(await arranged.call('/models/hand/ready')).toMatchObject({ status: 200, body: { ready: true } });
  });

  it('answer two versions at once, each under its own address, beside /predict', async () => {
    expect((await load('hand')).status).toBe(200);
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, turn) =>
        arranged.infer(['hand/versions/2', 'hand/versions/10', 'hand', 'primary'][turn % 4]!),
      ),
    );
    answers.forEach((answer, turn) => {
      expect(answer.status).toBe(200);
      expect(best(answer)).toBe([0.1, 0.5, 0.5, 0.5][turn % 4]);
      expect(answer.body.model_version).toBe(['2', '10', '10', '1'][turn % 4]);
    });
    const image = form('file', await pngFile({ width: SIDE, height: SIDE }));
    const { body } = await post<{ model: { name: string } }>(`${arranged.app.url}/predict`, image);
    expect(JSON.stringify(body)).not.toContain('hand');
  });

  it('have configuration, statistics and metrics of their own', async () => {
    expect((await arranged.call('/models/hand/versions/2/config')).body).toMatchObject({
      name: 'hand',
      max_batch_size: 2,
    });
    expect((await arranged.call('/models/hand/versions/2')).body).toMatchObject({
      name: 'hand',
      versions: ['2'],
    });
    const count = async (version: string) => {
      const { body } = await arranged.call(`/models/hand/versions/${version}/stats`);
      return (body.model_stats as { inference_count: number }[])[0]!.inference_count;
    };
    const before = await count('10');
    await arranged.infer('hand/versions/2');
    expect(await count('10')).toBe(before);
    const metrics = await (await fetch(`${arranged.app.url}/v2/metrics`)).text();
    for (const version of ['2', '10']) {
      const told = `nv_inference_count{model="hand",version="${version}"} ${await count(version)}\n`;
      expect(metrics).toContain(told);
    }
  });

  it('take instances and batching from a load', async () => {
    const config = JSON.stringify({
      instance_group: [{ count: 2, kind: 'KIND_CPU' }],
      max_batch_size: 4,
      dynamic_batching: { preferred_batch_size: [3] },
      version_policy: { specific: { versions: [1] } },
    });
    expect((await load('hand', { config })).status).toBe(200);
    expect((await arranged.call('/models/hand/versions/1/config')).body).toMatchObject({
      max_batch_size: 4,
      dynamic_batching: { preferred_batch_size: [3] },
      instance_group: [{ count: expect.any(Number) }],
    });
    expect(await load('hand', { config: '{"optimization": {}}' })).toMatchObject({
      status: 501,
      body: { error: expect.stringContaining("'optimization'") },
    });
    expect(await load('hand', { config: { a: 1 } })).toMatchObject({ status: 400 });
  });

  /** Requests that a model of one worker has answered, is answering or lets wait. */
  async function arrived(model: string): Promise<number> {
    const metrics = await (await fetch(`${arranged.app.url}/v2/metrics`)).text();
    const of = (name: string) =>
      Number(new RegExp(`^nv_inference_${name}{model="${model}",version="1"} (\\d+)`, 'm').exec(metrics)![1]);
    const pending = of('pending_request_count');
    return of('request_success') + pending + Math.min(pending, 1);
  }

  it('answer all requests under way when they are unloaded, and none after', async () => {
    expect((await load('busy')).status).toBe(200);
    const underWay = Array.from({ length: 50 }, () => arranged.infer('busy'));
    while ((await arrived('busy')) < 50) await new Promise((done) => setTimeout(done, 20));
    const unloaded = unload('busy', { unload_dependents: true });
    const answers = await Promise.all(underWay);
    expect((await unloaded).status).toBe(200);
    expect(answers.map(({ status }) => status)).toEqual(new Array(50).fill(200));
    expect(await arranged.infer('busy')).toMatchObject({
      status: 503,
      body: { error: expect.stringContaining('unloaded') },
    });
    expect(await arranged.index()).toContain('busy:1 UNAVAILABLE');
  });

  it('are one load when ten ask for the same at once', async () => {
    const loads = await Promise.all(Array.from({ length: 10 }, () => load('busy')));
    expect(loads.map(({ status }) => status)).toEqual(new Array(10).fill(200));
    expect((await arranged.infer('busy')).status).toBe(200);
    expect((await unload('busy')).status).toBe(200);
  });

  it('are loaded and unloaded by version as well', async () => {
    expect((await arranged.call('/repository/models/hand/versions/1/unload', {})).status).toBe(200);
    expect(await arranged.index()).toEqual(expect.arrayContaining(['hand:1 UNAVAILABLE', 'hand:2 READY']));
    expect((await arranged.call('/repository/models/hand/versions/1/load', {})).status).toBe(200);
    expect(await arranged.index()).toContain('hand:1 READY');
    expect((await arranged.call('/repository/models/hand/versions/3/load', {})).status).toBe(404);
  });

  it('never are the primary', async () => {
    const refused = await unload('primary');
    expect(refused).toMatchObject({ status: 501, body: { error: expect.stringContaining('/predict') } });
    expect((await load('primary')).status).toBe(200);
    expect((await unload('stranger')).status).toBe(404);
    expect((await unload('hand', { unload_dependents: 'yes' })).status).toBe(400);
  });

  it('may come in a request where that is accepted, and leave no file behind', async () => {
    const uploads = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('thorax-upload-'));
    const before = await uploads();
    const model = Buffer.from(scoring(0.9)).toString('base64');
    expect(await load('sent', { 'file:1/model.onnx': model })).toMatchObject({ status: 400 });
    expect((await load('sent', { config: '{}', 'file:1/model.onnx': model })).status).toBe(200);
    expect(await uploads()).toHaveLength(before.length + 1);
    expect(best(await arranged.infer('sent/versions/1'))).toBe(0.9);
    expect((await unload('sent')).status).toBe(200);
    expect(await uploads()).toEqual(before);
    for (const path of [
      '../evil.onnx',
      '1/../../model.onnx',
      '/etc/passwd',
      '1/model.onnx\0',
      'x/model.onnx',
      '1/weights',
    ]) {
      const refused = await load('sent', { config: '{}', [`file:${path}`]: model });
      expect(refused).toMatchObject({ status: 400, body: { error: expect.stringContaining('file:') } });
    }
    expect(await load('sent', { config: '{}', 'file:1/model.onnx': '*' })).toMatchObject({ status: 400 });
    const noModel = Buffer.from('no model').toString('base64');
    expect(await load('sent', { config: '{}', 'file:2/model.onnx': noModel })).toMatchObject({ status: 400 });
    expect(await uploads()).toEqual(before);
  });

  describe('that cannot be loaded', () => {
    const hostile: [name: string, prepare: (models: Models) => Promise<unknown>, reason: RegExp][] = [
      ['missing', (models) => mkdir(join(models.folder, 'missing/1'), { recursive: true }), /no model.onnx/],
      ['text', (models) => models.write('text/1/model.onnx', 'not an ONNX file'), /not a usable ONNX model/],
      ['empty', (models) => models.write('empty/1/model.onnx', ''), /not a usable ONNX model/],
      ['cut', (models) => models.write('cut/1/model.onnx', scoring(0.5).subarray(0, 2000)), /truncated/],
      [
        'linked',
        async (models) => {
          await mkdir(join(models.folder, 'linked/1'), { recursive: true });
          await symlink('/etc/passwd', join(models.folder, 'linked/1/model.onnx'));
        },
        /leads out of the repository/,
      ],
      [
        'huge',
        async (models) => {
          await mkdir(join(models.folder, 'huge/1'), { recursive: true });
          const file = await open(join(models.folder, 'huge/1/model.onnx'), 'w');
          await file.truncate(1024 ** 3);
          await file.close();
        },
        /1073741824 bytes, more than the limit/,
      ],
      [
        'outside',
        (models) => models.write('outside/1/model.onnx', withExternalWeights('package.json')),
        /not a usable ONNX model/,
      ],
      [
        'misled',
        async (models) => {
          await models.write('misled/1/model.onnx', scoring(0.5));
          await models.write('misled/model_config.yaml', 'serving: {instances: many}');
        },
        /serving.instances must be a whole number/,
      ],
    ];

    it.each(hostile)('say so and stay unavailable: %s', async (name, prepare, reason) => {
      await prepare(arranged.models);
      const neighbours = Array.from({ length: 5 }, () => arranged.infer('primary'));
      expect(await load(name)).toMatchObject({ status: 400, body: { error: expect.stringMatching(reason) } });
      expect((await Promise.all(neighbours)).every(({ status }) => status === 200)).toBe(true);
      const { body } = await arranged.call('/repository/index', {});
      const entry = (body as unknown as { name: string }[]).find((line) => line.name === name);
      expect(entry).toMatchObject({ state: 'UNAVAILABLE', reason: expect.stringMatching(reason) });
    });
  });
});
