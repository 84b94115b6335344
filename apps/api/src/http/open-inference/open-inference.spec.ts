import { modelFolder, ModelFolder } from '@thorax/inference/testing';
import { connect } from 'node:net';
import { binaryRequest, callTensors } from '../../testing/open-inference.client';
import { RunningApplication, startApplication } from '../../testing/start-application';

jest.setTimeout(120_000);

const SIDE = 64;
const ELEMENTS = 3 * SIDE * SIDE;
const config = `
model: {name: tiny, version: '7'}
serving: {max_batch_size: 4, preferred_batch_size: [2], max_queue_delay_microseconds: 0}`;

function image(level: number, count = 1): Uint8Array {
  return new Uint8Array(new Float32Array(count * ELEMENTS).fill(level).buffer);
}

function tensor(count = 1) {
  return { name: 'images', datatype: 'FP32', shape: [count, 3, SIDE, SIDE] };
}

/** Opens the port of its own as well. */
async function start(model: ModelFolder): Promise<{ app: RunningApplication; own: string }> {
  const app = await startApplication({ MODEL_PATH: model.modelPath, OPEN_INFERENCE_PORT: '0' });
  const own = /Tensors\s+(\S+)/.exec(app.output.join('\n'));
  return { app, own: own![1]! };
}

describe('the Open Inference Protocol', () => {
  let model: ModelFolder;
  let app: RunningApplication;
  /** Address of the protocol on the port of its own. */
  let own: string;
  const v2 = () => `${app.url}/v2`;

  beforeAll(async () => {
    model = await modelFolder({ scoreFollowsBrightness: true }, config);
    ({ app, own } = await start(model));
  });
  afterAll(async () => {
    await app?.stop();
    await model?.remove();
  });

  it('is served on the port of the application and on its own, which serves nothing else', async () => {
    expect(own).not.toBe(v2());
    for (const address of [v2(), `${v2()}/`, own]) {
      expect(await callTensors(address)).toMatchObject({
        status: 200,
        body: { name: 'thorax', extensions: expect.arrayContaining(['statistics', 'binary_tensor_data']) },
      });
    }
    expect((await fetch(new URL('/predict', own))).status).toBe(404);
  });

  it.each([
    ['/health/live', { live: true }],
    ['/health/ready', { ready: true }],
    ['/models/tiny/ready', { name: 'tiny', ready: true }],
    ['/models/tiny/versions/7/ready', { name: 'tiny', ready: true }],
    ['/models/tiny', { versions: ['7'], inputs: [{ ...tensor(), shape: [-1, 3, SIDE, SIDE] }] }],
    [
      '/models/tiny/versions/7/config',
      { max_batch_size: 4, dynamic_batching: { preferred_batch_size: [2] } },
    ],
    ['/models/tiny/stats', { model_stats: [{ name: 'tiny', version: '7' }] }],
    ['/models/stats', { model_stats: [{ name: 'tiny', version: '7' }] }],
    ['/logging', { log_verbose_level: 0 }],
    ['/trace/setting', { trace_level: ['OFF'] }],
  ])('answers GET %s', async (path, document) => {
    const { status, headers, body } = await callTensors(`${v2()}${path}`);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json');
    expect(body).toMatchObject(document);
  });

  it('lists the repository for a request without body and length', async () => {
    const ready = [{ name: 'tiny', version: '7', state: 'READY' }];
    expect((await callTensors(`${v2()}/repository/index`, undefined, {}, 'POST')).body).toEqual(ready);
    expect((await callTensors(`${v2()}/repository/index`, { ready: true })).body).toEqual(ready);
    expect((await callTensors(`${v2()}/repository/models/tiny/load`, {})).status).toBe(200);
  });

  it('infers the same from JSON, binary tensors and a raw body', async () => {
    const url = `${own}/models/tiny/infer`;
    const { body, headers } = binaryRequest(tensor(), image(0.125), {
      id: 'a',
      outputs: [{ name: 'output0', parameters: { binary_data: false } }],
    });
    const binary = await callTensors(url, body, headers);
    expect(binary).toMatchObject({
      status: 200,
      body: {
        id: 'a',
        model_name: 'tiny',
        model_version: '7',
        outputs: [{ datatype: 'FP32', shape: [1, 18, 84] }],
      },
    });
    const data = new Array(ELEMENTS).fill(0.125);
    const json = await callTensors(url, { inputs: [{ ...tensor(), data }] });
    expect(json.body.outputs).toEqual(binary.body.outputs);

    const raw = await fetch(url, {
      method: 'POST',
      body: new Uint8Array(image(0.125)),
      headers: { 'Inference-Header-Content-Length': '0' },
    });
    const bytes = Buffer.from(await raw.arrayBuffer());
    const headerLength = Number(raw.headers.get('inference-header-content-length'));
    const [told] = (
      JSON.parse(bytes.toString('utf8', 0, headerLength)) as { outputs: { parameters: object }[] }
    ).outputs;
    expect(told!.parameters).toEqual({ binary_data_size: bytes.length - headerLength });
    const values = new Float32Array(new Uint8Array(bytes.subarray(headerLength)).buffer);
    expect([...values]).toEqual((json.body.outputs as { data: number[] }[])[0]!.data);
  });

  it('says of every answer how it was batched', async () => {
    const { body, headers } = binaryRequest(tensor(3), image(0, 3), { outputs: [{ name: 'output0' }] });
    expect((await callTensors(`${v2()}/models/tiny/infer`, body, headers)).body).toMatchObject({
      parameters: { batch_size: 3, batch_reason: expect.any(String), queue_ms: expect.any(Number) },
      outputs: [{ shape: [3, 18, 84] }],
    });
  });

  it('compresses as asked', async () => {
    const { body, headers } = binaryRequest(tensor(), image(0), { outputs: [{ name: 'output0' }] });
    const url = `${v2()}/models/tiny/infer`;
    const packed = await fetch(url, { method: 'POST', body: new Uint8Array(body), headers });
    expect(packed.headers.get('content-encoding')).toMatch(/gzip|deflate/);
    const plain = await callTensors(url, body, { ...headers, 'Accept-Encoding': 'identity' });
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(await packed.json()).toMatchObject({ outputs: plain.body.outputs });
  });

  it('counts what it did, for perf_analyzer and for Prometheus', async () => {
    type Stats = {
      model_stats: [{ inference_count: number; inference_stats: Record<string, { count: number }> }];
    };
    const count = async () => {
      const { body } = await callTensors(`${v2()}/models/tiny/stats`);
      const [{ inference_count, inference_stats: stats }] = (body as unknown as Stats).model_stats;
      return { images: inference_count, success: stats.success!.count, fail: stats.fail!.count };
    };
    const before = await count();
    const two = binaryRequest(tensor(2), image(0, 2));
    await callTensors(`${v2()}/models/tiny/infer`, two.body, two.headers);
    await callTensors(`${v2()}/models/tiny/infer`, {});
    expect(await count()).toEqual({
      images: before.images + 2,
      success: before.success + 1,
      fail: before.fail + 1,
    });
    const metrics = await (await fetch(`${v2()}/metrics`)).text();
    expect(metrics).toContain(`nv_inference_count{model="tiny",version="7"} ${before.images + 2}\n`);
    expect(metrics).toContain(
      `nv_inference_request_failure{model="tiny",version="7",reason="OTHER"} ${before.fail + 1}\n`,
    );
    for (const name of ['exec_count', 'pending_request_count', 'request_duration_us', 'queue_duration_us']) {
      expect(metrics).toContain(`nv_inference_${name}{model="tiny",version="7"}`);
    }
    for (const name of ['num_hits', 'num_misses', 'hit_duration', 'miss_duration'])
      expect(metrics).toContain(`nv_cache_${name}_per_model{model="tiny",version="7"} 0\n`);
    expect(await (await fetch(`${app.url}/metrics`)).text()).not.toMatch(/nv_(inference|cache)/);
  });

  it('keeps out of the description of the product’s API', async () => {
    const { paths } = (await (await fetch(`${app.url}/docs/openapi.json`)).json()) as { paths: object };
    expect(Object.keys(paths).filter((path) => path.startsWith('/v2'))).toEqual([]);
  });

  it('is not in the way of the rest', async () => {
    const problem = await fetch(`${app.url}/api/v1/nothing`);
    expect(problem.status).toBe(404);
    expect(problem.headers.get('content-type')).toContain('application/problem+json');
  });
});

describe('the Open Inference Protocol when its process is told to stop', () => {
  it('answers what it accepted, on both ports, and does not wait for connections nobody uses', async () => {
    const model = await modelFolder({ busyWork: 40 }, config);
    const { app, own } = await start(model);
    const unused = [app.url, own].map((address) => connect(Number(new URL(address).port), '127.0.0.1'));
    for (const socket of unused) socket.on('error', () => undefined);
    const { body, headers } = binaryRequest(tensor(), image(0));
    const accepted = [`${app.url}/v2`, own, own].map((v2) =>
      callTensors(`${v2}/models/tiny/infer`, body, headers),
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await app.stop()).toBe(0);
    expect((await Promise.all(accepted)).map(({ status }) => status)).toEqual([200, 200, 200]);
    await expect(callTensors(`${own}/health/live`)).rejects.toThrow();
    for (const socket of unused) socket.destroy();
    await model.remove();
  });
});

describe('the Open Inference Protocol without a model', () => {
  let app: RunningApplication;
  beforeAll(async () => {
    app = await startApplication({ MODEL_PATH: '/nowhere/chest.onnx' });
  });
  afterAll(() => app?.stop());

  it('is alive, not ready, and says why', async () => {
    const v2 = `${app.url}/v2`;
    expect((await callTensors(`${v2}/health/live`)).status).toBe(200);
    for (const path of ['/health/ready', '/models/chest/ready']) {
      expect(await callTensors(`${v2}${path}`)).toMatchObject({
        status: 400,
        body: { ready: false, error: expect.stringContaining('/nowhere/chest.onnx') },
      });
    }
    expect((await callTensors(`${v2}/repository/index`, undefined, {}, 'POST')).body).toEqual([
      { name: 'chest', state: 'UNAVAILABLE', reason: expect.any(String) },
    ]);
    expect((await callTensors(`${v2}/repository/index`, { ready: true })).body).toEqual([]);
    const refused = await callTensors(`${v2}/models/chest/infer`, {});
    expect(refused).toMatchObject({ status: 503, body: { error: expect.any(String) } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await callTensors(`${v2}/models/stats`)).body).toEqual({ model_stats: [] });
  });
});
