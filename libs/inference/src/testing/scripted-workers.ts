import { Detection } from '../detection';
import { ModelDescription } from '../model-description';
import { dismantle } from '../worker/error-transfer';
import { Job, WorkerCommand, WorkerInit } from '../worker/protocol';
import { SpawnWorker, WorkerListener, WorkerThread } from '../worker/worker-thread';
import { modelDescription } from './model-description';

/** A worker without a thread: it does what the test tells it, when the test tells it. */
export class ScriptedWorker implements WorkerThread {
  /** Jobs it was given and has not answered. */
  readonly jobs: Job[] = [];
  terminated = false;
  private gone = false;

  constructor(
    readonly init: WorkerInit,
    private readonly listener: WorkerListener,
  ) {}

  /** Reports that the model is loaded. */
  start(model: ModelDescription = modelDescription()): this {
    this.listener.onReport({ kind: 'started', model });
    return this;
  }

  /** Reports that there is no model. */
  startWithout(error: Error): this {
    this.listener.onReport({ kind: 'started', error: dismantle(error) });
    return this;
  }

  /** Answers its oldest job. */
  answer(findings: Detection['findings'] = []): void {
    const { id } = this.jobs.shift()!;
    this.listener.onReport({ kind: 'reply', id, ok: true, value: detection({ findings }) });
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

  send(command: WorkerCommand): void {
    if (command.kind === 'work') this.jobs.push(...command.jobs);
    else this.crash('it was stopped');
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
