import { BatchReason } from '../detection';

/** What is known when a worker could take requests that may share a run. */
export interface DispatchSituation {
  /** Requests this worker could take together, waiting; ≥ 1. Those far behind may be left out. */
  readonly waiting: number;
  /** How long the one among them that came first has waited, in milliseconds. */
  readonly oldestWaitMs: number;
  /** When the first of them must leave the queue at the latest, in milliseconds from now; Infinity: any time. */
  readonly mustLeaveInMs: number;
  /** Images of each, in the order of service. */
  readonly sizes: readonly number[];
  /** Whether the next request after them has another shape. */
  readonly shapeFollows: boolean;
  /** Whether no further request can come: the detector is closing, or its queue is full. */
  readonly nobodyFollows: boolean;
}

/** How many requests to hand over as one group now, and why (default: no-wait); with 0, when to ask again at the latest. */
export type DispatchDecision =
  | { readonly take: number; readonly reason?: BatchReason }
  | { readonly take: 0; readonly askAgainInMs: number };

/**
 * Decides how many waiting requests go to a free worker together. Pure: equal situations get equal decisions.
 * See `batchingPolicy` for the dynamic batcher.
 */
export type DispatchPolicy = (situation: DispatchSituation) => DispatchDecision;

/** No batching and no waiting. */
export const dispatchOneByOne = (_?: Partial<DispatchSituation>): DispatchDecision => ({ take: 1 });

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
