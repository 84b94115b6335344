import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SampledImage } from './sampled-image';
import { boxToSource, boxToTarget, fitLetterbox, letterbox, LETTERBOX_PAD_VALUE } from './letterbox';

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

/** The definition, pixel by pixel. */
function plainLetterbox(image: ReturnType<typeof noise>, across: number, down: number): Uint8Array {
  const { contentWidth, contentHeight, padLeft, padTop } = fitLetterbox(image, across, down);
  const into = new Uint8Array(across * down).fill(LETTERBOX_PAD_VALUE);
  const along = (i: number, source: number, target: number) => {
    const position = Math.min(Math.max(((i + 0.5) * source) / target - 0.5, 0), source - 1);
    const first = Math.floor(position);
    return { first, second: Math.min(first + 1, source - 1), weight: Math.round((position - first) * 2048) };
  };
  for (let y = 0; y < contentHeight; y++) {
    const row = along(y, image.height, contentHeight);
    for (let x = 0; x < contentWidth; x++) {
      const column = along(x, image.width, contentWidth);
      const between = (start: number) =>
        image.pixels[start + column.first] * (2048 - column.weight) +
        image.pixels[start + column.second] * column.weight;
      const level =
        between(row.first * image.width) * (2048 - row.weight) +
        between(row.second * image.width) * row.weight;
      into[(padTop + y) * across + padLeft + x] = Math.floor((level + 2 ** 21) / 2 ** 22);
    }
  }
  return into;
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

  it('looks up grey levels as if the whole image had been rendered before', () => {
    const side = fc.integer({ min: 1, max: 60 });
    const target = fc.integer({ min: 1, max: 40 });
    const bits = fc.integer({ min: 1, max: 16 });
    fc.assert(
      fc.property(
        side,
        side,
        target,
        target,
        bits,
        fc.nat(8),
        (width, height, across, down, stored, spare) => {
          const shift = Math.min(spare, 16 - stored);
          const mask = 2 ** stored - 1;
          const samples = Uint16Array.from({ length: width * height }, (_, i) => (i * 40503 + 7) % 65536);
          const table = Uint8Array.from({ length: mask + 1 }, (_, code) => (code * 31 + 5) % 256);
          const pixels = Uint8Array.from(samples, (sample) => table[(sample >> shift) & mask]);
          const [lookedUp, rendered] = [new Uint8Array(across * down), new Uint8Array(across * down)];
          letterbox(new SampledImage(width, height, samples, { table, shift, mask }), across, down, lookedUp);
          letterbox({ width, height, pixels }, across, down, rendered);
          expect(lookedUp).toEqual(rendered);
        },
      ),
    );
  });

  it('weighs as written: bilinear, in 11 bits an axis, edges repeated', () => {
    const side = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(side, side, side, side, (width, height, across, down) => {
        const image = noise(width, height);
        const into = new Uint8Array(across * down);
        expect(letterbox(image, across, down, into)).toEqual(fitLetterbox(image, across, down));
        expect(into).toEqual(plainLetterbox(image, across, down));
      }),
    );
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
