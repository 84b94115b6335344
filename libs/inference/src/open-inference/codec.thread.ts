import { isMarkedAsUntransferable, Worker } from 'node:worker_threads';
import { CodecOrder, CodecReply, CodecResults, CodecTask, performCodecTask } from './codec.protocol';
import { InferRequest, RequestedOutput } from './infer-request';
import { EncodedResponse, InferResponse } from './infer-response.encoder';
import { ProtocolError } from './protocol.error';

interface Pending {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** JSON up to this long is read on the spot, in about a millisecond. */
const MAX_JSON_BYTES_ON_THE_SPOT = 64 * 1024;
/** Numbers written as JSON on the spot, likewise. */
const MAX_NUMBERS_ON_THE_SPOT = 4096;
/** What the largest JSON that is allowed can grow to. */
const MAX_HEAP_MB = 1024;

/**
 * Reads requests and writes answers without holding up the event loop: tensors in JSON, which take hundreds of
 * milliseconds, go to one thread that starts with the first of them; everything else is done on the spot. A thread
 * that dies fails what it was working on, and the next request starts another.
 */
export class CodecThread {
  private worker?: Worker;
  private readonly pending = new Map<number, Pending>();
  private nextId = 1;

  /** Like `decodeInferRequest`, but a large `body` is taken away from the caller. */
  async decode(body: Uint8Array, headerLength?: string): Promise<InferRequest> {
    const jsonLength = headerLength === undefined ? body.length : Number(headerLength);
    const task: CodecTask = { kind: 'decode', body, headerLength };
    // A length that is no number is refused at once.
    if (!(jsonLength > MAX_JSON_BYTES_ON_THE_SPOT && jsonLength <= body.length)) {
      return performCodecTask(task) as InferRequest;
    }
    const whole = body.byteLength === body.buffer.byteLength && !isMarkedAsUntransferable(body.buffer);
    const own = whole ? body : new Uint8Array(body);
    return this.ask<'decode'>({ ...task, body: own }, [own.buffer as ArrayBuffer]);
  }

  /** Like `encodeInferResponse`. */
  async encode(response: InferResponse, requested: readonly RequestedOutput[]): Promise<EncodedResponse> {
    const numbers = requested
      .filter(({ binary }) => !binary)
      .map(({ name }) => response.outputs.find((output) => output.name === name)?.data.length ?? 0)
      .reduce((sum, length) => sum + length, 0);
    const task: CodecTask = { kind: 'encode', response, requested };
    if (numbers <= MAX_NUMBERS_ON_THE_SPOT) return performCodecTask(task) as EncodedResponse;
    const { body, headerLength } = await this.ask<'encode'>(task, []);
    // Only the bytes of a Buffer survive the journey between threads.
    return { body: Buffer.from(body.buffer, body.byteOffset, body.byteLength), headerLength };
  }

  /** Work under way. */
  get size(): number {
    return this.pending.size;
  }

  /** Stops the thread; work under way fails. May be called again. */
  async close(): Promise<void> {
    await this.worker?.terminate();
  }

  private ask<Kind extends CodecTask['kind']>(
    task: CodecTask & { readonly kind: Kind },
    transfer: ArrayBuffer[],
  ): Promise<CodecResults[Kind]> {
    return new Promise((resolve, reject) => {
      const id = this.nextId++;
      this.worker ??= this.start();
      this.worker.postMessage({ id, task } satisfies CodecOrder, transfer);
      this.pending.set(id, { resolve, reject });
    });
  }

  private start(): Worker {
    const worker = new Worker(require.resolve('@thorax/inference/codec-worker'), {
      name: 'thorax-open-inference-codec',
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    });
    worker.on('message', (reply: CodecReply) => this.settle(reply));
    // An 'error' is always followed by 'exit'; without a listener it would end the process.
    worker.on('error', () => undefined);
    worker.on('exit', () => this.onExit(worker));
    worker.unref();
    return worker;
  }

  private settle(reply: CodecReply): void {
    const { resolve, reject } = this.pending.get(reply.id)!;
    this.pending.delete(reply.id);
    if (reply.ok) resolve(reply.value as never);
    else reject(new ProtocolError(reply.kind, reply.message));
  }

  private onExit(worker: Worker): void {
    if (this.worker === worker) this.worker = undefined;
    const lost = [...this.pending.values()];
    this.pending.clear();
    for (const { reject } of lost) {
      reject(new ProtocolError('internal', 'the thread that reads JSON ended; send the request again'));
    }
  }
}
