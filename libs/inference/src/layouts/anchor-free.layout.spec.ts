import { decodingContext, outputTensor } from '../testing/decoding-context';
import { decodeAnchorFree } from './anchor-free.layout';

/** Rows are centre x, centre y, width, height, class 0, class 1; columns are anchors. */
const image = (...anchors: number[][]): number[][] =>
  [0, 1, 2, 3, 4, 5].map((row) => anchors.map((anchor) => anchor[row]!));
const BOX = { xMin: 10, yMin: 15, xMax: 30, yMax: 25 };

describe('decodeAnchorFree', () => {
  it('turns centre and size into a box, with its best class', () => {
    const output = outputTensor([image([20, 20, 20, 10, 0.625, 0.75])]);
    expect(decodeAnchorFree([output], 0, decodingContext())).toEqual([
      { box: BOX, confidence: 0.75, classIndex: 1 },
    ]);
  });

  it('reads the image it is asked for', () => {
    const output = outputTensor([image([1, 1, 2, 2, 0.9, 0]), image([20, 20, 20, 10, 0.75, 0])]);
    expect(decodeAnchorFree([output], 1, decodingContext())).toEqual([
      { box: BOX, confidence: 0.75, classIndex: 0 },
    ]);
  });

  it('prefers a class that reaches its own threshold to a stronger one that does not', () => {
    const output = outputTensor([image([20, 20, 20, 10, 0.625, 0.25])]);
    const context = decodingContext({ thresholds: Float32Array.of(0.7, 0.2) });
    expect(decodeAnchorFree([output], 0, context)).toMatchObject([{ classIndex: 1, confidence: 0.25 }]);
  });

  it('names the first of equally likely classes', () => {
    const output = outputTensor([image([20, 20, 20, 10, 0.75, 0.75])]);
    expect(decodeAnchorFree([output], 0, decodingContext())).toMatchObject([{ classIndex: 0 }]);
  });

  it('keeps a score equal to the threshold', () => {
    const output = outputTensor([image([20, 20, 20, 10, 0.5, 0])]);
    expect(decodeAnchorFree([output], 0, decodingContext())).toHaveLength(1);
  });

  it.each([
    ['below the threshold', [20, 20, 20, 10, 0.49, 0.49]],
    ['not a number', [20, 20, 20, 10, NaN, NaN]],
    ['without area', [20, 20, 0, 10, 0.9, 0]],
    ['inside out', [20, 20, -5, 10, 0.9, 0]],
    ['without end', [20, 20, Infinity, 10, 0.9, 0]],
    ['nowhere', [NaN, 20, 20, 10, 0.9, 0]],
  ])('drops a location %s', (_, anchor) => {
    expect(decodeAnchorFree([outputTensor([image(anchor)])], 0, decodingContext())).toEqual([]);
  });
});
