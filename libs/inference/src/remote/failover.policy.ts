import { admits, Breaker } from './circuit-breaker';

/** Pauses between rounds through the endpoints. */
export interface BackoffRules {
  /** Longest first pause; doubles with every round. */
  readonly baseMs: number;
  /** Longest pause of any round. */
  readonly capMs: number;
}

export const DEFAULT_BACKOFF_RULES: BackoffRules = { baseMs: 50, capMs: 2_000 };

/** How far one request has come. Immutable. */
export interface Progress {
  /** Rounds finished. */
  readonly rounds: number;
  /** Endpoints tried in this round. */
  readonly tried: ReadonlySet<number>;
  /** Endpoints that must not see this request again. */
  readonly excluded: ReadonlySet<number>;
}

export const UNTRIED: Progress = { rounds: 0, tried: new Set(), excluded: new Set() };

/** What to do next with a request. */
export type Step =
  | { readonly kind: 'try'; readonly endpoint: number; readonly limitMs: number }
  | { readonly kind: 'wait'; readonly waitMs: number }
  | { readonly kind: 'give-up' };

/**
 * The next step of a request that has `leftMs`: the first endpoint, in order of preference, whose breaker admits it
 * and which was not tried in this round; after a round a pause with full jitter (uniform in 0..base · 2^round); the
 * end when no time is left or every endpoint is shut. `random` is uniform in [0, 1).
 *
 * An attempt may take half of the time left while another endpoint could still be tried, so that one that hangs
 * leaves time for the next.
 */
export function nextStep(
  breakers: readonly Breaker[],
  progress: Progress,
  leftMs: number,
  random: () => number,
  backoff: BackoffRules = DEFAULT_BACKOFF_RULES,
): Step {
  if (leftMs <= 0) return { kind: 'give-up' };
  const all = breakers.map((_, index) => index).filter((index) => !progress.excluded.has(index));
  const open = all.filter((index) => !progress.tried.has(index) && admits(breakers[index]!));
  const [endpoint] = open;
  if (endpoint !== undefined) {
    return { kind: 'try', endpoint, limitMs: open.length > 1 ? leftMs / 2 : leftMs };
  }
  if (all.every((index) => breakers[index]!.state === 'open')) return { kind: 'give-up' };
  const waitMs = Math.max(1, fullJitterMs(progress.rounds, random, backoff));
  return waitMs < leftMs ? { kind: 'wait', waitMs } : { kind: 'give-up' };
}

/** After an attempt that may be repeated, here or elsewhere. */
export function tried(progress: Progress, endpoint: number): Progress {
  return { ...progress, tried: new Set([...progress.tried, endpoint]) };
}

/** After an attempt that must not be repeated there. */
export function excluded(progress: Progress, endpoint: number): Progress {
  return { ...progress, excluded: new Set([...progress.excluded, endpoint]) };
}

/** After a pause: all endpoints may be tried again. */
export function nextRound(progress: Progress): Progress {
  return { ...progress, rounds: progress.rounds + 1, tried: new Set() };
}

/** Exponential backoff with full jitter (Brooker, "Exponential Backoff and Jitter", AWS 2015). */
export function fullJitterMs(round: number, random: () => number, { baseMs, capMs }: BackoffRules): number {
  return random() * Math.min(capMs, baseMs * 2 ** Math.min(round, 30));
}
