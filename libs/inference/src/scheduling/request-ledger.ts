import { InferenceTimeoutError } from '../errors';
import { Task, TaskResults } from '../worker/protocol';
import { Clock } from './clock';
import { OrderedRelease } from './ordered-release';
import { PoolRequest, RequestOptions } from './pool-request';
import { RequestLimits, watchRequest } from './request-watch';

/** What a pool counts of its requests, since its start. */
export interface RequestCounts {
  completed: number;
  failed: number;
  timedOut: number;
  refused: number;
  cancelled: number;
}

/** What a request is opened with. */
export type NewRequest = Pick<PoolRequest, 'task' | 'images' | 'shape' | 'priority' | 'resolve' | 'reject'> &
  Pick<RequestOptions, 'caller' | 'onWorkerLost'>;

/**
 * The requests that were accepted and not settled. Each is settled exactly once, where the
 * ordering is preserved in the order of acceptance, failures at once.
 */
export class RequestLedger {
  readonly counts: RequestCounts = { completed: 0, failed: 0, timedOut: 0, refused: 0, cancelled: 0 };
  private readonly requests = new Map<number, PoolRequest>();
  private nextId = 1;
  private bytes = 0;
  private runningCount = 0;

  /** Holds nothing but requests that were opened while the ordering was preserved. */
  private readonly order = new OrderedRelease();
  private preservesOrdering = false;

  /** `onSettled` hears of each request when it is settled, before its caller does. */
  constructor(
    private readonly clock: Clock,
    private readonly onSettled: (request: PoolRequest) => void,
  ) {}

  /** Whether answers leave in the order of acceptance; concerns requests that are opened from now on. */
  preserveOrdering(preserves: boolean): void {
    this.preservesOrdering = preserves;
  }

  /** Requests not settled. */
  get size(): number {
    return this.requests.size;
  }

  /** Of those, the ones a worker has. */
  get running(): number {
    return this.runningCount;
  }

  /** Bytes of their tasks. */
  get heldBytes(): number {
    return this.bytes;
  }

  find(id: number): PoolRequest | undefined {
    return this.requests.get(id);
  }

  all(): PoolRequest[] {
    return [...this.requests.values()];
  }

  /** Enters a request as queued. */
  open(request: NewRequest): PoolRequest {
    const now = this.clock.now();
    const opened: PoolRequest = {
      ...request,
      id: this.nextId++,
      acceptedAt: now,
      leaveBy: Infinity,
      endsBy: Infinity,
      startedAt: now,
      attempts: 0,
      phase: 'queued',
      reason: 'no-wait',
      release: () => undefined,
    };
    this.requests.set(opened.id, opened);
    this.bytes += opened.task.bytes.byteLength;
    if (this.preservesOrdering) this.order.accept(opened.id);
    return opened;
  }

  /** Ends the request when its time is over or its caller gives up; `onQueueTimeout` when it still waits by then. */
  watch(request: PoolRequest, limits: RequestLimits, onQueueTimeout: () => void): void {
    const { timeoutMs } = limits;
    request.release = watchRequest(this.clock, limits, {
      onTimeout: () => this.timeOut(request, timeoutMs),
      onQueueTimeout: () => request.phase === 'queued' && onQueueTimeout(),
      onAbort: (reason) => {
        this.counts.cancelled++;
        this.fail(request, reason);
      },
    });
  }

  /** Ends the request because it was not answered within `timeoutMs`. */
  timeOut(request: PoolRequest, timeoutMs: number): void {
    this.counts.timedOut++;
    const phase = request.phase === 'running' ? 'running' : 'queued';
    this.fail(request, new InferenceTimeoutError({ timeoutMs, phase }));
  }

  /** A worker gets the request. */
  run(request: PoolRequest): void {
    request.phase = 'running';
    request.attempts++;
    request.startedAt = this.clock.now();
    this.runningCount++;
  }

  /** The worker is gone, and the request waits again. */
  requeue(request: PoolRequest): void {
    request.phase = 'queued';
    this.runningCount--;
  }

  succeed(request: PoolRequest, value: TaskResults[Task['kind']]): void {
    this.close(request);
    this.order.complete(request.id, () => request.resolve(value as never));
  }

  fail(request: PoolRequest, reason: unknown): void {
    this.close(request);
    request.reject(reason);
    this.order.giveUp(request.id);
  }

  private close(request: PoolRequest): void {
    request.release();
    if (request.phase === 'running') this.runningCount--;
    request.phase = 'settled';
    this.bytes -= request.task.bytes.byteLength;
    this.requests.delete(request.id);
    this.onSettled(request);
  }
}
