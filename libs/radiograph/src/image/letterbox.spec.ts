import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { boxToSource, boxToTarget, fitLetterbox, letterbox } from './letterbox';

/** Computed once with OpenCV; the sources are made by the formula below. */
const FIXTURE = JSON.parse(readFileSync(join(__dirname, 'letterbox.fixture.json'), 'utf8')) as {
  cases: { source: [number, number]; target: [number, number]; pad: [number, number]; pixels: number[] }[];
};

function noise(width: number, height: number): { width: number; height: number; pixels: Uint8Array } {
  const pixels = Uint8Array.from(
    { length: width * height },
    (_, i) => ((i * 2654435761 + 12345) % 4294967296) / 16777216,
  );
  return { width, height, pixels };
}

describe('letterbox', () => {
  it.each(FIXTURE.cases.map((c) => [c.source.join('×'), c.target.join('×'), c] as const))(
    'equals OpenCV within one grey level, %s into %s',
    (_source, _target, { source, target, pad, pixels }) => {
      const into = new Uint8Array(target[0] * target[1]);
      const transform = letterbox(noise(...source), target[0], target[1], into);
      expect([transform.padLeft, transform.padTop]).toEqual(pad);
      const differences = pixels.map((expected, i) => Math.abs(expected - into[i]));
      expect(Math.max(...differences)).toBeLessThanOrEqual(1);
    },
  );

  it('leaves an image of the target size as it is', () => {
    const image = noise(12, 9);
    const into = new Uint8Array(12 * 9);
    letterbox(image, 12, 9, into);
    expect(into).toEqual(image.pixels);
  });

  it('keeps one row of an image that is far too wide, and refuses a small buffer', () => {
    const into = new Uint8Array(64);
    expect(letterbox(noise(1000, 1), 8, 8, into)).toMatchObject({ contentWidth: 8, contentHeight: 1 });
    expect(() => letterbox(noise(4, 4), 9, 9, into)).toThrow(RangeError);
  });

  it('carries boxes to the target and back', () => {
    const side = fc.integer({ min: 16, max: 4000 });
    const fraction = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(side, side, fraction, fraction, (width, height, a, b) => {
        const transform = fitLetterbox({ width, height }, 640, 640);
        const box = { xMin: 0, yMin: (height * a) / 2, xMax: width * b, yMax: height };
        const back = boxToSource(boxToTarget(box, transform), transform);
        for (const edge of ['xMin', 'yMin', 'xMax', 'yMax'] as const)
          expect(back[edge]).toBeCloseTo(box[edge], 6);
      }),
    );
  });

  it('clamps a box that reaches into the padding', () => {
    const transform = fitLetterbox({ width: 100, height: 50 }, 64, 64);
    expect(boxToSource({ xMin: -5, yMin: 0, xMax: 70, yMax: 64 }, transform)).toEqual({
      xMin: 0,
      yMin: 0,
      xMax: 100,
      yMax: 50,
    });
  });
});
