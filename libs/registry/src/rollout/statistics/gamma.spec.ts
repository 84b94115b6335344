import fc from 'fast-check';
import { chiSquareTail, logGamma, regularisedUpperGamma } from './gamma';

const positive = fc.double({ min: 0.01, max: 500, noNaN: true });

describe('logGamma', () => {
  it.each([
    [1, 0],
    [2, 0],
    [0.5, Math.log(Math.PI) / 2],
    [5, Math.log(24)],
    [11, Math.log(3_628_800)],
  ])('of %d is %d', (x, expected) => expect(logGamma(x)).toBeCloseTo(expected, 12));

  it('follows Γ(x + 1) = xΓ(x)', () => {
    fc.assert(
      fc.property(positive, (x) => expect(logGamma(x + 1) - logGamma(x)).toBeCloseTo(Math.log(x), 9)),
    );
  });
});

describe('regularisedUpperGamma', () => {
  it('is e^−x for a = 1', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 600, noNaN: true }), (x) =>
        expect(Math.abs(regularisedUpperGamma(1, x) / Math.exp(-x) - 1)).toBeLessThan(1e-10),
      ),
    );
  });

  it('follows Q(a + 1, x) = Q(a, x) + xᵃe⁻ˣ/Γ(a + 1), through series and fraction alike', () => {
    fc.assert(
      fc.property(positive, positive, (a, x) => {
        const step = Math.exp(a * Math.log(x) - x - logGamma(a + 1));
        expect(regularisedUpperGamma(a + 1, x)).toBeCloseTo(regularisedUpperGamma(a, x) + step, 10);
      }),
    );
  });

  it('falls from 1 to 0', () => {
    fc.assert(
      fc.property(positive, positive, positive, (a, x, more) => {
        const [here, further] = [regularisedUpperGamma(a, x), regularisedUpperGamma(a, x + more)];
        expect(here).toBeLessThanOrEqual(1);
        expect(further).toBeGreaterThanOrEqual(0);
        expect(further).toBeLessThanOrEqual(here + 1e-12);
      }),
    );
    expect([regularisedUpperGamma(3, 0), regularisedUpperGamma(3, Infinity)]).toEqual([1, 0]);
  });
});

describe('chiSquareTail', () => {
  it('of 9.6541353 with two degrees of freedom is 0.0080100', () => {
    expect(chiSquareTail(9.6541353, 2)).toBeCloseTo(0.00801, 7);
  });
});
