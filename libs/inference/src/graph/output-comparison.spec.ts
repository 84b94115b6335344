import { outputTensor } from '../testing/decoding-context';
import { compareOutputs, isTolerable, larger, TOLERANCE } from './output-comparison';

/** One image with two anchors a list: centre x, y, width, height, one class. */
const image = (...anchors: number[][]): number[][] =>
  [0, 1, 2, 3, 4].map((row) => anchors.map((anchor) => anchor[row]!));

/** Enough anchors that the worst of them do not belong to the best. */
function many(change: (anchors: number[][]) => void): number[][] {
  const anchors = Array.from({ length: 200 }, (_, place) => [8, 8, 4, 4, place / 10_000]);
  change(anchors);
  return image(...anchors);
}

describe('compareOutputs', () => {
  const compare = (stock: number[][], rewritten: number[][], isAnchorFree = true) =>
    compareOutputs([outputTensor([stock])], [outputTensor([rewritten])], isAnchorFree);

  it('finds the largest difference of scores and of boxes', () => {
    const { scores, pixels } = compare(
      image([10, 10, 4, 4, 0.5], [20, 20, 4, 4, 0.25]),
      image([10, 10.25, 4, 4, 0.5], [20, 20, 4, 3.5, 0.375]),
    );
    expect([scores, pixels]).toEqual([0.125, 0.5]);
  });

  it('compares scores of all anchors, but boxes only where they matter', () => {
    const stock = many(() => undefined);
    const worstMoved = many((anchors) => (anchors[0]![0] = 50));
    const bestMoved = many((anchors) => (anchors[199]![0] = 50));
    const worstScored = many((anchors) => (anchors[0]![4] = 0.5));
    expect(compare(stock, worstMoved)).toEqual({ scores: 0, pixels: 0 });
    expect(compare(stock, bestMoved)).toEqual({ scores: 0, pixels: 42 });
    expect(compare(stock, worstScored)).toEqual({ scores: 0.5, pixels: 0 });
  });

  it('compares every box above the relevant score, however many', () => {
    const high = () =>
      many((anchors) => anchors.forEach((anchor, place) => (anchor[4] = 0.06 + place / 1000)));
    const moved = high();
    moved[0]![0] = 9;
    expect(compare(high(), moved).pixels).toBe(1);
  });

  it('compares other layouts number by number, in proportion', () => {
    const one = [[100, 0.5]];
    expect(compare(one, [[101, 0.5]], false)).toEqual({ scores: 0.01, pixels: 0 });
    expect(compare(one, [[100, 0.75]], false)).toEqual({ scores: 0.25, pixels: 0 });
  });

  it('finds no difference between numbers that are none on both sides, and an endless one otherwise', () => {
    const broken = image([NaN, 1, 1, 1, Infinity]);
    expect(compare(broken, broken)).toEqual({ scores: 0, pixels: 0 });
    expect(compare(image([1, 1, 1, 1, 0.5]), image([NaN, 1, 1, 1, NaN]))).toEqual({
      scores: Infinity,
      pixels: Infinity,
    });
  });

  it('holds other shapes to be apart', () => {
    const output = outputTensor([image([1, 1, 1, 1, 1])]);
    expect(isTolerable(compareOutputs([output], [output, output], true))).toBe(false);
    expect(isTolerable(compareOutputs([output], [outputTensor([[[1]]])], true))).toBe(false);
  });
});

describe('isTolerable', () => {
  it('allows exactly the tolerance', () => {
    expect(isTolerable(TOLERANCE)).toBe(true);
    expect(isTolerable({ ...TOLERANCE, scores: 0.0011 })).toBe(false);
    expect(isTolerable({ ...TOLERANCE, pixels: 0.51 })).toBe(false);
    expect(larger({ scores: 1, pixels: 2 }, { scores: 3, pixels: 0 })).toEqual({ scores: 3, pixels: 2 });
  });
});
