import fc from 'fast-check';
import { percentile, percentileInterval } from './percentile';
import { seededRandom } from './random';
import { drawResample } from './resample';

const seed = '0123456789abcdef0123456789abcdef';

describe('seededRandom', () => {
  it('gives equal numbers for equal seeds, and others for a seed that differs in one bit', () => {
    const draw = (from: string) => Array.from({ length: 5 }, seededRandom(from));
    expect(draw(seed)).toEqual(draw(seed));
    expect(draw(seed)).not.toEqual(draw(seed.replace('0', '1')));
  });

  it('is uniform enough: each of ten bins within 5 % of its share of 100,000', () => {
    const random = seededRandom(seed);
    const bins = new Array<number>(10).fill(0);
    for (let draw = 0; draw < 100_000; draw++) bins[Math.floor(random() * 10)]++;
    for (const count of bins) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });
});

describe('drawResample', () => {
  it('draws as many units as there are, and the images of one patient together', () => {
    const unitOfImage = fc
      .array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 20 })
      .map((patients) => {
        const known = [...new Set(patients)];
        return Int32Array.from(patients, (patient) => known.indexOf(patient));
      });
    fc.assert(
      fc.property(unitOfImage, (units) => {
        const count = new Set(units).size;
        const weights = new Int32Array(units.length);
        drawResample({ unitOfImage: units, count }, seededRandom(seed), weights);
        const drawn = new Map<number, number>();
        units.forEach((unit, image) => {
          expect(weights[image]).toBe(drawn.get(unit) ?? weights[image]);
          drawn.set(unit, weights[image]);
        });
        expect([...drawn.values()].reduce((sum, times) => sum + times, 0)).toBe(count);
      }),
    );
  });
});

describe('percentileInterval', () => {
  it('interpolates between neighbours', () => {
    expect(percentile(Float64Array.of(0, 10), 0.25)).toBe(2.5);
    const hundred = Float64Array.from({ length: 101 }, (_, index) => 100 - index);
    expect(percentileInterval(hundred, 0.9)!.low).toBeCloseTo(5, 12);
    expect(percentileInterval(hundred, 0.9)!.high).toBeCloseTo(95, 12);
  });

  it('does not exist where too many resamples have no figure', () => {
    expect(percentileInterval(Float64Array.of(1, NaN), 0.95)).toBeNull();
    expect(percentileInterval(new Float64Array(0), 0.95)).toBeNull();
  });

  it('covers the mean of fair coins 95 times in 100, as it says', () => {
    const random = seededRandom(seed);
    let covered = 0;
    for (let trial = 0; trial < 200; trial++) {
      const flips = Array.from({ length: 50 }, () => Number(random() < 0.5));
      const units = { unitOfImage: Int32Array.from(flips, (_, index) => index), count: 50 };
      const weights = new Int32Array(50);
      const means = Float64Array.from({ length: 400 }, () => {
        drawResample(units, random, weights);
        return flips.reduce((sum, flip, index) => sum + flip * weights[index], 0) / 50;
      });
      const { low, high } = percentileInterval(means, 0.95)!;
      if (low <= 0.5 && 0.5 <= high) covered++;
    }
    expect(covered / 200).toBeGreaterThan(0.9);
    expect(covered / 200).toBeLessThan(0.99);
  });
});
