import { Logger } from '@nestjs/common';
import {
  Detector,
  InferenceResult,
  ModelRepository,
  ModelRunFailedError,
  QueueFullError,
  RawInput,
  RequestOptions,
} from '@thorax/inference';
import { modelDescription, modelSignature } from '@thorax/inference/testing';
import * as fc from 'fast-check';
import fastify, { FastifyInstance } from 'fastify';
import { AddressInfo, connect } from 'node:net';
import { binaryRequest } from '../../testing/open-inference.client';
import { OpenInferenceFace } from './open-inference.face';
import { openInference } from './open-inference.plugin';

jest.setTimeout(300_000);

const SIDE = 8;
const ELEMENTS = 3 * SIDE * SIDE;
/** More of them by hand: FAULTS=10000. */
const faults = Number(process.env.FAULTS ?? 1000);

/** Stands in for the detector: counts, and answers, refuses, fails or dawdles as it is told. */
class FickleDetector {
  underWay = 0;
  mood: 'answer' | 'refuse' | 'fail' | 'dawdle' = 'answer';
  private readonly model = modelDescription({ inputWidth: SIDE, inputHeight: SIDE });
  readonly state = { status: 'ready', model: this.model };
  readonly signature = modelSignature(this.model);

  stats() {
    return { queued: this.underWay, workers: 1, workersReady: 1 };
  }

  async whenSettled() {
    return this.state;
  }

  async infer(_: RawInput, { signal }: RequestOptions): Promise<InferenceResult> {
    this.underWay++;
    try {
      signal?.throwIfAborted();
      if (this.mood === 'refuse') throw new QueueFullError({ limit: 'none', retryAfterSeconds: 1 });
      if (this.mood === 'fail') throw new ModelRunFailedError({ reason: 'its mood' });
      if (this.mood === 'dawdle') await pause(5, signal);
      const data = new Float32Array(6);
      return {
        outputs: [{ name: 'output0', dims: [1, 6], data }],
        timingsMs: { queue: 0, input: 0, run: 0, output: 0 },
      };
    } finally {
      this.underWay--;
    }
  }
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });
}

interface Fault {
  readonly mood: FickleDetector['mood'];
  readonly at: number;
  readonly byte: number;
  readonly kind:
    | 'none'
    | 'flip'
    | 'cut'
    | 'cut-and-leave'
    | 'leave'
    | 'length'
    | 'header'
    | 'encoding'
    | 'timeout';
}

const proper = binaryRequest(
  { name: 'images', datatype: 'FP32', shape: [1, 3, SIDE, SIDE] },
  new Uint8Array(ELEMENTS * 4),
);
const hurried = binaryRequest(
  { name: 'images', datatype: 'FP32', shape: [1, 3, SIDE, SIDE] },
  new Uint8Array(ELEMENTS * 4),
  { parameters: { timeout: 1000 } },
);

/** The bytes of a whole request on the wire, with the fault in it. */
function wire({ kind, at, byte }: Fault): Buffer {
  const { body: original, headers } = kind === 'timeout' ? hurried : proper;
  let body = Buffer.from(original);
  const jsonLength = Number(headers['Inference-Header-Content-Length']);
  // Most of the body is the tensor, whose bytes matter less than those of the JSON.
  if (kind === 'flip') body[at % jsonLength] = byte;
  if (kind === 'cut') body = body.subarray(0, at % body.length);
  const head = [
    'POST /v2/models/tiny/infer HTTP/1.1',
    'Host: x',
    'Connection: close',
    `Content-Length: ${kind === 'length' ? body.length + (byte % 2 ? 50 : -50) : body.length}`,
    `Inference-Header-Content-Length: ${kind === 'header' ? String(at - 100) : String(jsonLength)}`,
    ...(kind === 'encoding' ? [`Content-Encoding: ${['gzip', 'deflate', 'br'][at % 3]}`] : []),
  ];
  const whole = Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
  return kind === 'cut-and-leave' ? whole.subarray(0, at % whole.length) : whole;
}

/** Sends it and gives the answer back; nothing when the caller left first or waits for what will not come. */
async function send(port: number, fault: Fault): Promise<string> {
  const leaves = fault.kind === 'leave' || fault.kind === 'cut-and-leave';
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.on('close', resolve));
  socket.write(wire(fault), () => {
    if (leaves) setTimeout(() => socket.destroy(), fault.at % 4);
    // Fewer bytes than announced: the server waits for the rest until the caller gives up.
    else if (fault.kind === 'length') setTimeout(() => socket.destroy(), 20);
  });
  await closed;
  return answer;
}

describe('random faults', () => {
  const detector = new FickleDetector();
  const models = new ModelRepository({
    primary: { modelPath: 'tiny.onnx', plan: { workers: 1, intraOpThreads: 1 } },
    detector: {},
    cores: 1,
    memoryBudgetBytes: 1e9,
    unloadGraceMs: 1000,
    create: () => detector as unknown as Detector,
  });
  const face = new OpenInferenceFace({ models, maxBodyBytes: 64 * 1024 });
  let server: FastifyInstance;
  let port: number;

  beforeAll(async () => {
    // What fails on purpose here would fill the screen.
    Logger.overrideLogger(false);
    server = fastify();
    await server.register(openInference, { prefix: '/v2', face });
    await server.listen({ port: 0 });
    port = (server.server.address() as AddressInfo).port;
  });
  afterAll(async () => {
    Logger.overrideLogger(true);
    await server.close();
    await face.codec.close();
  });

  it(`leave nothing behind after ${faults} of them, and every answer has the form of the protocol`, async () => {
    const fault: fc.Arbitrary<Fault> = fc.record({
      mood: fc.constantFrom('answer', 'refuse', 'fail', 'dawdle'),
      at: fc.nat({ max: 2000 }),
      byte: fc.nat({ max: 255 }),
      kind: fc.constantFrom(
        'none', 'flip', 'cut', 'cut-and-leave', 'leave', 'length', 'header', 'encoding', 'timeout',
      ), // prettier-ignore
    });
    const together = 20;
    await fc.assert(
      fc.asyncProperty(fc.array(fault, { minLength: together, maxLength: together }), async (some) => {
        detector.mood = some[0]!.mood;
        const answers = await Promise.all(some.map((one) => send(port, one)));
        for (const answer of answers.filter(Boolean)) {
          const status = /^HTTP\/1.1 (\d+)/.exec(answer)?.[1];
          expect(['200', '400', '500', '501', '503']).toContain(status);
          if (status !== '200') expect(answer).toMatch(/"error":"/);
        }
      }),
      { numRuns: Math.ceil(faults / together), endOnFailure: true },
    );
    await pause(50);
    detector.mood = 'answer';
    expect(await send(port, { kind: 'none', mood: 'answer', at: 0, byte: 0 })).toMatch(/^HTTP\/1.1 200/);
    await pause(20);
    const { model_stats } = (await server.inject('/v2/models/tiny/stats')).json<{
      model_stats: [{ inference_stats: { success: { count: number }; fail: { count: number } } }];
    }>();
    const { success, fail } = model_stats[0].inference_stats;
    const told = `${success.count} answered, ${fail.count} refused`;
    expect({
      told,
      underWay: detector.underWay,
      bytes: face.budget.heldBytes,
      codec: face.codec.size,
    }).toEqual({
      told,
      underWay: 0,
      bytes: 0,
      codec: 0,
    });
    expect(success.count).toBeGreaterThan(faults / 50);
    expect(fail.count).toBeGreaterThan(faults / 10);
  });
});
