import { Job, JobReply, StartReport, Task, WorkerInit, WorkerReport } from '../worker/protocol';
import { SpawnWorker, WorkerThread } from '../worker/worker-thread';
import { Clock } from './clock';
import { replacementDelayMs } from './dispatch-policy';

/** What a slot tells its pool. */
export interface SlotListener {
  /** A worker has started, with a model or with the reason why not. */
  onStarted(slot: WorkerSlot, report: StartReport): void;
  onReply(slot: WorkerSlot, reply: JobReply): void;
  /** The worker has answered all jobs of a group, in whatever order. */
  onGroupDone(slot: WorkerSlot, group: AnsweredGroup): void;
  /** The worker died or was ended with these jobs unanswered; a new one is on its way unless the slot stopped. */
  onLost(slot: WorkerSlot, jobIds: readonly number[], reason: string): void;
}

/** A group of jobs that a worker is done with. */
export interface AnsweredGroup {
  readonly kind: Task['kind'];
  readonly jobs: number;
  /** From the hand-over or the end of the worker's previous group, whichever was later. */
  readonly tookMs: number;
}

/** How a slot treats its workers. */
export interface SlotOptions {
  readonly spawn: SpawnWorker;
  readonly clock: Clock;
  /** Longest time from hand-over to reply before the worker counts as hung. */
  readonly stallTimeoutMs: number;
  /** Longest time a worker may take to load the model. */
  readonly startTimeoutMs: number;
}

/** Jobs handed over together. */
interface Group extends Omit<AnsweredGroup, 'tookMs'> {
  readonly startedAt: number;
  unanswered: number;
}

/**
 * One place for a worker, filled again whenever its worker dies or hangs. A fresh worker comes at once, later
 * ones with growing pauses as long as none of them answers anything.
 */
export class WorkerSlot {
  private thread?: WorkerThread;
  private readonly stallTimers = new Map<number, () => void>();
  private readonly groups = new Map<number, Group>();
  private groupCount = 0;
  private lastGroupEndedAt = -Infinity;
  private cancelTimer: () => void = () => undefined;
  private lossesInARow = 0;
  private stopping = false;
  private generation = 0;
  private state: 'empty' | 'starting' | 'started' = 'empty';
  /** Whether the present worker can detect; it can render in any case. */
  hasModel = false;
  /** Workers that were lost so far. */
  restarts = 0;

  /** `init` is asked anew for every worker. */
  constructor(
    private readonly options: SlotOptions,
    private readonly init: () => WorkerInit,
    private readonly listener: SlotListener,
  ) {}

  /** Groups handed over and not wholly answered. */
  get load(): number {
    return this.groupCount;
  }

  /** Whether the worker can take jobs. */
  get isReady(): boolean {
    return this.state === 'started' && !this.stopping;
  }

  /** Fills the slot. */
  start(): void {
    if (this.stopping || this.state !== 'empty') return;
    this.state = 'starting';
    const generation = ++this.generation;
    const { clock, spawn, startTimeoutMs } = this.options;
    this.cancelTimer = clock.after(startTimeoutMs, () =>
      this.replace(`it did not start within ${startTimeoutMs} ms`),
    );
    this.thread = spawn(this.init(), {
      onReport: (report) => generation === this.generation && this.receive(report),
      onExit: (reason) => generation === this.generation && this.lose(reason),
    });
  }

  /** Hands jobs over as one group; `transfer` are the buffers in them. Only while {@link isReady}. */
  assign(jobs: readonly Job[], transfer: ArrayBuffer[]): void {
    const { clock, stallTimeoutMs } = this.options;
    const { kind } = jobs[0]!.task;
    const group: Group = { kind, jobs: jobs.length, startedAt: clock.now(), unanswered: jobs.length };
    this.groupCount++;
    for (const { id } of jobs) {
      this.groups.set(id, group);
      const cancel = clock.after(stallTimeoutMs, () =>
        this.replace(`it did not answer within ${stallTimeoutMs} ms`),
      );
      this.stallTimers.set(id, cancel);
    }
    this.thread!.send({ kind: 'work', jobs }, transfer);
  }

  /** Ends the worker and puts a new one in its place; its jobs are lost. */
  replace(reason: string): void {
    const { thread } = this;
    this.lose(reason);
    void thread?.terminate();
  }

  /**
   * Empties the slot for good: its worker is asked to release the model and go, and ended when it does not within
   * two seconds or had not started yet. Resolves when it is gone. Nothing is reported any more.
   */
  async stop(): Promise<void> {
    this.stopping = true;
    this.cancelTimer();
    this.clearStallTimers();
    const { thread, state } = this;
    if (!thread) return;
    const gone = new Promise<void>((resolve) => (this.onGone = resolve));
    if (state === 'started') thread.send({ kind: 'stop' }, []);
    const cancel = this.options.clock.after(STOP_GRACE_MS, () => void thread.terminate());
    if (state !== 'started') void thread.terminate();
    await gone;
    cancel();
  }

  private onGone: () => void = () => undefined;

  private receive(report: WorkerReport): void {
    if (this.stopping) return;
    if (report.kind === 'started') this.acceptStart(report);
    else this.acceptReply(report);
  }

  private acceptStart(report: StartReport): void {
    this.cancelTimer();
    this.state = 'started';
    this.hasModel = report.model !== undefined;
    this.listener.onStarted(this, report);
  }

  private acceptReply(reply: JobReply): void {
    this.stallTimers.get(reply.id)?.();
    this.stallTimers.delete(reply.id);
    this.lossesInARow = 0;
    this.endGroupOf(reply.id);
    this.listener.onReply(this, reply);
  }

  private endGroupOf(id: number): void {
    const group = this.groups.get(id);
    if (!group) return;
    this.groups.delete(id);
    if (--group.unanswered > 0) return;
    this.groupCount--;
    const now = this.options.clock.now();
    const tookMs = now - Math.max(group.startedAt, this.lastGroupEndedAt);
    this.lastGroupEndedAt = now;
    this.listener.onGroupDone(this, { kind: group.kind, jobs: group.jobs, tookMs });
  }

  private lose(reason: string): void {
    this.cancelTimer();
    this.generation++;
    this.thread = undefined;
    this.state = 'empty';
    this.hasModel = false;
    if (this.stopping) return this.onGone();
    const jobIds = [...this.stallTimers.keys()];
    this.clearStallTimers();
    this.lossesInARow++;
    this.restarts++;
    this.cancelTimer = this.options.clock.after(replacementDelayMs(this.lossesInARow), () => this.start());
    this.listener.onLost(this, jobIds, reason);
  }

  private clearStallTimers(): void {
    for (const cancel of this.stallTimers.values()) cancel();
    this.stallTimers.clear();
    this.groups.clear();
    this.groupCount = 0;
  }
}

const STOP_GRACE_MS = 2_000;
