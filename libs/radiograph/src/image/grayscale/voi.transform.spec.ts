import fc from 'fast-check';
import { applyVoi, applyWindow } from './voi.transform';

describe('windows, against the examples and formulas of PS3.3 C.11.2.1.2 and C.11.2.1.3', () => {
  // "Center 2048, Width 4096": 0 becomes black and 4095 white.
  it.each([
    ['LINEAR', 2048, 4096, 0, 0],
    ['LINEAR', 2048, 4096, 4095, 1],
    ['LINEAR', 2048, 1, 2047, 0],
    ['LINEAR', 2048, 1, 2048, 1],
    ['LINEAR', 0, 100, -50, 0],
    ['LINEAR', 0, 100, 49, 1],
    ['LINEAR_EXACT', 2048, 4096, 0, 0],
    ['LINEAR_EXACT', 2048, 4096, 2048, 0.5],
    ['LINEAR_EXACT', 2048, 4096, 4096, 1],
    ['LINEAR_EXACT', 0, 0.5, 0.125, 0.75],
    ['SIGMOID', 100, 50, 100, 0.5],
    ['SIGMOID', 100, 50, 125, 1 / (1 + Math.exp(-2))],
  ] as const)('%s, center %f, width %f: %f becomes %f', (shape, center, width, value, expected) => {
    expect(applyWindow(shape, value, center, width)).toBeCloseTo(expected, 12);
  });

  it('is monotone and stays between black and white', () => {
    const shape = fc.constantFrom('LINEAR' as const, 'LINEAR_EXACT' as const, 'SIGMOID' as const);
    const value = fc.integer({ min: -70_000, max: 70_000 });
    fc.assert(
      fc.property(
        shape,
        value,
        value,
        value,
        fc.integer({ min: 1, max: 70_000 }),
        (name, a, b, center, width) => {
          const [low, high] = [
            applyWindow(name, Math.min(a, b), center, width),
            applyWindow(name, Math.max(a, b), center, width),
          ];
          expect(low).toBeLessThanOrEqual(high);
          expect(low).toBeGreaterThanOrEqual(0);
          expect(high).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  it('shows a flat image black', () => {
    expect(applyVoi({ kind: 'range', low: 7, high: 7 }, 7)).toBe(0);
  });
});
