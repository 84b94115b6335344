import { status } from '@grpc/grpc-js';
import { InferenceError, ModelRunFailedError } from '../errors';
import { InputTensor, ModelRunner } from '../model-runner';
import {
  GrpcModelServer,
  HttpFault,
  HttpModelServer,
  serveGrpc,
  serveHttp,
} from '../testing/open-inference.servers';
import { ManualClock } from '../testing/manual-clock';
import { tinyDetectorOnnx } from '../testing/tiny-detector';
import { openRemoteModel } from './remote.model-runner';
import {
  InvalidRemoteModelError,
  RemoteAnswerInvalidError,
  RemoteEndpointUnavailableError,
  RemoteModelChangedError,
  RemoteModelMissingError,
} from './remote.errors';

jest.setTimeout(30_000);

const ONNX = tinyDetectorOnnx({ classes: ['a', 'b'] });
/** One image gives output0 float32 [1, 6, 84]. */
const DIMS = [1, 6, 84];
const BYTES = 4 * 6 * 84;
const image: InputTensor = { type: 'float32', dims: [1, 3, 64, 64], data: new Float32Array(3 * 64 * 64) };

interface Change {
  readonly name?: string;
  readonly datatype?: string;
  readonly shape?: unknown;
  readonly announced?: number;
  readonly sent?: number;
  readonly headerLength?: string;
  readonly version?: string;
}

/** An answer that is right in everything but the change. */
const answering =
  (change: Change): HttpFault =>
  (_, response) => {
    const { name = 'output0', datatype = 'FP32', shape = DIMS, announced = BYTES, sent = announced } = change;
    const parameters = { binary_data_size: announced };
    const json = JSON.stringify({
      model_name: 'tiny',
      model_version: change.version ?? '3',
      outputs: [{ name, datatype, shape, parameters }],
    });
    response.writeHead(200, { 'inference-header-content-length': change.headerLength ?? json.length });
    response.end(Buffer.concat([Buffer.from(json), Buffer.alloc(sent)]));
    return true;
  };
const body =
  (text: string | Buffer, code = 200, headers: Record<string, string> = {}): HttpFault =>
  (_, response) => {
    response.writeHead(code, headers).end(text);
    return true;
  };

describe('a server over HTTP', () => {
  let server: HttpModelServer;
  let runner: ModelRunner;
  const open = async (timeoutMs = 5_000) =>
    (runner = (await openRemoteModel({ endpoints: [server.url], modelName: 'tiny', timeoutMs })).runner);

  beforeAll(async () => {
    server = await serveHttp(ONNX);
  });
  beforeEach(() => {
    server.fault = () => false;
  });
  afterEach(() => runner?.close());
  afterAll(() => server.close());

  it.each<[string, HttpFault]>([
    ['another name', answering({ name: 'output1' })],
    ['another type', answering({ datatype: 'FP64', announced: 2 * BYTES })],
    ['a type that is no number', answering({ datatype: 'BYTES' })],
    ['a row too few', answering({ shape: [1, 6, 83], announced: BYTES - 24 })],
    ['an image too many', answering({ shape: [2, 6, 84], announced: 2 * BYTES })],
    ['no images', answering({ shape: [0, 6, 84], announced: 0 })],
    ['a shape of texts', answering({ shape: ['1', '6', '84'] })],
    ['a shape without end', answering({ shape: new Array(1_000).fill(1) })],
    ['fewer bytes than its shape has', answering({ announced: BYTES - 4 })],
    ['fewer bytes than it announces', answering({ sent: BYTES - 4 })],
    ['more bytes than it announces', answering({ sent: BYTES + 4 })],
    ['a negative number of bytes', answering({ announced: -4, sent: BYTES })],
    ['a header as long as all memory', answering({ headerLength: '999999999999' })],
    ['a header length that is no number', answering({ headerLength: '0x10' })],
    ['garbage', body(Buffer.alloc(1_000, 0xe5))],
    ['JSON that is none of the protocol', body('[[[]]]')],
    ['JSON nested too deeply', body('['.repeat(1_000))],
    ['no outputs', body('{"outputs":[]}')],
    [
      'numbers that are none',
      body('{"outputs":[{"name":"output0","datatype":"FP32","shape":[1,6,84],"data":["x"]}]}'),
    ],
    ['a length of an exbibyte', body('', 200, { 'content-length': '1152921504606846976' })],
    [
      'a body without end',
      (_, response) => {
        const chunk = Buffer.alloc(65_536);
        const pour = (): void => void (response.destroyed || response.write(chunk, pour));
        pour();
        return true;
      },
    ],
    ['a redirection', body('', 302, { location: 'http://127.0.0.1:1/' })],
    ['another version of the model', answering({ version: '4' })],
  ])('that answers with %s is told apart from an answer', async (_, fault) => {
    await open();
    server.fault = fault;
    await expect(runner.run(image)).rejects.toThrow(RemoteAnswerInvalidError);
    server.fault = () => false;
    expect((await runner.run(image))[0]!.dims).toEqual(DIMS);
  });

  it.each<[string, HttpFault]>([
    [
      'hangs up',
      (request) => {
        request.socket.destroy();
        return true;
      },
    ],
    [
      'hangs up in the middle of an answer',
      (_, response) => {
        response.writeHead(200, { 'content-length': 5_000 }).write('{"outputs"', () => response.destroy());
        return true;
      },
    ],
    ['is overloaded', body('{"error":"queue full"}', 503)],
    ['stands behind a gateway that times out', body('<html>', 504)],
    ['says nothing', () => true],
    [
      'stops in the middle of an answer',
      (_, response) => {
        response.writeHead(200, { 'content-length': 5_000 }).write('{"outputs"');
        return true;
      },
    ],
  ])('that %s is asked again until time or patience is over', async (_, fault) => {
    await open(700);
    server.fault = fault;
    const asked = performance.now();
    await expect(runner.run(image)).rejects.toThrow(RemoteEndpointUnavailableError);
    expect(performance.now() - asked).toBeLessThan(2_000);
  });

  it.each([[400], [413], [500], [404]])(
    'that answers %i gets the request once, and its message is passed on',
    async (code) => {
      await open();
      server.fault = body(`{"error":"no such luck"}`, code);
      const before = server.received;
      await expect(runner.run(image)).rejects.toThrow(ModelRunFailedError);
      await expect(runner.run(image)).rejects.toThrow(`HTTP ${code}; it said "no such luck"`);
      expect(server.received - before).toBe(2);
    },
  );

  it('that quotes the request in its error is not quoted', async () => {
    await open();
    server.fault = body(JSON.stringify({ detail: [{ input: 'secret '.repeat(10_000) }] }), 422);
    await expect(runner.run(image)).rejects.toThrow(/HTTP 422; it gave no reason$/);
  });

  it('takes a request that failed once', async () => {
    await open();
    let left = 2;
    server.fault = (_, response) => left-- > 0 && !!response.writeHead(503).end();
    expect((await runner.run(image))[0]!.dims).toEqual(DIMS);
  });

  it('lets four runs be under way at once', async () => {
    await open();
    let most = 0;
    const held: (() => void)[] = [];
    server.fault = (_, response) => {
      held.push(() => void answering({})(_, response));
      most = Math.max(most, held.length);
      if (held.length === 4) held.splice(0).forEach((answer) => answer());
      return true;
    };
    await Promise.all(Array.from({ length: 4 }, () => runner.run(image)));
    expect([most, runner.maxConcurrentRuns]).toEqual([4, 4]);
  });
});

describe('a server over gRPC', () => {
  let server: GrpcModelServer;
  let runner: ModelRunner;

  beforeAll(async () => {
    server = await serveGrpc(ONNX);
  });
  beforeEach(async () => {
    server.fault = (answer) => answer;
    const remote = { endpoints: [server.url], modelName: 'tiny', timeoutMs: 3_000 };
    ({ runner } = await openRemoteModel(remote));
  });
  afterEach(() => runner.close());
  afterAll(() => server.close());

  const [output] = [{ name: 'output0', datatype: 'FP32', shape: DIMS }];
  it.each<[string, object]>([
    ['no bytes', { raw_output_contents: [] }],
    ['too few bytes', { raw_output_contents: [Buffer.alloc(BYTES - 4)] }],
    ['bytes of an output that is not there', { raw_output_contents: [Buffer.alloc(BYTES), Buffer.alloc(4)] }],
    ['another type', { outputs: [{ ...output, datatype: 'INT32' }] }],
    ['another shape', { outputs: [{ ...output, shape: [1, 84, 6] }] }],
    [
      'the same output twice',
      { outputs: [output, output], raw_output_contents: [Buffer.alloc(BYTES), Buffer.alloc(BYTES)] },
    ],
    ['far more than it can have', { raw_output_contents: [Buffer.alloc(1_000_000)] }],
    ['another version', { model_version: '4' }],
  ])('that answers with %s is told apart from an answer', async (_, change) => {
    server.fault = (answer) => ({ ...answer, ...change });
    await expect(runner.run(image)).rejects.toThrow(RemoteAnswerInvalidError);
  });

  it.each<[string, status, new (details: never) => InferenceError]>([
    ['UNAVAILABLE', status.UNAVAILABLE, RemoteEndpointUnavailableError],
    ['INTERNAL', status.INTERNAL, ModelRunFailedError],
    ['INVALID_ARGUMENT', status.INVALID_ARGUMENT, ModelRunFailedError],
  ])('that fails with %s', async (_, code, expected) => {
    server.fault = () => {
      throw Object.assign(new Error('no such luck'), { code });
    };
    await expect(runner.run(image)).rejects.toThrow(expected);
    await expect(runner.run(image)).rejects.toThrow(/no such luck/);
  });
});

describe('openRemoteModel', () => {
  const config = {
    max_batch_size: 8,
    parameters: { metadata: { string_value: `{'names': {0: 'a', 1: 'b'}}` } },
  };

  it('finds the same model over HTTP and over gRPC', async () => {
    const servers = [await serveHttp(ONNX, { config }), await serveGrpc(ONNX, { config })];
    const opened = await Promise.all(
      servers.map(({ url }) => openRemoteModel({ endpoints: [url], modelName: 'tiny' })),
    );
    const [http, grpc] = opened.map(({ served }) => served);
    expect(http).toEqual(grpc);
    expect(http).toMatchObject({ version: '3', maxBatchSize: 8 });
    expect([...http!.properties]).toEqual([['names', `{0: 'a', 1: 'b'}`]]);
    await Promise.all([
      ...opened.map(({ runner }) => runner.close()),
      ...servers.map((server) => server.close()),
    ]);
  });

  it('takes the next endpoint where the first has no such model, and says so where none has', async () => {
    const [other, right] = [await serveHttp(ONNX, { name: 'large' }), await serveHttp(ONNX)];
    const remote = { endpoints: [other.url, right.url], modelName: 'tiny' };
    const { runner } = await openRemoteModel(remote);
    await runner.close();
    const missing = openRemoteModel({ ...remote, modelName: 'huge' });
    await expect(missing).rejects.toThrow(RemoteModelMissingError);
    await expect(missing).rejects.toThrow(/"huge"/);
    await Promise.all([other.close(), right.close()]);
  });

  it('never mixes the answers of two models', async () => {
    const [three, four] = [await serveHttp(ONNX), await serveHttp(ONNX, { version: '4' })];
    const { runner, served } = await openRemoteModel({ endpoints: [three.url, four.url], modelName: 'tiny' });
    three.fault = (request) => !!request.socket.destroy();
    await expect(runner.run(image)).rejects.toMatchObject({ code: expect.stringMatching(/^REMOTE_/) });
    expect(four.received).toBe(0);
    await runner.close();
    const opening = openRemoteModel({ endpoints: [four.url], modelName: 'tiny' }, served.digestSha256);
    await expect(opening).rejects.toThrow(RemoteModelChangedError);
    await Promise.all([three.close(), four.close()]);
  });

  it('says which of the settings is wrong', async () => {
    const open = (endpoints: string[], modelName = 'tiny') => openRemoteModel({ endpoints, modelName });
    await expect(open([])).rejects.toThrow(InvalidRemoteModelError);
    await expect(open(['http://one'], '')).rejects.toThrow(/name must be given/);
    await expect(open(['ftp://one'])).rejects.toThrow(/endpoint must be http/);
    const remote = { endpoints: ['http://one'], modelName: 'tiny' };
    await expect(openRemoteModel({ ...remote, maxConcurrentRuns: 0 })).rejects.toThrow(
      /concurrent runs must/,
    );
    await expect(openRemoteModel({ ...remote, timeoutMs: 0 })).rejects.toThrow(/timeout must/);
  });

  it('gives up at its deadline, or at the earlier one of a run, when nobody ever answers', async () => {
    const server = await serveHttp(ONNX);
    const clock = new ManualClock();
    const remote = { endpoints: [server.url], modelName: 'tiny', timeoutMs: 60_000 };
    const { runner } = await openRemoteModel(remote, undefined, { clock });
    const asked = new Promise<void>((resolve) => (server.fault = () => (resolve(), true)));
    const running = runner.run(image);
    await asked;
    clock.advance(60_000);
    await expect(running).rejects.toThrow(/no answer within 60000 ms/);
    const again = new Promise<void>((resolve) => (server.fault = () => (resolve(), true)));
    const brief = runner.run(image, 50);
    await again;
    clock.advance(50);
    await expect(brief).rejects.toThrow(/no answer within 50 ms/);
    await expect(runner.run(image, -1)).rejects.toThrow(/no time left/);
    await runner.close();
    await server.close();
  });
});
