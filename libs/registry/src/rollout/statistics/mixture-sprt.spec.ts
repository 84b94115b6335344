import fc from 'fast-check';
import { seededRandom } from '../../testing';
import {
  alwaysValidHalfWidth,
  alwaysValidP,
  alwaysValidPOfExcess,
  differenceOf,
  Estimate,
  exactly,
  logMixtureLikelihoodRatio,
  meanEstimate,
  proportionEstimate,
} from './mixture-sprt';

const tauSquared = 1e-3;
const estimate = fc.record({
  value: fc.double({ min: -1, max: 1, noNaN: true }),
  variance: fc.double({ min: 1e-8, max: 1, noNaN: true }),
});

/** The p after every `every` observations of both arms, from the fiftieth on, until it is at most `alpha`. */
function run(
  random: () => number,
  rates: readonly [number, number],
  n: number,
  every = 10,
  alpha = 0.05,
): number {
  const successes = [0, 0];
  let p = 1;
  for (let i = 1; i <= n && p > alpha; i++) {
    for (const arm of [0, 1]) successes[arm] += random() < rates[arm] ? 1 : 0;
    if (i < 50 || i % every > 0) continue;
    p = alwaysValidP(
      p,
      differenceOf(proportionEstimate(successes[0], i), proportionEstimate(successes[1], i)),
      tauSquared,
    );
  }
  return p;
}

function alarms(seed: number, rates: readonly [number, number], n: number): number {
  const random = seededRandom(seed);
  return Array.from({ length: 1_000 }, () => run(random, rates, n)).filter((p) => p <= 0.05).length;
}

describe('the mixture sequential probability ratio test', () => {
  it('has for 0.90 against 0.93 of 1000 each, τ² = 0.001: Λ 4.51697, p 0.221387', () => {
    const difference = differenceOf(proportionEstimate(900, 1_000), proportionEstimate(930, 1_000));
    expect(Math.exp(logMixtureLikelihoodRatio(difference, tauSquared))).toBeCloseTo(4.51697, 5);
    expect(alwaysValidP(1, difference, tauSquared)).toBeCloseTo(0.221387, 6);
  });

  it.each([
    [0.9, 11, 16],
    [0.5, 12, 13],
    [0.02, 13, 12],
  ])(
    'looked at every 10 of 2000 while both arms are at %d (seed %i), raises %i false alarms in 1000 runs; α = 5 %% allows 50',
    (rate, seed, expected) => {
      const count = alarms(seed, [rate, rate], 2_000);
      expect(count).toBeLessThanOrEqual(50);
      expect(count).toBe(expected);
    },
  );

  it('finds a fall from 0.95 to 0.85 within 2000 of each in all of 1000 runs', () => {
    expect(alarms(14, [0.95, 0.85], 2_000)).toBe(1_000);
  });

  it('never raises p again', () => {
    fc.assert(
      fc.property(fc.array(estimate), (looks) => {
        let p = 1;
        for (const look of looks) {
          const next = alwaysValidP(p, look, tauSquared);
          expect(next).toBeLessThanOrEqual(p);
          expect(next).toBeGreaterThanOrEqual(0);
          p = next;
        }
      }),
    );
  });

  it('takes no improvement for harm', () => {
    const better: Estimate = { value: -0.5, variance: 1e-4 };
    expect(alwaysValidP(1, better, tauSquared)).toBeLessThan(1e-9);
    expect(alwaysValidPOfExcess(1, better, tauSquared)).toBe(1);
  });

  it('is symmetric, and the more certain the larger the difference', () => {
    fc.assert(
      fc.property(estimate, fc.double({ min: 1, max: 3, noNaN: true }), ({ value, variance }, times) => {
        const at = (difference: number) =>
          logMixtureLikelihoodRatio({ value: difference, variance }, tauSquared);
        expect(at(-value)).toBe(at(value));
        expect(at(times * value)).toBeGreaterThanOrEqual(at(value));
      }),
    );
  });

  it('rejects exactly the differences outside its confidence sequence', () => {
    fc.assert(
      fc.property(estimate, ({ variance }) => {
        const halfWidth = alwaysValidHalfWidth(variance, tauSquared, 0.05);
        expect(Math.exp(-logMixtureLikelihoodRatio({ value: halfWidth, variance }, tauSquared))).toBeCloseTo(
          0.05,
          6,
        );
      }),
    );
  });
});

describe('estimates', () => {
  it('never claim to be certain, whatever the outcomes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), fc.nat(), (count, some) => {
        const successes = some % (count + 1);
        expect(proportionEstimate(successes, count).variance).toBeGreaterThan(0);
        expect(meanEstimate({ count, sum: successes, sumOfSquares: successes }).variance).toBeGreaterThan(0);
      }),
    );
  });

  it('have the variance of the mean', () => {
    // 0, 0.5, 1, 1: mean 0.625, sample variance 0.229167.
    const { value, variance } = meanEstimate({ count: 4, sum: 2.5, sumOfSquares: 2.25 });
    expect([value, variance]).toEqual([0.625, expect.closeTo(0.229167 / 4, 6)]);
    expect(exactly(3)).toEqual({ value: 3, variance: 0 });
  });
});
