import {
  DetectorClosedError,
  InferenceFailedError,
  InferenceTimeoutError,
  ModelUnavailableError,
  QueueFullError,
} from './errors';
import { ModelDescription } from './model-description';
import { Clock } from './scheduling/clock';
import { DispatchPolicy, retryAfterSeconds } from './scheduling/dispatch-policy';
import { RequestQueue } from './scheduling/request-queue';
import { SlotListener, WorkerSlot } from './scheduling/worker-slot';
import { ErrorPayload, reassemble } from './worker/error-transfer';
import { Job, JobReply, Task, TaskResults, WorkerInit } from './worker/protocol';
import { SpawnWorker } from './worker/worker-thread';

/** Limits and surroundings of a pool. */
export interface PoolOptions {
  /** Threads, ≥ 1. */
  readonly workers: number;
  /** Requests a worker holds at once, ≥ 1: with 2 the next image is decoded while the model runs. */
  readonly jobsPerWorker: number;
  /** Requests that may wait, ≥ 0; one more is refused. */
  readonly maxQueueSize: number;
  /** Bytes of all images that are waiting or being worked on; a single larger one is taken when there is no other. */
  readonly maxHeldBytes: number;
  /** Time from acceptance to answer. */
  readonly requestTimeoutMs: number;
  /** Time a worker may take for a request before it counts as hung; less than the above, or a retry comes too late. */
  readonly stallTimeoutMs: number;
  /** Time a worker may take to load the model. */
  readonly startTimeoutMs: number;
  readonly policy: DispatchPolicy;
  readonly spawn: SpawnWorker;
  readonly clock: Clock;
}

/** How one request wants to be treated. */
export interface RequestOptions {
  /** Ends the request with the signal's reason; a run already under way ends unheard. */
  readonly signal?: AbortSignal;
  /** Whole number ≥ 1, 1 first; default 2. */
  readonly priority?: number;
}

/** The pool in numbers, since its start. */
export interface PoolStats {
  readonly queued: number;
  readonly running: number;
  readonly workers: number;
  /** Workers that can take requests now. */
  readonly workersReady: number;
  /** Workers that died or hung and were replaced. */
  readonly restarts: number;
  readonly completed: number;
  readonly failed: number;
  readonly timedOut: number;
  readonly refused: number;
  readonly cancelled: number;
}

/** Whether the pool's workers have a model. */
export type PoolModel =
  | { readonly status: 'loading' }
  | { readonly status: 'ready'; readonly model: ModelDescription }
  | { readonly status: 'unavailable'; readonly error: Error };

interface Request {
  readonly id: number;
  readonly priority: number;
  readonly task: Task;
  readonly acceptedAt: number;
  startedAt: number;
  attempts: number;
  phase: 'queued' | 'running' | 'settled';
  readonly resolve: (value: never) => void;
  readonly reject: (reason: unknown) => void;
  release: () => void;
}

const DEFAULT_PRIORITY = 2;
const MAX_ATTEMPTS = 2;
const FIRST_GUESS_OF_SERVICE_MS = 100;
const WEIGHT_OF_LATEST = 0.1;

/**
 * Worker threads behind a bounded queue, on the main thread.
 *
 * Every accepted request is settled: with its answer, or within `requestTimeoutMs` with an error. A worker that
 * dies or hangs is replaced and its requests are tried once more elsewhere. The request's bytes stay the
 * caller's: each attempt gets a copy of its own, which is then moved and not copied again, so that a lost
 * worker cannot take the only one along. They must not be changed until the request is settled.
 */
export class DetectorPool implements SlotListener {
  private readonly queue: RequestQueue<Request>;
  private readonly requests = new Map<number, Request>();
  private readonly slots: WorkerSlot[];
  private readonly counts = { completed: 0, failed: 0, timedOut: 0, refused: 0, cancelled: 0 };
  private nextId = 1;
  private readonly unstarted: WorkerSlot[];
  private heldBytes = 0;
  private closed = false;
  private serviceMs = FIRST_GUESS_OF_SERVICE_MS;
  private cancelWakeUp: () => void = () => undefined;
  private idle: () => void = () => undefined;
  private current: PoolModel = { status: 'loading' };

  /** `onModelChange` hears of every change of {@link model}. Nothing runs before {@link start}. */
  constructor(
    private readonly options: PoolOptions,
    init: WorkerInit,
    private readonly onModelChange: (model: PoolModel) => void = () => undefined,
  ) {
    this.queue = new RequestQueue(options.maxQueueSize);
    // Whoever comes later must serve the very file the first one loaded.
    const sameModel = (): WorkerInit =>
      init.model && this.current.status === 'ready'
        ? { ...init, model: { ...init.model, expectedSha256: this.current.model.digestSha256 } }
        : init;
    this.slots = Array.from({ length: options.workers }, () => new WorkerSlot(options, sameModel, this));
    this.unstarted = [...this.slots];
  }

  /** Starts one worker; the others follow when it has loaded the model or failed to. */
  start(): void {
    this.unstarted.shift()?.start();
  }

  get model(): PoolModel {
    return this.current;
  }

  /**
   * Queues a task and resolves with its answer. `detect` tasks wait for a worker with a model, others take any.
   * Rejects with `QueueFullError`, `InferenceTimeoutError`, `InferenceFailedError`, `DetectorClosedError`, the
   * signal's reason, or the error the worker reported.
   */
  submit<T extends Task>(
    task: T,
    { signal, priority = DEFAULT_PRIORITY }: RequestOptions = {},
  ): Promise<TaskResults[T['kind']]> {
    return new Promise((resolve, reject) => {
      if (this.closed) return reject(new DetectorClosedError());
      if (signal?.aborted) return reject(signal.reason);
      const acceptedAt = this.options.clock.now();
      const request: Request = {
        id: this.nextId++, priority, task, acceptedAt, startedAt: acceptedAt, attempts: 0, phase: 'queued',
        resolve, reject, release: () => undefined,
      }; // prettier-ignore
      const bytes = task.bytes.byteLength;
      if (this.heldBytes > 0 && this.heldBytes + bytes > this.options.maxHeldBytes) {
        return reject(this.refusal(`${this.options.maxHeldBytes} bytes of images`));
      }
      // With nobody waiting a free worker takes it at once, so a queue of size 0 means "never wait".
      if (!this.dispatchDirectly(request) && !this.queue.offer(request)) {
        return reject(this.refusal(`${this.options.maxQueueSize} waiting requests`));
      }
      this.heldBytes += bytes;
      this.requests.set(request.id, request);
      this.watch(request, signal);
      this.dispatch();
    });
  }

  stats(): PoolStats {
    return {
      queued: this.queue.size,
      running: [...this.requests.values()].filter(({ phase }) => phase === 'running').length,
      workers: this.slots.length,
      workersReady: this.slots.filter((slot) => slot.isReady).length,
      restarts: this.slots.reduce((sum, slot) => sum + slot.restarts, 0),
      ...this.counts,
    };
  }

  /**
   * Accepts nothing more, lets accepted requests finish for at most `graceMs`, ends the rest with
   * `DetectorClosedError`, and stops all workers. May be called again; resolves when no thread is left.
   */
  async drain(graceMs: number): Promise<void> {
    this.closed = true;
    if (this.requests.size > 0) {
      await new Promise<void>((resolve) => {
        const cancel = this.options.clock.after(graceMs, resolve);
        this.idle = () => {
          cancel();
          resolve();
        };
      });
    }
    for (const request of [...this.requests.values()])
      this.settle(request, () => request.reject(new DetectorClosedError()));
    this.cancelWakeUp();
    await Promise.all(this.slots.map((slot) => slot.stop()));
  }

  onStarted(slot: WorkerSlot, { model, error }: { model?: ModelDescription; error?: ErrorPayload }): void {
    if (model) this.become({ status: 'ready', model });
    else if (this.slots.some((other) => other.hasModel))
      return slot.replace('it could not load the model any more');
    else this.become({ status: 'unavailable', error: reassemble(error!) });
    for (const other of this.unstarted.splice(0)) other.start();
    this.dispatch();
  }

  onReply(_slot: WorkerSlot, reply: JobReply): void {
    const request = this.requests.get(reply.id);
    if (request) {
      const tookMs = this.options.clock.now() - request.startedAt;
      this.serviceMs += WEIGHT_OF_LATEST * (tookMs - this.serviceMs);
      this.counts[reply.ok ? 'completed' : 'failed']++;
      this.settle(request, () => {
        if (reply.ok)
          request.resolve(withQueueTime(reply.value, request.startedAt - request.acceptedAt) as never);
        else request.reject(reassemble(reply.error));
      });
    }
    this.dispatch();
  }

  onLost(_slot: WorkerSlot, jobIds: readonly number[], reason: string): void {
    if (this.current.status === 'loading') {
      this.become({ status: 'unavailable', error: new InferenceFailedError({ attempts: 1, reason }) });
    }
    for (const id of jobIds) {
      const request = this.requests.get(id);
      if (!request) continue;
      if (request.attempts < MAX_ATTEMPTS) {
        request.phase = 'queued';
        this.queue.putBack(request);
      } else {
        this.counts.failed++;
        const { attempts } = request;
        this.settle(request, () => request.reject(new InferenceFailedError({ attempts, reason })));
      }
    }
    this.dispatch();
  }

  private become(model: PoolModel): void {
    const { status } = this.current;
    if (model.status === 'ready' && status === 'ready') return;
    this.current = model;
    if (model.status === 'ready' && status === 'unavailable') this.replaceWorkersWithoutModel();
    if (model.status === 'unavailable') this.rejectWaitingDetections(model.error);
    this.onModelChange(model);
  }

  private replaceWorkersWithoutModel(): void {
    for (const slot of this.slots) {
      if (slot.isReady && !slot.hasModel) slot.replace('the model can be loaded now');
    }
  }

  private rejectWaitingDetections({ message: reason }: Error): void {
    for (const request of this.queue.take(Infinity, ({ task }) => task.kind === 'detect')) {
      this.counts.failed++;
      this.settle(request, () => request.reject(new ModelUnavailableError({ reason })));
    }
  }

  private dispatchDirectly(request: Request): boolean {
    const slot = this.queue.size === 0 ? this.freeSlotFor(request) : undefined;
    if (!slot || this.options.policy({ waiting: 1, oldestWaitMs: 0 }).take === 0) return false;
    this.handOver(slot, [request]);
    return true;
  }

  private dispatch(): void {
    this.cancelWakeUp();
    for (const first of [...this.queue.waiting]) {
      const slot = first.phase === 'queued' ? this.freeSlotFor(first) : undefined;
      if (!slot) continue;
      const suits = (request: Request) => slot.hasModel || request.task.kind !== 'detect';
      const decision = this.options.policy({
        waiting: this.queue.waiting.filter(suits).length,
        oldestWaitMs: this.options.clock.now() - first.acceptedAt,
      });
      if ('askAgainInMs' in decision) {
        this.cancelWakeUp = this.options.clock.after(decision.askAgainInMs, () => this.dispatch());
        return;
      }
      this.handOver(slot, this.queue.take(decision.take, suits));
    }
  }

  /** The least busy worker that can do it, so that a second request goes to a busy one only when all are. */
  private freeSlotFor({ task }: Request): WorkerSlot | undefined {
    return this.slots
      .filter(
        (slot) =>
          slot.isReady && slot.load < this.options.jobsPerWorker && (slot.hasModel || task.kind !== 'detect'),
      )
      .reduce<
        WorkerSlot | undefined
      >((least, slot) => (least && least.load <= slot.load ? least : slot), undefined);
  }

  private handOver(slot: WorkerSlot, requests: readonly Request[]): void {
    const transfer: ArrayBuffer[] = [];
    const jobs = requests.map((request): Job => {
      request.phase = 'running';
      request.attempts++;
      request.startedAt = this.options.clock.now();
      const bytes = new Uint8Array(request.task.bytes);
      transfer.push(bytes.buffer);
      return { id: request.id, task: { ...request.task, bytes } };
    });
    slot.assign(jobs, transfer);
  }

  private watch(request: Request, signal?: AbortSignal): void {
    const { clock, requestTimeoutMs: timeoutMs } = this.options;
    const cancelTimer = clock.after(timeoutMs, () => {
      this.counts.timedOut++;
      const phase = request.phase === 'running' ? 'running' : 'queued';
      this.settle(request, () => request.reject(new InferenceTimeoutError({ timeoutMs, phase })));
    });
    const onAbort = (): void => {
      this.counts.cancelled++;
      this.settle(request, () => request.reject(signal?.reason));
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    request.release = () => {
      cancelTimer();
      signal?.removeEventListener('abort', onAbort);
    };
  }

  private settle(request: Request, conclude: () => void): void {
    request.release();
    request.phase = 'settled';
    this.heldBytes -= request.task.bytes.byteLength;
    this.queue.remove(request);
    this.requests.delete(request.id);
    conclude();
    if (this.requests.size === 0) this.idle();
  }

  private refusal(limit: string): QueueFullError {
    this.counts.refused++;
    const { workers } = this.options;
    const seconds = retryAfterSeconds(this.queue.size + workers, workers, this.serviceMs);
    return new QueueFullError({ limit, retryAfterSeconds: seconds });
  }
}

function withQueueTime(value: TaskResults[keyof TaskResults], queue: number): TaskResults[keyof TaskResults] {
  return 'timingsMs' in value ? { ...value, timingsMs: { ...value.timingsMs, queue } } : value;
}
