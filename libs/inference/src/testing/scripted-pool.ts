import { DetectorPool, PoolModel, PoolOptions } from '../detector-pool';
import { dispatchOneByOne } from '../scheduling/dispatch-policy';
import { ManualClock } from './manual-clock';
import { ScriptedWorker, scriptedWorkers } from './scripted-workers';

/** A pool and all that a test moves it by. */
export interface ScriptedPool {
  readonly pool: DetectorPool;
  readonly clock: ManualClock;
  /** Every worker ever spawned, oldest first. */
  readonly workers: ScriptedWorker[];
  /** Every state its model had. */
  readonly models: PoolModel[];
}

/** A started pool of two workers, of which the first is loading. */
export function scriptedPool(overrides: Partial<PoolOptions> = {}): ScriptedPool {
  const { workers, spawn } = scriptedWorkers();
  const clock = new ManualClock();
  const models: PoolModel[] = [];
  const options: PoolOptions = {
    workers: 2,
    jobsPerWorker: 1,
    maxQueueSize: 2,
    maxHeldBytes: 1000,
    requestTimeoutMs: 1000,
    stallTimeoutMs: 300,
    startTimeoutMs: 5000,
    policy: dispatchOneByOne,
    spawn,
    clock,
    ...overrides,
  };
  const init = { model: { modelPath: '/m.onnx', device: 'cpu', intraOpThreads: 1 }, rules: {} } as const;
  const pool = new DetectorPool(options, init, (model) => models.push(model));
  pool.start();
  return { pool, clock, workers, models };
}
