import { DetectorPool, PoolOptions, RequestOptions } from '../detector-pool';
import { ModelDescription } from '../model-description';
import { ManualClock } from './manual-clock';
import { modelDescription } from './model-description';
import { ScriptedWorker, scriptedWorkers } from './scripted-workers';

/** Batches of up to four, which may be waited for ten milliseconds. */
export const SERVING = { maxBatchSize: 4, preferredBatchSizes: [4], maxQueueDelayMicroseconds: 10_000 };

/** A pool of loaded, scripted workers on {@link SERVING}: nothing happens in it by itself. */
export function loadedPool(
  overrides: Partial<PoolOptions> = {},
  model: Partial<ModelDescription> = {},
): { pool: DetectorPool; clock: ManualClock; workers: ScriptedWorker[] } {
  const { workers, spawn } = scriptedWorkers();
  const clock = new ManualClock();
  const options: PoolOptions = {
    workers: 1,
    jobsPerWorker: 1,
    maxQueueSize: 100,
    maxHeldBytes: 1e6,
    requestTimeoutMs: 1000,
    stallTimeoutMs: 900,
    startTimeoutMs: 5000,
    adaptiveBatching: false,
    spawn,
    clock,
    ...overrides,
  };
  const init = { model: { modelPath: '/m.onnx', device: 'cpu', intraOpThreads: 1 }, rules: {} } as const;
  const pool = new DetectorPool(options, init);
  pool.start();
  for (let index = 0; index < workers.length; index++) {
    workers[index]!.start(modelDescription({ serving: SERVING, ...model }));
  }
  return { pool, clock, workers };
}

/** Submits an image; `tag`, 0..65535, is found again in its bytes. */
export const detect = (pool: DetectorPool, options?: RequestOptions, tag = 0) =>
  pool.submit({ kind: 'detect', bytes: Uint8Array.of(tag, tag >> 8) }, options);
/** Submits a raw tensor of `images` squares, tagged alike. */
export const infer = (pool: DetectorPool, images: number, side = 640, tag = 0, options?: RequestOptions) => {
  const bytes = Uint8Array.of(tag, tag >> 8);
  return pool.submit({ kind: 'infer', bytes, type: 'float32', dims: [images, 3, side, side] }, options);
};
