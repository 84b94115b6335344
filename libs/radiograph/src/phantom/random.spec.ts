import fc from 'fast-check';
import { Random } from './random';

describe('Random', () => {
  it('repeats itself for the same seed and differs for neighbours', () => {
    const draw = (seed: number): number[] =>
      Array.from({ length: 8 }, () => 0).map(
        (
          (r) => () =>
            r.bits()
        )(new Random(seed)),
      );
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        expect(draw(seed)).toEqual(draw(seed));
        expect(draw(seed)).not.toEqual(draw(seed + 1));
      }),
    );
  });

  it('fills [0, 1) evenly: chi-squared over 20 bins stays below the 0.1 % limit', () => {
    for (const seed of [0, 1, 42, -7]) {
      const random = new Random(seed);
      const bins = new Array<number>(20).fill(0);
      const draws = 40_000;
      for (let i = 0; i < draws; i++) bins[Math.floor(random.unit() * 20)]! += 1;
      const expected = draws / 20;
      const chiSquared = bins.reduce((sum, seen) => sum + (seen - expected) ** 2 / expected, 0);
      expect(chiSquared).toBeLessThan(43.82);
    }
  });

  it('gives first numbers that are even across seeds, not only within one', () => {
    const mean =
      Array.from({ length: 4000 }, (_, seed) => new Random(seed).unit()).reduce((a, b) => a + b) / 4000;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.02);
  });

  it('keeps integers, choices and shuffles within what was asked for', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: -50, max: 50 }), fc.nat(50), (seed, low, span) => {
        const random = new Random(seed);
        const value = random.integer(low, low + span);
        expect(value).toBeGreaterThanOrEqual(low);
        expect(value).toBeLessThanOrEqual(low + span);
        expect([1, 2, 3]).toContain(random.pick([1, 2, 3]));
        expect(random.shuffle([1, 2, 3, 4]).sort()).toEqual([1, 2, 3, 4]);
        expect(Math.abs(random.bell())).toBeLessThanOrEqual(3 * Math.SQRT2);
      }),
    );
  });

  it('has a bell of mean 0 and deviation 1', () => {
    const random = new Random(3);
    const values = Array.from({ length: 20_000 }, () => random.bell());
    const mean = values.reduce((a, b) => a + b) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(mean).toBeCloseTo(0, 1);
    expect(variance).toBeCloseTo(1, 1);
  });
});
