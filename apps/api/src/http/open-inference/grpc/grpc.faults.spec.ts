import { ServerCredentials, status } from '@grpc/grpc-js';
import {
  Detector,
  InferenceResult,
  ModelRepository,
  QueueFullError,
  RawInput,
  RequestOptions,
} from '@thorax/inference';
import { modelDescription, modelSignature } from '@thorax/inference/testing';
import * as fc from 'fast-check';
import { once } from 'node:events';
import { connect, constants } from 'node:http2';
import { promisify } from 'node:util';
import { GrpcClient, GrpcRefusal, refusalOf } from '../../../testing/grpc.client';
import { OpenInferenceFace } from '../open-inference.face';
import { GrpcServer } from './grpc.server';

const SIDE = 8;
const ELEMENTS = 3 * SIDE * SIDE;
const tensor = { name: 'images', datatype: 'FP32', shape: [1, 3, SIDE, SIDE] };
const request = { model_name: 'tiny', inputs: [tensor], raw_input_contents: [Buffer.alloc(ELEMENTS * 4)] };

/** Stands in for the detector: answers when it is told to, and tells who still waits. */
class PatientDetector {
  full = false;
  private readonly model = modelDescription({ name: 'tiny', inputWidth: SIDE, inputHeight: SIDE });
  readonly state = { status: 'ready', model: this.model };
  readonly signature = modelSignature(this.model);
  readonly waiting = new Set<() => void>();
  private readonly changed = new EventTarget();

  stats() {
    return { queued: this.waiting.size, workers: 1, workersReady: 1 };
  }

  async whenSettled() {
    return this.state;
  }

  async infer(_: RawInput, { signal }: RequestOptions): Promise<InferenceResult> {
    if (this.full) throw new QueueFullError({ limit: '0 waiting requests', retryAfterSeconds: 3 });
    await new Promise<void>((resolve, reject) => {
      const settle = (end: () => void) => () => {
        this.waiting.delete(answer);
        this.changed.dispatchEvent(new Event('changed'));
        end();
      };
      const answer = settle(resolve);
      this.waiting.add(answer);
      this.changed.dispatchEvent(new Event('changed'));
      signal?.addEventListener(
        'abort',
        settle(() => reject(signal.reason as Error)),
      );
    });
    return {
      outputs: [{ name: 'output0', dims: [1, 6], data: new Float32Array(6) }],
      timingsMs: { queue: 0, input: 0, run: 0, output: 0 },
    };
  }

  /** Resolves when so many requests wait. */
  async waitingAre(count: number): Promise<void> {
    while (this.waiting.size !== count) await once(this.changed, 'changed');
  }

  answerAll(): void {
    for (const answer of [...this.waiting]) answer();
  }
}

describe('gRPC calls that do not go as planned', () => {
  let detector: PatientDetector;
  let face: OpenInferenceFace;
  let grpc: GrpcServer;
  let client: GrpcClient;
  let address: string;

  beforeEach(async () => {
    detector = new PatientDetector();
    const models = new ModelRepository({
      primary: { modelPath: 'tiny.onnx', plan: { workers: 1, intraOpThreads: 1 } },
      detector: {},
      cores: 1,
      memoryBudgetBytes: 1e9,
      unloadGraceMs: 1000,
      create: () => detector as unknown as Detector,
    });
    face = new OpenInferenceFace({ models, maxBodyBytes: 1024 });
    grpc = new GrpcServer(face);
    const { server } = grpc;
    const port = await promisify(server.bindAsync.bind(server))(
      '127.0.0.1:0',
      ServerCredentials.createInsecure(),
    );
    address = `127.0.0.1:${port}`;
    client = new GrpcClient(address);
  });
  afterEach(async () => {
    client.close();
    grpc.server.forceShutdown();
    await face.codec.close();
  });

  const stats = async () =>
    (await client.call('ModelStatistics', { name: 'tiny' })).model_stats[0]!.inference_stats!;

  it('stop working for a caller that cancels, and let its neighbours be', async () => {
    const neighbour = client.infer(request);
    const { call, answer } = client.send('ModelInfer', client.service.ModelInfer.requestSerialize(request));
    await detector.waitingAre(2);
    call.cancel();
    expect(await refusalOf(answer)).toMatchObject({ code: status.CANCELLED });
    await detector.waitingAre(1);
    detector.answerAll();
    expect(await neighbour).toMatchObject({ model_name: 'tiny' });
    expect(await stats()).toMatchObject({ success: { count: 1 }, fail: { count: 1 } });
    expect((await face.metrics.expose()).text).toMatch(/reason="CANCELED"} 1\n/);
    expect(face.budget.heldBytes).toBe(0);
  });

  it('stop working when the caller’s deadline passes or its connection breaks', async () => {
    const late = client.infer(request, { deadline: Date.now() + 50 });
    expect(await refusalOf(late)).toMatchObject({ code: status.DEADLINE_EXCEEDED });
    await detector.waitingAre(0);
    const leaving = new GrpcClient(address);
    const left = leaving.stream();
    left.on('error', () => undefined);
    left.write(request);
    await detector.waitingAre(1);
    left.cancel();
    leaving.close();
    await detector.waitingAre(0);
    expect(await stats()).toMatchObject({ success: { count: 0 }, fail: { count: 2 } });
    expect(face.budget.heldBytes).toBe(0);
  });

  it('are told when to come back', async () => {
    detector.full = true;
    const { code, details, metadata } = await refusalOf(client.infer(request));
    expect(code).toBe(status.UNAVAILABLE);
    expect(details).toMatch(/^Exceeds maximum queue size/);
    expect(metadata.get('grpc-retry-pushback-ms')).toEqual(['3000']);
  });

  it('are refused beyond the memory that HTTP shares, until it is given back', async () => {
    // 8 × 1024 bytes hold ten messages of this size.
    const calls = Array.from({ length: 10 }, () => client.infer(request));
    await detector.waitingAre(10);
    const held = face.budget.heldBytes;
    expect(held).toBeGreaterThan(10 * ELEMENTS * 4);
    expect(() => face.budget.reserve(1024)).toThrow(/Exceeds maximum queue size/);
    expect(await refusalOf(client.infer(request))).toMatchObject({ code: status.UNAVAILABLE });
    detector.answerAll();
    await Promise.all(calls);
    expect(face.budget.heldBytes).toBe(0);
  });

  it('wait with the sender when a stream brings more than is worked on at once', async () => {
    const stream = client.stream();
    let answered = 0;
    const over = new Promise<void>((resolve) => {
      stream.on('data', () => answered++);
      stream.on('end', resolve);
    });
    const small = {
      ...request,
      raw_input_contents: [],
      inputs: [{ name: 'x', datatype: 'FP32', shape: [9] }],
    };
    // These fail at once; what is behind them is reached all the same.
    for (let index = 0; index < 50; index++) stream.write(small);
    for (let index = 0; index < 10; index++) stream.write(request);
    stream.end();
    await detector.waitingAre(10);
    detector.answerAll();
    await over;
    expect(answered).toBe(60);
    expect(face.budget.heldBytes).toBe(0);
  });

  it('are answered before the server ends, which takes no new ones and is not ready any more', async () => {
    const running = client.infer(request);
    const stream = client.stream();
    const seen: unknown[] = [];
    stream.on('data', (answer) => seen.push(answer));
    const end = once(stream, 'error') as Promise<[{ code: number; details: string }]>;
    stream.write({ ...request, id: 'last' });
    await detector.waitingAre(2);
    face.stopping = true;
    expect(await client.call('ServerReady', {})).toEqual({ ready: false });
    expect(await client.call('ModelReady', { name: 'tiny' })).toEqual({ ready: false });
    const closed = grpc.close(60_000);
    const other = new GrpcClient(address);
    expect(await refusalOf(other.infer(request))).toMatchObject({ code: status.UNAVAILABLE });
    other.close();
    detector.answerAll();
    expect(await running).toMatchObject({ model_name: 'tiny' });
    expect((await end)[0]).toMatchObject({
      code: status.UNAVAILABLE,
      details: 'the server is shutting down',
    });
    expect(seen).toMatchObject([{ error_message: '', infer_response: { id: 'last' } }]);
    await closed;
  });

  it('are cut off when they take longer than the grace', async () => {
    const running = refusalOf(client.infer(request));
    await detector.waitingAre(1);
    await grpc.close(20);
    expect(await running).toMatchObject({ code: status.CANCELLED });
    await detector.waitingAre(0);
  });

  it('open at most 32 streams at once, and another when one ends', async () => {
    const small = { model_name: 'tiny', inputs: [] };
    /** A stream that has been answered once, or how it was refused. */
    const open = async () => {
      const stream = client.stream();
      stream.write(small);
      const refused = new Promise<GrpcRefusal>((resolve) => stream.once('error', resolve));
      const answered = new Promise<void>((resolve) => stream.once('data', () => resolve()));
      return (await Promise.race([refused, answered])) ?? stream;
    };
    const streams = await Promise.all(Array.from({ length: 32 }, open));
    expect(await open()).toMatchObject({ code: status.UNAVAILABLE, details: 'there are already 32 streams' });
    const [first] = streams as [ReturnType<GrpcClient['stream']>];
    const over = once(first, 'status');
    first.end();
    await over;
    await client.call('ServerLive', {});
    expect(await open()).not.toHaveProperty('code');
    for (const stream of streams as ReturnType<GrpcClient['stream']>[]) stream.end();
  });

  it('wait for a place while eight others are being received, however slow those are', async () => {
    const session = connect(`http://${address}`);
    await once(session, 'connect');
    const stalled = Array.from({ length: 8 }, () => {
      const upload = session.request({
        ':method': 'POST',
        ':path': client.service.ModelInfer.path,
        'content-type': 'application/grpc',
        te: 'trailers',
      });
      upload.on('error', () => undefined);
      // Announces 100 bytes, of which one comes.
      upload.write(Buffer.of(0, 0, 0, 0, 100, 1));
      return upload;
    });
    await new Promise<void>((resolve, reject) =>
      session.ping((error) => (error ? reject(error) : resolve())),
    );
    const late = await refusalOf(client.infer(request, { deadline: Date.now() + 50 }));
    expect(late).toMatchObject({ code: status.DEADLINE_EXCEEDED });
    // It has not come as far as a model.
    expect(await stats()).toMatchObject({ success: { count: 0 }, fail: { count: 0 } });
    expect(await client.call('ServerReady', {})).toEqual({ ready: true });
    const patient = client.infer(request);
    stalled[0]!.close(constants.NGHTTP2_CANCEL);
    await detector.waitingAre(1);
    detector.answerAll();
    expect(await patient).toMatchObject({ model_name: 'tiny' });
    session.destroy();
  });

  it('leave nothing behind whatever is wrong with their bytes and whenever they leave', async () => {
    const whole = client.service.ModelInfer.requestSerialize({ ...request, id: 'x' });
    const fault = fc.record({
      at: fc.nat({ max: 60 }),
      byte: fc.nat({ max: 255 }),
      kind: fc.constantFrom('none', 'flip', 'cut', 'cancel', 'cancel at once', 'deadline'),
    });
    const seen = new Set<number>();
    await fc.assert(
      fc.asyncProperty(fc.array(fault, { minLength: 8, maxLength: 8 }), async (faults) => {
        let over = false;
        const outcomes = faults.map(({ at, byte, kind }) => {
          const bytes = Buffer.from(kind === 'cut' ? whole.subarray(0, at) : whole);
          if (kind === 'flip') bytes[at % bytes.length] = byte;
          const options = kind === 'deadline' ? { deadline: Date.now() + (at % 5) } : {};
          const { call, answer } = client.send('ModelInfer', bytes, options);
          if (kind === 'cancel at once') call.cancel();
          if (kind === 'cancel') setTimeout(() => call.cancel(), at % 4);
          return answer.then(
            () => seen.add(status.OK),
            ({ code }: GrpcRefusal) => seen.add(code),
          );
        });
        const all = Promise.all(outcomes).then(() => (over = true));
        while (!over) {
          detector.answerAll();
          await new Promise((resolve) => setImmediate(resolve));
        }
        await all;
      }),
      { numRuns: 60 },
    );
    await client.call('ServerLive', {});
    await detector.waitingAre(0);
    expect(face.budget.heldBytes).toBe(0);
    const expected = [
      status.OK,
      status.CANCELLED,
      status.INVALID_ARGUMENT,
      status.DEADLINE_EXCEEDED,
      status.NOT_FOUND,
      status.UNIMPLEMENTED,
    ];
    for (const code of seen) expect(expected).toContain(code);
    expect(seen).toContain(status.OK);
    expect(seen).toContain(status.INVALID_ARGUMENT);
  });
});
