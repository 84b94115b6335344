import fc from 'fast-check';
import { Box, boxArea, clampBox, denormaliseBox, intersectionOverUnion, normaliseBox } from './box';

const box = (overrides: Partial<Box> = {}): Box => ({ xMin: 0, yMin: 0, xMax: 10, yMax: 10, ...overrides });

const anyBox = fc
  .tuple(...(['x', 'y', 'w', 'h'] as const).map(() => fc.double({ min: 0, max: 1000, noNaN: true })))
  .map(([x, y, w, h]): Box => ({ xMin: x, yMin: y, xMax: x + w, yMax: y + h }));

describe('intersectionOverUnion', () => {
  it('is the shared area over the covered area', () => {
    expect(intersectionOverUnion(box(), box({ xMin: 5, xMax: 15 }))).toBeCloseTo(1 / 3, 12);
  });

  it('is 0 for boxes that only touch', () => {
    expect(intersectionOverUnion(box(), box({ xMin: 10, xMax: 20 }))).toBe(0);
  });

  it('is symmetric, within 0..1, and 1 for a box with itself', () => {
    fc.assert(
      fc.property(anyBox, anyBox, (a, b) => {
        const overlap = intersectionOverUnion(a, b);
        expect(overlap).toBe(intersectionOverUnion(b, a));
        expect(overlap).toBeGreaterThanOrEqual(0);
        expect(overlap).toBeLessThanOrEqual(1 + 1e-9);
        if (boxArea(a) > 0) expect(intersectionOverUnion(a, a)).toBeCloseTo(1, 9);
      }),
    );
  });
});

describe('clampBox', () => {
  it('keeps only what lies on the image', () => {
    expect(clampBox(box({ xMin: -5, yMax: 50 }), 8, 20)).toEqual({ xMin: 0, yMin: 0, xMax: 8, yMax: 20 });
  });
});

describe('normaliseBox', () => {
  it('is undone by denormaliseBox', () => {
    fc.assert(
      fc.property(anyBox, fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 5000 }), (a, w, h) => {
        const back = denormaliseBox(normaliseBox(a, w, h), w, h);
        expect(back.xMin).toBeCloseTo(a.xMin, 6);
        expect(back.yMax).toBeCloseTo(a.yMax, 6);
      }),
    );
  });
});
