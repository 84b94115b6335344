import fc from 'fast-check';
import { float16Of, float16ToFloat32, numberOfFloat16 } from './float16';

describe('half precision', () => {
  it.each([
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65_504, 0x7bff],
    [2 ** -24, 0x0001],
    [2 ** -14, 0x0400],
    [1 / 3, 0x3555],
    [Infinity, 0x7c00],
    [1e6, 0x7c00],
  ])('writes %d as %i', (value, bits) => {
    expect(float16Of(value)).toBe(bits);
  });

  it('keeps NaN', () => {
    expect(numberOfFloat16(float16Of(NaN))).toBeNaN();
  });

  it('reads back all 65,536 patterns that are numbers', () => {
    const patterns = Array.from({ length: 0x10000 }, (_, bits) => bits);
    const lost = patterns.filter((bits) => {
      const value = numberOfFloat16(bits);
      return !Number.isNaN(value) && float16Of(value) !== bits;
    });
    expect(lost).toEqual([]);
  });

  it('rounds to the nearest neighbour', () => {
    fc.assert(
      fc.property(fc.double({ min: -65_000, max: 65_000, noNaN: true }), (value) => {
        const bits = float16Of(value);
        const error = Math.abs(numberOfFloat16(bits) - value);
        const neighbours = [bits - 1, bits + 1].filter((other) => (other & 0x7fff) < 0x7c00 && other >= 0);
        for (const other of neighbours)
          expect(error).toBeLessThanOrEqual(Math.abs(numberOfFloat16(other) - value));
      }),
    );
  });

  it('widens arrays', () => {
    expect(float16ToFloat32(Uint16Array.of(0x3c00, 0xc000))).toEqual(Float32Array.of(1, -2));
  });
});
