import { modelFolder, ModelFolder } from '@thorax/inference/testing';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { binaryRequest, callTensors, TensorAnswer } from '../../testing/open-inference.client';
import { RunningApplication, startApplication } from '../../testing/start-application';

jest.setTimeout(120_000);

const MAX_BODY_BYTES = 4 * 1024 * 1024;
const shape = [1, 3, 64, 64];
const tensor = { name: 'images', datatype: 'FP32', shape };
const bytes = (count: number, fill = 0) => new Uint8Array(count * 4).fill(fill);
const proper = binaryRequest(tensor, bytes(3 * 64 * 64));
const notANumber = new Uint8Array(new Float32Array(3 * 64 * 64).fill(NaN).buffer);

interface BadInput {
  readonly name: string;
  /** Below `/v2`; default the inference of the model. */
  readonly path?: string;
  readonly send: { readonly body?: Uint8Array | object; readonly headers?: Record<string, string> };
  readonly method?: string;
  readonly status: number;
  readonly error: RegExp;
}

const withLength = (length: string) => ({
  body: proper.body,
  headers: { 'Inference-Header-Content-Length': length },
});
const changed = (change: object) => binaryRequest({ ...tensor, ...change }, bytes(3 * 64 * 64));

const badInputs: BadInput[] = [
  { name: 'a wrong shape', send: changed({ shape: [1, 3, 32, 128] }), status: 400, error: /unexpected shape/ },
  { name: 'a flat shape', send: changed({ shape: [3 * 64 * 64] }), status: 400, error: /unexpected shape/ },
  { name: 'an empty batch', send: binaryRequest({ ...tensor, shape: [0, 3, 64, 64] }, bytes(0)), status: 400, error: /batch is empty/ },
  { name: 'too large a batch', send: binaryRequest({ ...tensor, shape: [2, 3, 64, 64] }, bytes(6 * 64 * 64)), status: 400, error: /batch-size must be <= 1/ },
  { name: 'a wrong type', send: binaryRequest({ ...tensor, datatype: 'UINT8' }, new Uint8Array(3 * 64 * 64)), status: 400, error: /expecting FP32/ },
  { name: 'an unknown type', send: changed({ datatype: 'BYTES' }), status: 400, error: /'BYTES'/ },
  { name: 'a wrong name', send: changed({ name: 'pictures' }), status: 400, error: /unexpected inference input/ },
  { name: 'an unknown output', send: binaryRequest(tensor, bytes(3 * 64 * 64), { outputs: [{ name: 'x' }] }), status: 400, error: /unexpected inference output/ },
  { name: 'NaN', send: binaryRequest(tensor, notANumber), status: 400, error: /finite/ },
  { name: 'a negative header length', send: withLength('-5'), status: 400, error: /Inference-Header-Content-Length/ },
  { name: 'a huge header length', send: withLength('999999999999'), status: 400, error: /Inference-Header-Content-Length/ },
  { name: 'a header length inside the JSON', send: withLength('20'), status: 400, error: /failed to parse/ },
  { name: 'a header length inside the tensor', send: withLength('2000'), status: 400, error: /failed to parse/ },
  { name: 'a truncated tensor', send: { ...proper, body: proper.body.subarray(0, -1) }, status: 400, error: /unexpected end/ },
  { name: 'too long a tensor', send: { ...proper, body: Buffer.concat([proper.body, bytes(1)]) }, status: 400, error: /unexpected 4 bytes/ },
  { name: 'a raw body of a wrong size', send: { body: bytes(7), headers: { 'Inference-Header-Content-Length': '0' } }, status: 400, error: /raw body/ },
  { name: 'no body', send: { body: new Uint8Array() }, status: 400, error: /no body/ },
  { name: 'a body too large', send: { body: new Uint8Array(MAX_BODY_BYTES + 1) }, status: 400, error: /larger than/ },
  { name: 'a decompression bomb', send: { body: gzipSync(new Uint8Array(5 * MAX_BODY_BYTES)), headers: { 'Content-Encoding': 'gzip' } }, status: 400, error: /decompressed request is larger/ },
  { name: 'broken compression', send: { body: proper.body, headers: { ...proper.headers, 'Content-Encoding': 'deflate' } }, status: 400, error: /failed to decompress/ },
  { name: 'unknown compression', send: { body: proper.body, headers: { ...proper.headers, 'Content-Encoding': 'br' } }, status: 400, error: /Content-Encoding/ },
  { name: 'JSON nested without end', send: { body: Buffer.from('['.repeat(MAX_BODY_BYTES)) }, status: 400, error: /nested/ },
  { name: 'shared memory', send: { body: { inputs: [{ ...tensor, parameters: { shared_memory_region: 'r' } }] } }, status: 501, error: /shared memory/ },
  { name: 'an unknown model', path: '/models/stranger/infer', send: proper, status: 404, error: /unknown model: 'stranger'/ },
  { name: 'an unknown version', path: '/models/model/versions/9/infer', send: proper, status: 404, error: /version '9'/ },
  { name: 'a version that is a path', path: '/models/model/versions/..%2F..%2Fetc/infer', send: proper, status: 404, error: /unknown model/ },
  { name: 'the description of an unknown model', path: '/models/stranger/config', send: {}, status: 404, error: /unknown model/ },
  { name: 'a load of an unknown model', path: '/repository/models/stranger/load', send: { body: {} }, status: 404, error: /unknown model/ },
  { name: 'a load with a hostile file', path: '/repository/models/model/load', send: { body: { parameters: { config: '{}', 'file:../../etc/passwd': 'AAAA' } } }, status: 501, error: /not supported/ },
  { name: 'a load that is no object', path: '/repository/models/model/load', send: { body: Buffer.from('[1]') }, status: 400, error: /JSON object/ },
  { name: 'an unload', path: '/repository/models/model/unload', send: { body: {} }, status: 501, error: /life of this process/ },
  { name: 'a change of log settings', path: '/logging', send: { body: { log_verbose_level: 9 } }, status: 501, error: /LOG_LEVEL/ },
  { name: 'shared memory to be registered', path: '/systemsharedmemory/region/r/register', send: { body: {} }, status: 501, error: /shared memory/ },
  { name: 'a wrong verb', path: '/models/model/infer', send: {}, method: 'GET', status: 405, error: /Method Not Allowed/ },
  { name: 'a wrong verb with a body', path: '/health/live', send: { body: {} }, method: 'PUT', status: 405, error: /Method Not Allowed/ },
  { name: 'an unknown route', path: '/models/model/generate', send: { body: {} }, status: 404, error: /Not Found/ },
]; // prettier-ignore

describe('bad input to the Open Inference Protocol', () => {
  let model: ModelFolder;
  let app: RunningApplication;
  beforeAll(async () => {
    model = await modelFolder();
    app = await startApplication({
      MODEL_PATH: model.modelPath,
      OPEN_INFERENCE_MAX_BODY_BYTES: String(MAX_BODY_BYTES),
    });
  });
  afterAll(async () => {
    await app?.stop();
    await model?.remove();
  });

  const send = (
    path: string,
    body?: Uint8Array | object,
    headers = {},
    method?: string,
  ): Promise<TensorAnswer> => callTensors(`${app.url}/v2${path}`, body, headers, method);
  const inferProperly = () => send('/models/model/infer', proper.body, proper.headers);

  it.each(badInputs)(
    'answers $name with the protocol’s error',
    async ({ path, send: sent, method, status, error }) => {
      const answer = await send(path ?? '/models/model/infer', sent.body, sent.headers, method);
      expect(answer).toMatchObject({ status, body: { error: expect.stringMatching(error) } });
      expect(answer.headers.get('content-type')).toBe('application/json');
      expect(answer.body.error!.length).toBeLessThan(400);
    },
  );

  it('takes any media type for what the body is', async () => {
    for (const type of [
      'text/plain',
      'application/json; charset=utf-16',
      'multipart/form-data',
      'nonsense',
    ]) {
      const headers = { ...proper.headers, 'Content-Type': type };
      expect((await send('/models/model/infer', proper.body, headers)).status).toBe(200);
    }
  });

  it('ends a request whose caller leaves in the middle of it', async () => {
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(
      `POST /v2/models/model/infer HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n{"inputs":`,
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    socket.destroy();
    expect((await inferProperly()).status).toBe(200);
  });

  it('holds bodies of eight requests of the largest size at once, and refuses more at once', async () => {
    const half = () => {
      const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
      socket.on('error', () => undefined);
      const head = `POST /v2/models/model/infer HTTP/1.1\r\nHost: x\r\nContent-Length: ${MAX_BODY_BYTES}\r\n\r\n`;
      return new Promise<typeof socket>((resolve) => socket.write(`${head}{`, () => resolve(socket)));
    };
    const sockets = await Promise.all(Array.from({ length: 8 }, half));
    await new Promise((resolve) => setTimeout(resolve, 200));
    const refused = await inferProperly();
    expect(refused).toMatchObject({
      status: 503,
      body: { error: expect.stringContaining('Exceeds maximum') },
    });
    expect(refused.headers.get('retry-after')).toBe('1');
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await inferProperly()).status).toBe(200);
  });

  it('answers neighbours while it refuses', async () => {
    const answers = await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        if (index % 2 === 0) return (await inferProperly()).status === 200;
        const {
          path = '/models/model/infer',
          send: sent,
          method,
          status,
        } = badInputs[index % badInputs.length]!;
        return (await send(path, sent.body, sent.headers, method)).status === status;
      }),
    );
    expect(answers.every(Boolean)).toBe(true);
  });
});

describe('an overloaded Open Inference Protocol', () => {
  let model: ModelFolder;
  let app: RunningApplication;
  beforeAll(async () => {
    model = await modelFolder({ busyWork: 30 });
    app = await startApplication({
      MODEL_PATH: model.modelPath,
      OPEN_INFERENCE_NON_FINITE: 'accept',
      MAX_WORKERS: '1',
      INFERENCE_QUEUE_LENGTH: '2',
    });
  });
  afterAll(async () => {
    await app?.stop();
    await model?.remove();
  });

  it('refuses at once what exceeds the queue, with a time to come back, and answers the rest', async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, () =>
        callTensors(`${app.url}/v2/models/model/infer`, proper.body, proper.headers),
      ),
    );
    const refused = answers.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThan(0);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(3);
    for (const { body, headers } of refused) {
      expect(body.error).toMatch(/Exceeds maximum queue size/);
      expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    }
    const metrics = await (await fetch(`${app.url}/v2/metrics`)).text();
    expect(metrics).toContain(`reason="REJECTED"} ${refused.length}\n`);
  });

  it('ends the wait of a request when its time is up, not when the run before it is', async () => {
    const waiting = (timeout: number) => {
      const { body, headers } = binaryRequest(tensor, bytes(3 * 64 * 64), { parameters: { timeout } });
      return callTensors(`${app.url}/v2/models/model/infer`, body, headers);
    };
    const patient = waiting(Number.MAX_SAFE_INTEGER);
    const late = await waiting(1000);
    expect(late).toMatchObject({
      status: 503,
      body: { error: expect.stringMatching(/Request timeout expired/) },
    });
    expect((await patient).status).toBe(200);
  });

  it('takes NaN where its operator says so', async () => {
    const { body, headers } = binaryRequest(tensor, notANumber, { parameters: { binary_data_output: true } });
    expect((await callTensors(`${app.url}/v2/models/model/infer`, body, headers)).status).toBe(200);
  });

  it('stops working for callers that left', async () => {
    const leaving = Array.from({ length: 3 }, () => {
      const leave = new AbortController();
      const left = fetch(`${app.url}/v2/models/model/infer`, {
        method: 'POST',
        body: new Uint8Array(proper.body),
        headers: proper.headers,
        signal: leave.signal,
      }).catch(() => 'left');
      setTimeout(() => leave.abort(), 100);
      return left;
    });
    await Promise.all(leaving);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const metrics = await (await fetch(`${app.url}/v2/metrics`)).text();
    expect(Number(/reason="CANCELED"} (\d+)/.exec(metrics)![1])).toBeGreaterThan(0);
    expect(metrics).toMatch(/pending_request_count\{.*\} 0\n/);
  });
});
