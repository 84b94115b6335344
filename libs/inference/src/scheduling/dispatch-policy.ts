/** What is known when a worker could take something. */
export interface DispatchSituation {
  /** Requests this worker could take, waiting; ≥ 1. */
  readonly waiting: number;
  /** How long the first of them has waited, in milliseconds. */
  readonly oldestWaitMs: number;
}

/** How many requests to hand over as one group now; with 0, when to ask again at the latest. */
export type DispatchDecision =
  | { readonly take: number }
  | { readonly take: 0; readonly askAgainInMs: number };

/**
 * Decides how many waiting requests go to a free worker together. Pure: equal situations get equal decisions.
 * This is the seam of the dynamic batcher.
 */
export type DispatchPolicy = (situation: DispatchSituation) => DispatchDecision;

/** No batching and no waiting: the right thing on a CPU, where batches cost 13–25 % of throughput. */
export const dispatchOneByOne: DispatchPolicy = () => ({ take: 1 });

/**
 * When a turned-away client should return, in whole seconds from 1 to 60: the time the waiting requests need at
 * `serviceMs` each over `lanes` parallel lanes.
 */
export function retryAfterSeconds(waiting: number, lanes: number, serviceMs: number): number {
  const seconds = Math.ceil((waiting * serviceMs) / Math.max(1, lanes) / 1000);
  return Math.min(Math.max(seconds, 1), 60);
}

/** Pause before a lost worker is replaced: none at first, then doubling from 250 ms to 30 s while losses follow each other. */
export function replacementDelayMs(lossesInARow: number): number {
  return lossesInARow <= 1 ? 0 : Math.min(250 * 2 ** (lossesInARow - 2), 30_000);
}
