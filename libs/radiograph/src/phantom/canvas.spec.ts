import fc from 'fast-check';
import { add, blur, clip, erase, fillPolygon, plane, sample, strokePath, unite, type Region } from './canvas';
import { ellipse } from './curve';

const SIZE = { width: 80, height: 60 };
const sum = (region: Region): number => region.data.reduce((a, b) => a + b, 0);
const filled = (value: number): Region => {
  const region = plane(SIZE);
  region.data.fill(value);
  return region;
};

describe('canvas', () => {
  it('fills a polygon with exactly its area, wherever its corners fall between pixels', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 20, max: 60, noNaN: true }),
        fc.double({ min: 20, max: 40, noNaN: true }),
        fc.double({ min: 3, max: 15, noNaN: true }),
        (x, y, radius) => {
          const region = fillPolygon(SIZE, ellipse({ x, y }, radius, radius));
          expect(Math.abs(sum(region) / (Math.PI * radius * radius) - 1)).toBeLessThan(0.05);
        },
      ),
    );
  });

  it('keeps coverage within 0..1 and windows within the image, even for shapes far outside', () => {
    const far = fc.double({ min: -500, max: 500, noNaN: true });
    fc.assert(
      fc.property(
        far,
        far,
        fc.double({ min: 0, max: 200, noNaN: true }),
        fc.integer({ min: 0, max: 6 }),
        (x, y, radius, softness) => {
          const region = fillPolygon(SIZE, ellipse({ x, y }, radius, radius / 2), softness);
          expect(region.left + region.width).toBeLessThanOrEqual(Math.max(SIZE.width, region.left));
          expect(region.top + region.height).toBeLessThanOrEqual(Math.max(SIZE.height, region.top));
          expect(region.data.every((value) => value >= -1e-5 && value <= 1 + 1e-5)).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('blurs without making or losing anything away from the border, and leaves flat areas flat', () => {
    const dot = plane(SIZE);
    dot.data[30 * SIZE.width + 40] = 1;
    blur(dot, 4);
    expect(sum(dot)).toBeCloseTo(1, 4);
    expect(sample(dot, 44, 30)).toBeCloseTo(sample(dot, 36, 30), 5);
    expect(sample(dot, 40, 34)).toBeCloseTo(sample(dot, 44, 30), 5);

    const flat = filled(0.5);
    blur(flat, 5);
    expect(flat.data.every((value) => Math.abs(value - 0.5) < 1e-4)).toBe(true);
  });

  it('strokes a line as wide as asked and hollows it when asked', () => {
    const line = [
      { x: 10, y: 30 },
      { x: 70, y: 30 },
    ];
    const solid = strokePath(SIZE, line, { radius: 5 });
    expect(sample(solid, 40, 30)).toBe(1);
    expect(sample(solid, 40, 33)).toBe(1);
    expect(sample(solid, 40, 37)).toBe(0);
    const hollow = strokePath(SIZE, line, { radius: 5, hollow: 0.5 });
    expect(sample(hollow, 40, 30)).toBeLessThan(sample(hollow, 40, 33));
  });

  it('adds, unites, erases and clips only where two regions overlap', () => {
    const square = fillPolygon(SIZE, [
      { x: 10, y: 10 },
      { x: 20, y: 10 },
      { x: 20, y: 20 },
      { x: 10, y: 20 },
    ]);
    const added = filled(1);
    add(added, square, 0.5);
    const united = filled(0.25);
    unite(united, square);
    const erased = filled(1);
    erase(erased, square, 0.5);
    expect([added, united, erased].map((region) => sample(region, 15, 15))).toEqual([1.5, 1, 0.5]);
    expect([added, united, erased].map((region) => sample(region, 40, 40))).toEqual([1, 0.25, 1]);
    expect(sum(clip(square, filled(0)))).toBe(0);
    expect(sample(added, -1, 500)).toBe(0);
  });
});
