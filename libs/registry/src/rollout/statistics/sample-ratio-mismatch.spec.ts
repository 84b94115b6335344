import fc from 'fast-check';
import { seededRandom } from '../../testing';
import { ArmCount, chiSquareOfFit, sampleRatioOf } from './sample-ratio-mismatch';

const halves = (a: number, b: number): ArmCount[] => [
  { observed: a, expectedShare: 0.5 },
  { observed: b, expectedShare: 0.5 },
];

describe('chiSquareOfFit', () => {
  it('of 16 16 16 16 16 8 against 16 18 16 14 12 12 is 3.1746032, p 0.6730876', () => {
    const { chiSquare, p } = chiSquareOfFit([16, 16, 16, 16, 16, 8], [16, 18, 16, 14, 12, 12]);
    expect(chiSquare).toBeCloseTo(3.1746032, 7);
    expect(p).toBeCloseTo(0.6730876, 7);
  });
});

describe('sampleRatioOf', () => {
  /** The smallest p in `n` assignments looked at every hundred. */
  const smallest = (random: () => number, share: number, n: number): number => {
    let treated = 0;
    let p = 1;
    for (let i = 1; i <= n; i++) {
      treated += random() < share ? 1 : 0;
      if (i % 100 === 0) p = sampleRatioOf(halves(i - treated, treated), p).alwaysValidP;
    }
    return p;
  };

  it('looked at every 100 of 10 000 fair assignments, is at most 0.05 in 17 of 1000 runs; α allows 50', () => {
    const random = seededRandom(21);
    const alarms = Array.from({ length: 1_000 }, () => smallest(random, 0.5, 10_000)).filter(
      (p) => p <= 0.05,
    );
    expect(alarms.length).toBeLessThanOrEqual(50);
    expect(alarms.length).toBe(17);
  });

  it('finds an arm that loses one unit in ten within 20 000, in all of 100 runs', () => {
    const random = seededRandom(22);
    const found = Array.from({ length: 100 }, () => smallest(random, 0.45 / 0.95, 20_000)).filter(
      (p) => p <= 0.001,
    );
    expect(found.length).toBe(100);
  });

  it('knows nothing before the first unit, and keeps the smallest p', () => {
    expect(sampleRatioOf(halves(0, 0), 0.3)).toEqual({ chiSquare: 0, p: 1, alwaysValidP: 0.3 });
    expect(sampleRatioOf(halves(500, 500), 0.3).alwaysValidP).toBe(0.3);
  });

  it('does not care which arm comes first', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.nat(10_000), (a, b) => {
        const [one, other] = [sampleRatioOf(halves(a, b)), sampleRatioOf(halves(b, a))];
        expect(one.chiSquare).toBeCloseTo(other.chiSquare, 9);
        expect(one.alwaysValidP).toBeCloseTo(other.alwaysValidP, 9);
      }),
    );
  });
});
