import { BatchReason } from './detection';
import { DetectorClosedError, InferenceError, InferenceFailedError, ModelUnavailableError } from './errors';
import { ModelDescription } from './model-description';
import { ModelSignature } from './model-runner';
import { PoolOptions, PoolStats } from './pool-options';
import { queueFull, refusalOf } from './scheduling/admission';
import { Dispatcher } from './scheduling/dispatcher';
import { ModelBatching } from './scheduling/model-batching';
import { batchTraitsOf, isPainting, PoolRequest, RequestOptions } from './scheduling/pool-request';
import { ResolvedQueueRules } from './scheduling/queue-rules';
import { RequestLedger } from './scheduling/request-ledger';
import { RequestQueue } from './scheduling/request-queue';
import { ServiceTime } from './scheduling/service-time';
import { AnsweredGroup, SlotListener, WorkerSlot } from './scheduling/worker-slot';
import { reassemble } from './worker/error-transfer';
import { Job, JobReply, Measurement, StartReport, Task, TaskResults, WorkerInit } from './worker/protocol';

export type { PoolOptions, PoolStats } from './pool-options';
export type { RequestOptions } from './scheduling/pool-request';

/** Whether the pool's workers have a model. */
export type PoolModel =
  | { readonly status: 'loading' }
  | { readonly status: 'ready'; readonly model: ModelDescription }
  | { readonly status: 'unavailable'; readonly error: Error };

const MAX_ATTEMPTS = 2;
/** Ahead of every level. */
const MEASURING_PRIORITY = 0;
/** Timers are a millisecond late at times. */
const LEAVING_MARGIN_MS = 1;
const NOTHING = new Uint8Array();

/**
 * Worker threads behind a bounded queue, on the main thread.
 *
 * Every accepted request is settled: with its answer, or within `requestTimeoutMs` with an error. A worker that
 * dies or hangs is replaced and its requests are tried once more elsewhere. The request's bytes stay the
 * caller's and must not be changed until the request is settled. Shared memory is read where it lies; of other
 * bytes each attempt gets a copy of its own, which is then moved and not copied again, so that a lost worker cannot
 * take the only one along.
 */
export class DetectorPool implements SlotListener {
  private rules: ResolvedQueueRules;
  private readonly queue: RequestQueue<PoolRequest>;
  private readonly slots: WorkerSlot[];
  private readonly dispatcher: Dispatcher;
  private readonly batching: ModelBatching;
  private readonly ledger: RequestLedger;
  private readonly serviceTime = new ServiceTime();
  private readonly unstarted: WorkerSlot[];
  private closed = false;
  private idle: () => void = () => undefined;
  private current: PoolModel = { status: 'loading' };
  private declared?: ModelSignature;
  private computedBy?: string;

  /**
   * `onModelChange` hears of every change of {@link model}. Nothing runs before {@link start}.
   * Throws `InvalidSchedulingRulesError`.
   */
  constructor(
    private readonly options: PoolOptions,
    init: WorkerInit,
    private readonly onModelChange: (model: PoolModel) => void = () => undefined,
  ) {
    this.rules = new ResolvedQueueRules(options.queue);
    this.queue = new RequestQueue(options.maxQueueSize, (level) => this.rules.maxQueueSizeOf(level));
    this.ledger = new RequestLedger(options.clock, (request) => this.forget(request));
    this.ledger.preserveOrdering(this.rules.preserveOrdering);
    // Whoever comes later must serve the very file the first one loaded.
    const sameModel = (): WorkerInit =>
      init.model && this.current.status === 'ready'
        ? { ...init, model: { ...init.model, expectedSha256: this.current.model.digestSha256 } }
        : init;
    this.slots = Array.from({ length: options.workers }, () => new WorkerSlot(options, sameModel, this));
    this.unstarted = [...this.slots];
    const { policy, clock, adaptiveBatching: adaptive = true } = options;
    this.batching = new ModelBatching({
      policy, adaptive, clock,
      isIdle: () => this.ledger.size === 0,
      measure: (batchSize) => this.measure(batchSize),
    }); // prettier-ignore
    this.dispatcher = new Dispatcher({
      queue: this.queue,
      slots: this.slots,
      groupsPerWorker: options.jobsPerWorker,
      clock,
      policy: () => this.batching.policy,
      isDraining: () => this.closed,
      handOver: (slot, requests, reason) => this.handOver(slot, requests, reason),
    });
  }

  /** Starts one worker; the others follow when it has loaded the model or failed to. */
  start(): void {
    this.unstarted.shift()?.start();
  }

  get model(): PoolModel {
    return this.current;
  }

  /** The model's tensors as the runner declares them; `undefined` until a worker has loaded it. */
  get signature(): ModelSignature | undefined {
    return this.declared;
  }

  /** What computes answers for images, as the first worker with the model told; see `StartReport`. */
  get arithmetic(): string | undefined {
    return this.computedBy;
  }

  /**
   * Queues a task and resolves with its answer. Tasks for the model wait for a worker with one, others take any.
   * Rejects with `QueueFullError`, `DeadlineUnreachableError`, `InferenceTimeoutError`, `InferenceFailedError`,
   * `DetectorClosedError`, the signal's reason, or the error the worker reported.
   */
  submit<T extends Task>(task: T, options: RequestOptions = {}): Promise<TaskResults[T['kind']]> {
    return new Promise((resolve, reject) => {
      if (this.closed) return reject(new DetectorClosedError());
      if (options.signal?.aborted) return reject(options.signal.reason);
      const priority = this.rules.levelOf(options.priority);
      // A turn each is what keeps callers from each other's backlog; answers in order leave no room for it.
      const caller = this.rules.preserveOrdering ? undefined : options.caller;
      const refusal = this.refusalOf(task, priority, caller, options.deadlineMs);
      if (refusal) return this.refuse(reject, refusal);
      const { onWorkerLost } = options;
      const traits = batchTraitsOf(task, this.current.status === 'ready' ? this.current.model : undefined);
      this.enter(
        this.ledger.open({ task, ...traits, priority, caller, onWorkerLost, resolve, reject }),
        options,
      );
    });
  }

  stats(): PoolStats {
    return {
      queued: this.queue.size,
      running: this.ledger.running,
      heldBytes: this.ledger.heldBytes,
      workers: this.slots.length,
      workersReady: this.slots.filter((slot) => slot.isReady).length,
      restarts: this.slots.reduce((sum, slot) => sum + slot.restarts, 0),
      batchLimit: this.batching.limit,
      ...this.ledger.counts,
    };
  }

  /**
   * Accepts nothing more, lets accepted requests finish for at most `graceMs`, ends the rest with
   * `DetectorClosedError`, and stops all workers. May be called again; resolves when no thread is left.
   */
  async drain(graceMs: number): Promise<void> {
    this.closed = true;
    this.batching.stop();
    for (const request of this.ledger.all()) {
      if (request.task.kind === 'measure') this.ledger.fail(request, new DetectorClosedError());
    }
    this.dispatcher.dispatch();
    if (this.ledger.size > 0) {
      await new Promise<void>((resolve) => {
        const cancel = this.options.clock.after(graceMs, resolve);
        this.idle = () => {
          cancel();
          resolve();
        };
      });
    }
    for (const request of this.ledger.all()) this.ledger.fail(request, new DetectorClosedError());
    this.dispatcher.stop();
    await Promise.all(this.slots.map((slot) => slot.stop()));
  }

  onStarted(slot: WorkerSlot, report: StartReport): void {
    if (report.model) {
      this.declared ??= report.signature;
      this.computedBy ??= report.arithmetic;
      this.become({ status: 'ready', model: report.model });
    } else if (this.slots.some((other) => other.hasModel))
      return slot.replace('it could not load the model any more');
    else this.startWithout(slot, reassemble(report.error));
    for (const other of this.unstarted.splice(0)) other.start();
    this.dispatcher.dispatch();
  }

  onReply(_slot: WorkerSlot, reply: JobReply): void {
    const request = this.ledger.find(reply.id);
    if (request) {
      if (request.task.kind !== 'measure') this.ledger.counts[reply.ok ? 'completed' : 'failed']++;
      if (reply.ok) this.ledger.succeed(request, withBatch(reply.value, request));
      else this.ledger.fail(request, reassemble(reply.error));
      if (reply.ok) this.learnFrom(reply.value, request);
    }
    this.dispatcher.dispatch();
  }

  onGroupDone(_slot: WorkerSlot, { kind, jobs, tookMs }: AnsweredGroup): void {
    if (kind === 'detect' || kind === 'infer') this.serviceTime.observe(jobs, tookMs);
  }

  onLost(_slot: WorkerSlot, jobIds: readonly number[], reason: string): void {
    if (this.current.status === 'loading') {
      this.become({ status: 'unavailable', error: new InferenceFailedError({ attempts: 1, reason }) });
    }
    // Each goes to the very front, so the first comes last.
    for (const id of jobIds.toReversed()) {
      const request = this.ledger.find(id);
      if (!request) continue;
      request.onWorkerLost?.();
      if (request.attempts < MAX_ATTEMPTS && request.task.kind !== 'measure') {
        this.ledger.requeue(request);
        this.queue.putBack(request);
      } else {
        if (request.task.kind !== 'measure') this.ledger.counts.failed++;
        this.ledger.fail(request, new InferenceFailedError({ attempts: request.attempts, reason }));
      }
    }
    this.dispatcher.dispatch();
  }

  /** Files stay as they are until somebody acts; a server that is away may return. */
  private startWithout(slot: WorkerSlot, error: Error): void {
    this.become({ status: 'unavailable', error });
    const mayReturn = error instanceof InferenceError && error.kind === 'unavailable';
    if (mayReturn && !(error instanceof ModelUnavailableError)) slot.replace('its model was not there yet');
  }

  private become(model: PoolModel): void {
    const { status } = this.current;
    if (model.status === 'ready' && status === 'ready') return;
    this.current = model;
    if (model.status === 'ready') this.follow(model.model);
    if (model.status === 'ready' && status === 'unavailable') this.replaceWorkersWithoutModel();
    if (model.status === 'unavailable') this.rejectWaitingForModel(model.error);
    this.onModelChange(model);
  }

  private follow(model: ModelDescription): void {
    this.rules = new ResolvedQueueRules(this.options.queue ?? model.serving.queue);
    this.ledger.preserveOrdering(this.rules.preserveOrdering);
    this.batching.use(model);
  }

  private replaceWorkersWithoutModel(): void {
    for (const slot of this.slots) {
      if (slot.isReady && !slot.hasModel) slot.replace('the model can be loaded now');
    }
  }

  private rejectWaitingForModel({ message: reason }: Error): void {
    for (const request of this.queue.take(Infinity, ({ task }) => !isPainting(task))) {
      this.ledger.counts.failed++;
      this.ledger.fail(request, new ModelUnavailableError({ reason }));
    }
  }

  private refusalOf(task: Task, priority: number, caller: string | undefined, deadlineMs?: number) {
    const { maxHeldBytes } = this.options;
    const limit = this.queue.size > 0 ? this.queue.limitReached(priority) : undefined;
    if (limit !== undefined) return queueFull(`${limit} waiting requests`, this.load());
    const predictedMs = isPainting(task) ? undefined : this.predictedMs(priority, caller);
    return refusalOf({
      ...this.load(),
      bytes: task.bytes.byteLength,
      heldBytes: this.ledger.heldBytes,
      maxHeldBytes,
      deadlineMs,
      predictedMs,
    });
  }

  private predictedMs(priority: number, caller?: string): number | undefined {
    return this.serviceTime.predict({
      ahead: this.queue.ahead(priority, caller),
      running: this.ledger.running,
      lanes: this.slots.filter((slot) => slot.isReady && slot.hasModel).length,
    });
  }

  private load(): { queued: number; workers: number; perRequestMs: number } {
    const { workers } = this.options;
    return { queued: this.queue.size, workers, perRequestMs: this.serviceTime.perRequestMs };
  }

  private refuse(reject: (reason: unknown) => void, refusal: Error): void {
    this.ledger.counts.refused++;
    reject(refusal);
  }

  /** With nobody waiting a free worker takes the request at once, so a queue of size 0 means "never wait". */
  private enter(
    request: PoolRequest,
    { signal, deadlineMs = Infinity, queueTimeoutMs }: RequestOptions,
  ): void {
    const timeout = this.rules.timeoutOf(request.priority, queueTimeoutMs);
    const limits = {
      timeoutMs: Math.min(this.options.requestTimeoutMs, deadlineMs),
      queueTimeoutMs: timeout?.afterMs,
      signal,
    };
    this.ledger.watch(request, limits, () => {
      if (timeout?.action === 'delay') this.queue.delay(request);
      else this.ledger.timeOut(request, timeout!.afterMs);
    });
    request.endsBy = request.acceptedAt + limits.timeoutMs;
    request.leaveBy = request.acceptedAt + this.patienceOf(deadlineMs, timeout);
    if (this.dispatcher.dispatchDirectly(request)) return;
    const limit = this.queue.limitReached(request.priority);
    if (limit === undefined) {
      this.queue.offer(request);
      this.dispatcher.dispatch();
    } else {
      this.ledger.counts.refused++;
      this.ledger.fail(request, queueFull(`${limit} waiting requests`, this.load()));
    }
  }

  /** How long a request may wait for company while a worker is free. */
  private patienceOf(deadlineMs: number, timeout: ReturnType<ResolvedQueueRules['timeoutOf']>): number {
    const queueMs = timeout?.action === 'reject' ? timeout.afterMs : Infinity;
    return Math.min(queueMs, deadlineMs - this.serviceTime.perGroupMs) - LEAVING_MARGIN_MS;
  }

  private handOver(slot: WorkerSlot, requests: readonly PoolRequest[], reason: BatchReason): void {
    const transfer: ArrayBuffer[] = [];
    const jobs = requests.map((request): Job => {
      this.ledger.run(request);
      request.reason = reason;
      const { id, task } = request;
      const leftMs = request.endsBy - this.options.clock.now();
      if (isReadInPlace(task)) return { id, task, leftMs };
      const bytes = new Uint8Array(task.bytes);
      transfer.push(bytes.buffer);
      return { id, task: { ...task, bytes }, leftMs };
    });
    slot.assign(jobs, transfer);
  }

  /** Ahead of everybody and outside all limits and counts: nobody asked for it. */
  private measure(batchSize: number): Promise<Measurement> {
    return new Promise((resolve, reject) => {
      const task = { kind: 'measure', bytes: NOTHING, batchSize } as const;
      const request = { task, ...batchTraitsOf(task), priority: MEASURING_PRIORITY, resolve, reject };
      this.queue.putBack(this.ledger.open(request));
      this.dispatcher.dispatch();
    });
  }

  private learnFrom(value: TaskResults[Task['kind']], { images }: PoolRequest): void {
    if (!('timingsMs' in value) || !value.batch) return;
    this.batching.observed(value.batch.batchSize, value.timingsMs.run, images);
  }

  private forget(request: PoolRequest): void {
    this.queue.remove(request);
    if (this.ledger.size === 0) this.idle();
  }
}

/** Tensors have to lie where their elements' size wants them, which is where a copy lies. */
function isReadInPlace({ kind, bytes }: Task): boolean {
  return bytes.buffer instanceof SharedArrayBuffer && kind !== 'infer';
}

/** Says how the request was queued and batched; the worker knows how many shared the run. */
function withBatch<Value extends TaskResults[Task['kind']]>(value: Value, request: PoolRequest): Value {
  if (!('timingsMs' in value)) return value;
  const queueMs = request.startedAt - request.acceptedAt;
  const batch = { batchSize: value.batch?.batchSize ?? 1, reason: request.reason, queueMs };
  return { ...value, timingsMs: { ...value.timingsMs, queue: queueMs }, batch };
}
