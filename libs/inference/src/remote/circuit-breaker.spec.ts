import fc from 'fast-check';
import {
  admits,
  Breaker,
  BreakerRules,
  CLOSED,
  failed,
  probed,
  sent,
  succeeded,
  undecided,
} from './circuit-breaker';

const RULES: BreakerRules = { failureThreshold: 3, firstPauseMs: 100, longestPauseMs: 1_000 };

/** A breaker after failures at these times. */
const afterFailures = (...times: number[]): Breaker =>
  times.reduce((breaker, now) => failed(breaker, now, RULES), CLOSED);
const halfOpen = (openings = 1): Breaker => ({ state: 'half-open', trialUnderWay: false, openings });

describe('a circuit breaker', () => {
  it('opens with the third failure in a row, for 100 ms', () => {
    expect(afterFailures(1, 2)).toEqual({ state: 'closed', failures: 2 });
    expect(afterFailures(1, 2, 3)).toEqual({ state: 'open', probeAt: 103, openings: 1 });
  });

  it('counts anew after an answer, and goes on counting after what proves nothing', () => {
    expect(failed(succeeded(afterFailures(1, 2)), 3, RULES)).toEqual({ state: 'closed', failures: 1 });
    expect(failed(undecided(afterFailures(1, 2)), 3, RULES)).toMatchObject({ state: 'open' });
  });

  it('stays open whatever comes of requests sent before', () => {
    const open = afterFailures(1, 2, 3);
    expect([succeeded(open), failed(open, 50, RULES), undecided(open)]).toEqual([open, open, open]);
  });

  it('is half open after a good probe and stays open twice as long after a bad one, up to a second', () => {
    const open = afterFailures(1, 2, 3);
    expect(probed(open, true, 103, RULES)).toEqual(halfOpen());
    expect(probed(open, false, 103, RULES)).toEqual({ state: 'open', probeAt: 303, openings: 2 });
    const old: Breaker = { state: 'open', probeAt: 0, openings: 40 };
    expect(probed(old, false, 0, RULES)).toMatchObject({ probeAt: 1_000 });
  });

  it('lets one request through when half open, and the next after that one is settled', () => {
    const trial = sent(halfOpen());
    expect([admits(halfOpen()), admits(trial), admits(undecided(trial))]).toEqual([true, false, true]);
    expect(succeeded(trial)).toEqual(CLOSED);
    expect(failed(trial, 0, RULES)).toEqual({ state: 'open', probeAt: 200, openings: 2 });
  });

  it('never lets a request through before a good probe, and never pauses longer than it may', () => {
    const event = fc.constantFrom('send', 'succeed', 'fail', 'undecided', 'good probe', 'bad probe');
    fc.assert(
      fc.property(fc.array(fc.tuple(event, fc.nat(500)), { maxLength: 200 }), (events) => {
        let [breaker, now]: [Breaker, number] = [CLOSED, 0];
        for (const [name, later] of events) {
          now += later;
          const before = breaker;
          if (name === 'send' && admits(breaker)) breaker = sent(breaker);
          if (name === 'succeed') breaker = succeeded(breaker);
          if (name === 'fail') breaker = failed(breaker, now, RULES);
          if (name === 'undecided') breaker = undecided(breaker);
          if (name.endsWith('probe')) breaker = probed(breaker, name === 'good probe', now, RULES);
          if (before.state === 'open' && breaker.state !== 'open') expect(name).toBe('good probe');
          if (breaker.state === 'open' && before !== breaker) {
            expect(breaker.probeAt - now).toBeGreaterThanOrEqual(100);
            expect(breaker.probeAt - now).toBeLessThanOrEqual(1_000);
          }
        }
      }),
    );
  });
});
