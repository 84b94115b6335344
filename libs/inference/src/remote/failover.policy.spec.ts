import fc from 'fast-check';
import { Breaker, CLOSED } from './circuit-breaker';
import { excluded, fullJitterMs, nextRound, nextStep, Progress, tried, UNTRIED } from './failover.policy';

const OPEN: Breaker = { state: 'open', probeAt: 500, openings: 1 };
const HALF_OPEN: Breaker = { state: 'half-open', trialUnderWay: false, openings: 1 };
const ON_TRIAL: Breaker = { ...HALF_OPEN, trialUnderWay: true };
const BACKOFF = { baseMs: 100, capMs: 400 };
const step = (breakers: Breaker[], progress: Progress = UNTRIED, leftMs = 1_000, random = 0.5) =>
  nextStep(breakers, progress, leftMs, () => random, BACKOFF);

describe('the next step of a request', () => {
  it('is the first endpoint that is not shut, for half of the time while there is another', () => {
    expect(step([CLOSED, CLOSED])).toEqual({ kind: 'try', endpoint: 0, limitMs: 500 });
    expect(step([OPEN, HALF_OPEN, CLOSED])).toEqual({ kind: 'try', endpoint: 1, limitMs: 500 });
    expect(step([OPEN, CLOSED])).toEqual({ kind: 'try', endpoint: 1, limitMs: 1_000 });
  });

  it('is the next endpoint after one that failed, then a pause, then the first again', () => {
    const both = tried(tried(UNTRIED, 0), 1);
    expect(step([CLOSED, CLOSED], tried(UNTRIED, 0))).toMatchObject({ kind: 'try', endpoint: 1 });
    expect(step([CLOSED, CLOSED], both)).toEqual({ kind: 'wait', waitMs: 50 });
    expect(step([CLOSED, CLOSED], nextRound(both))).toMatchObject({ kind: 'try', endpoint: 0 });
  });

  it('never is an endpoint again that must not see the request', () => {
    const once = excluded(UNTRIED, 0);
    expect(step([CLOSED], once)).toEqual({ kind: 'give-up' });
    expect(step([CLOSED, OPEN], nextRound(once))).toEqual({ kind: 'give-up' });
  });

  it('is the end when all are open, and a pause while the trial of one is under way', () => {
    expect(step([OPEN, OPEN])).toEqual({ kind: 'give-up' });
    expect(step([OPEN, ON_TRIAL])).toMatchObject({ kind: 'wait' });
  });

  it('is the end rather than a pause that outlasts the time left', () => {
    expect(step([CLOSED], tried(UNTRIED, 0), 51)).toEqual({ kind: 'wait', waitMs: 50 });
    expect(step([CLOSED], tried(UNTRIED, 0), 50)).toEqual({ kind: 'give-up' });
    expect(step([CLOSED], UNTRIED, 0)).toEqual({ kind: 'give-up' });
  });

  it('spreads pauses over 0 to twice the last limit, up to the cap', () => {
    const limits = [0, 1, 2, 3, 60].map((round) => fullJitterMs(round, () => 1, BACKOFF));
    expect(limits).toEqual([100, 200, 400, 400, 400]);
    expect(fullJitterMs(2, () => 0, BACKOFF)).toBe(0);
  });

  it('only ever goes to an endpoint that is admitted, not excluded and not tried, within the time left', () => {
    const breaker = fc.constantFrom(CLOSED, OPEN, HALF_OPEN, ON_TRIAL);
    const indices = fc.uniqueArray(fc.nat(4));
    fc.assert(
      fc.property(
        fc.array(breaker, { minLength: 1, maxLength: 5 }),
        indices,
        indices,
        fc.integer({ min: -10, max: 5_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (breakers, visited, banned, leftMs, random) => {
          const progress = { rounds: 3, tried: new Set(visited), excluded: new Set(banned) };
          const next = step(breakers, progress, leftMs, random);
          if (next.kind === 'wait') expect(next.waitMs).toBeLessThan(leftMs);
          if (next.kind !== 'try') return;
          expect([CLOSED, HALF_OPEN]).toContain(breakers[next.endpoint]);
          expect(visited.includes(next.endpoint) || banned.includes(next.endpoint)).toBe(false);
          expect(next.limitMs).toBeLessThanOrEqual(leftMs);
        },
      ),
    );
  });
});
