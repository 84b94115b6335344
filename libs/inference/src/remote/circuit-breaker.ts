/** When a breaker opens and for how long. */
export interface BreakerRules {
  /** Failures in a row that open it, ≥ 1. */
  readonly failureThreshold: number;
  /** First pause before the endpoint is probed; doubles with each opening that follows, up to the longest. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
}

export const DEFAULT_BREAKER_RULES: BreakerRules = {
  failureThreshold: 5,
  firstPauseMs: 500,
  longestPauseMs: 30_000,
};

/**
 * Whether an endpoint gets requests: `closed` – yes; `open` – none, until a probe finds it ready; `half-open` – one
 * at a time, the first success of which closes it. Immutable; times are a clock's milliseconds.
 */
export type Breaker =
  | { readonly state: 'closed'; readonly failures: number }
  | { readonly state: 'open'; readonly probeAt: number; readonly openings: number }
  | { readonly state: 'half-open'; readonly trialUnderWay: boolean; readonly openings: number };

export const CLOSED: Breaker = { state: 'closed', failures: 0 };

/** Whether a request may be sent now. */
export function admits(breaker: Breaker): boolean {
  return breaker.state === 'closed' || (breaker.state === 'half-open' && !breaker.trialUnderWay);
}

/** After a request was sent; only where the breaker {@link admits} one. */
export function sent(breaker: Breaker): Breaker {
  return breaker.state === 'half-open' ? { ...breaker, trialUnderWay: true } : breaker;
}

/** After an answer. One to a request sent before the breaker opened proves nothing. */
export function succeeded(breaker: Breaker): Breaker {
  return breaker.state === 'open' ? breaker : CLOSED;
}

/** After a failure that is the endpoint's. */
export function failed(breaker: Breaker, now: number, rules: BreakerRules): Breaker {
  if (breaker.state === 'open') return breaker;
  if (breaker.state === 'half-open') return opened(breaker.openings + 1, now, rules);
  const failures = breaker.failures + 1;
  return failures >= rules.failureThreshold ? opened(1, now, rules) : { state: 'closed', failures };
}

/** After a request that tells nothing of the endpoint's health. */
export function undecided(breaker: Breaker): Breaker {
  return breaker.state === 'half-open' ? { ...breaker, trialUnderWay: false } : breaker;
}

/** After a probe of an open endpoint. */
export function probed(breaker: Breaker, ready: boolean, now: number, rules: BreakerRules): Breaker {
  if (breaker.state !== 'open') return breaker;
  const { openings } = breaker;
  return ready ? { state: 'half-open', trialUnderWay: false, openings } : opened(openings + 1, now, rules);
}

function opened(openings: number, now: number, { firstPauseMs, longestPauseMs }: BreakerRules): Breaker {
  return {
    state: 'open',
    probeAt: now + Math.min(firstPauseMs * 2 ** (openings - 1), longestPauseMs),
    openings,
  };
}
