import { Detection } from '../detection';
import { ModelDescription } from '../model-description';
import { dismantle } from '../worker/error-transfer';
import { Job, WorkerCommand, WorkerInit } from '../worker/protocol';
import { SpawnWorker, WorkerListener, WorkerThread } from '../worker/worker-thread';
import { modelDescription, modelSignature } from './model-description';

/** A job and its place among all that were ever given to any worker. */
export interface GivenJob extends Job {
  readonly order: number;
}

let given = 0;

/** A worker without a thread: it does what the test tells it, when the test tells it. */
export class ScriptedWorker implements WorkerThread {
  /** Jobs it was given and has not answered. */
  readonly jobs: Job[] = [];
  /** Everything it was ever given, group by group. */
  readonly groups: (readonly GivenJob[])[] = [];
  terminated = false;
  /** Whether it has reported, with a model or without. */
  hasStarted = false;
  private gone = false;

  constructor(
    readonly init: WorkerInit,
    private readonly listener: WorkerListener,
  ) {}

  /** Whether it died or was ended. */
  get isGone(): boolean {
    return this.gone;
  }

  /** Reports that the model is loaded. */
  start(model: ModelDescription = modelDescription()): this {
    this.hasStarted = true;
    this.listener.onReport({ kind: 'started', model, signature: modelSignature(model) });
    return this;
  }

  /** Reports that there is no model. */
  startWithout(error: Error): this {
    this.hasStarted = true;
    this.listener.onReport({ kind: 'started', error: dismantle(error) });
    return this;
  }

  /** Answers its oldest job. */
  answer(findings: Detection['findings'] = []): void {
    const { id } = this.jobs.shift()!;
    const batch = { queueMs: 0, batchSize: this.batchSizeOf(id), reason: 'alone' } as const;
    this.listener.onReport({ kind: 'reply', id, ok: true, value: detection({ findings, batch }) });
  }

  /** Answers its oldest job, which must be a measurement. */
  answerMeasurement(runMs: number): number {
    const { id, task } = this.jobs.shift()!;
    if (task.kind !== 'measure') throw new Error(`The oldest job is to ${task.kind}.`);
    const { batchSize } = task;
    this.listener.onReport({ kind: 'reply', id, ok: true, value: { batchSize, runMs } });
    return batchSize;
  }

  /** Fails its oldest job, as a bad image would. */
  fail(error: Error): void {
    const { id } = this.jobs.shift()!;
    this.listener.onReport({ kind: 'reply', id, ok: false, error: dismantle(error) });
  }

  /** Dies. */
  crash(reason = 'it crashed'): void {
    if (this.gone) return;
    this.gone = true;
    this.listener.onExit(reason);
  }

  private batchSizeOf(id: number): number {
    const group = this.groups.findLast((jobs) => jobs.some((job) => job.id === id))!;
    return group.reduce((sum, { task }) => sum + (task.kind === 'infer' ? task.dims[0] : 1), 0);
  }

  send(command: WorkerCommand): void {
    if (command.kind === 'stop') return this.crash('it was stopped');
    this.jobs.push(...command.jobs);
    this.groups.push(command.jobs.map((job) => ({ ...job, order: given++ })));
  }

  async terminate(): Promise<void> {
    this.terminated = true;
    this.crash('it was terminated');
  }
}

/** Every worker ever spawned, oldest first, and the function that spawns them. */
export function scriptedWorkers(): { workers: ScriptedWorker[]; spawn: SpawnWorker } {
  const workers: ScriptedWorker[] = [];
  const spawn: SpawnWorker = (init, listener) => {
    const worker = new ScriptedWorker(init, listener);
    workers.push(worker);
    return worker;
  };
  return { workers, spawn };
}

/** An answer without findings. */
export function detection(overrides: Partial<Detection> = {}): Detection {
  const { name, version, digestSha256 } = modelDescription();
  return {
    source: 'png',
    width: 128,
    height: 128,
    findings: [],
    model: { name, version, digestSha256 },
    timingsMs: { queue: 0, decode: 1, letterbox: 1, run: 1, postprocess: 1 },
    ...overrides,
  };
}
