import { BatchReason } from '../detection';
import { WorthwhileLimit } from './batch-cost.model';
import { DispatchPolicy } from './dispatch-policy';

/** Triton's dynamic batching. */
export interface BatchingRules {
  /** Images in one run, at most; ≥ 1. */
  readonly maxBatchSize: number;
  /** Sizes that go at once when reached. */
  readonly preferredBatchSizes: readonly number[];
  /** Longest wait for company while a worker is free; 0 = none. */
  readonly maxQueueDelayMs: number;
}

/** Which sizes pay; see `BatchCostModel`. */
export interface BatchSizing {
  limit(): WorthwhileLimit;
  pays(batchSize: number): boolean;
}

/** Every size up to `maxBatchSize`, measured or not: Triton's own behaviour. */
export function everySizePays(maxBatchSize: number): BatchSizing {
  return { limit: () => ({ size: maxBatchSize }), pays: () => true };
}

/**
 * Groups requests as Triton does, within the sizes that pay: the largest preferred size within reach goes at once;
 * otherwise what is there goes when the next request would not fit or has another shape, when the oldest has waited
 * the delay or one of them must leave, or at once when there is no delay.
 *
 * A single request goes whatever its size. Pure apart from what `sizing` learns.
 */
export function batchingPolicy(rules: BatchingRules, sizing: BatchSizing): DispatchPolicy {
  const preferred = new Set(rules.preferredBatchSizes);
  return (situation) => {
    const { size: limit, because } = sizing.limit();
    if (limit === 1) return { take: 1, reason: because ?? 'alone' };
    const reach = reachOf(situation.sizes, limit, (total) => sizing.pays(total));
    const whenFull: BatchReason = because ?? 'full';
    const waitMs = rules.maxQueueDelayMs - situation.oldestWaitMs;
    const overdue = waitMs <= 0 || situation.mustLeaveInMs <= 0;
    const isPreferred = (total: number): boolean => total === limit || preferred.has(total);
    const wanted = reach.paying.findLast(({ total }) => isPreferred(total));
    if (wanted && (!overdue || rules.maxQueueDelayMs === 0 || wanted === reach.paying.at(-1))) {
      return { take: wanted.count, reason: preferred.has(wanted.total) ? 'preferred' : whenFull };
    }
    const take = reach.paying.at(-1)?.count ?? 1;
    if (reach.overflows) return { take, reason: whenFull };
    if (situation.shapeFollows) return { take, reason: 'shape' };
    if (situation.nobodyFollows) return { take, reason: 'drain' };
    if (!overdue) return { take: 0, askAgainInMs: Math.min(waitMs, situation.mustLeaveInMs) };
    if (waitMs > 0) return { take, reason: 'deadline' };
    return { take, reason: rules.maxQueueDelayMs === 0 ? 'no-wait' : 'delay' };
  };
}

/** A number of requests from the front and the images in them. */
interface Prefix {
  readonly count: number;
  readonly total: number;
}

/** The prefixes within `limit` that pay, and whether something is left that would not have fitted. */
function reachOf(
  sizes: readonly number[],
  limit: number,
  pays: (total: number) => boolean,
): { paying: Prefix[]; overflows: boolean } {
  const paying: Prefix[] = [];
  let total = 0;
  for (const [index, size] of sizes.entries()) {
    total += size;
    if (total > limit) return { paying, overflows: true };
    if (pays(total)) paying.push({ count: index + 1, total });
  }
  return { paying, overflows: false };
}
