import { BatchReason } from '../detection';
import { ModelDescription } from '../model-description';
import { Task } from '../worker/protocol';
import { Waiting } from './request-queue';

/** How one request wants to be treated. */
export interface RequestOptions {
  /** Ends the request with the signal's reason; a run already under way ends unheard. */
  readonly signal?: AbortSignal;
  /** Level, 1 first; default 2. 0, and numbers beyond the last level, mean the default. */
  readonly priority?: number;
  /** Who asks: callers of one level take turns. Requests without one are a single caller's. */
  readonly caller?: string;
  /**
   * Milliseconds from now after which the answer is of no use. A request that cannot be answered by then, as far as
   * can be seen, is refused at once with `DeadlineUnreachableError`.
   */
  readonly deadlineMs?: number;
  /** Milliseconds it may wait in the queue; its level decides what happens then (Triton's `timeout`). */
  readonly queueTimeoutMs?: number;
  /**
   * Hears of every worker that is lost while it has the request. Bytes in shared memory may still be read by such
   * a one, whatever becomes of the request: they must never be changed again.
   */
  readonly onWorkerLost?: () => void;
}

/** An accepted request on its way. */
export interface PoolRequest extends Waiting {
  readonly id: number;
  readonly task: Task;
  /** Images it brings into a batch. */
  readonly images: number;
  /** Requests of equal shape can share a run; `undefined`: none can. */
  readonly shape: string | undefined;
  readonly acceptedAt: number;
  /** When waiting for company would cost it its answer, by the pool's clock; Infinity: never. */
  leaveBy: number;
  /** When nobody waits for its answer any more, by the pool's clock; Infinity: never. */
  endsBy: number;
  startedAt: number;
  attempts: number;
  phase: 'queued' | 'running' | 'settled';
  reason: BatchReason;
  readonly onWorkerLost?: () => void;
  readonly resolve: (value: never) => void;
  readonly reject: (reason: unknown) => void;
  /** Cancels its timers and stops listening to its signal. */
  release: () => void;
}

/** Whether a worker can do it without a model. */
export function isPainting({ kind }: Task): boolean {
  return kind === 'render' || kind === 'overlay';
}

/** How many images a task brings, and which tasks it can share a run of `model` with. */
export function batchTraitsOf(task: Task, model?: ModelDescription): Pick<PoolRequest, 'images' | 'shape'> {
  if (task.kind === 'infer') return { images: task.dims[0], shape: task.dims.slice(1).join('x') };
  if (task.kind !== 'detect') return { images: 1, shape: undefined };
  const shape = model ? `${model.channels}x${model.inputHeight}x${model.inputWidth}` : 'unknown';
  return { images: 1, shape };
}
