import { Clock } from './scheduling/clock';
import { DispatchPolicy } from './scheduling/dispatch-policy';
import { QueueRules } from './scheduling/queue-rules';
import { WorthwhileLimit } from './scheduling/batch-cost.model';
import { SpawnWorker } from './worker/worker-thread';

/** Limits and surroundings of a pool. */
export interface PoolOptions {
  /** Threads, ≥ 1. */
  readonly workers: number;
  /** Groups of requests a worker holds at once, ≥ 1: with 2 the next images are decoded while the model runs. */
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
  /** Replaces the model's own batching. */
  readonly policy?: DispatchPolicy;
  /** Whether batches are limited to sizes that measurably pay; default true. */
  readonly adaptiveBatching?: boolean;
  /** Priorities, queue limits and timeouts by level, order of answers; default: what the model's configuration says. */
  readonly queue?: QueueRules;
  readonly spawn: SpawnWorker;
  readonly clock: Clock;
}

/** The pool in numbers, since its start. */
export interface PoolStats {
  readonly queued: number;
  readonly running: number;
  /** Bytes of the images and tensors of all those requests. */
  readonly heldBytes: number;
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
  /** The largest batch that would be run now, and why no larger one. */
  readonly batchLimit: WorthwhileLimit;
}
