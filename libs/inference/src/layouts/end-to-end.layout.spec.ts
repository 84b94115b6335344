import { decodingContext, outputTensor } from '../testing/decoding-context';
import { decodeEndToEnd } from './end-to-end.layout';

const context = decodingContext({ layout: 'end-to-end' });

describe('decodeEndToEnd', () => {
  it('takes corners, score and class as they are', () => {
    const output = outputTensor([[[10, 15, 30, 25, 0.75, 1]]]);
    expect(decodeEndToEnd([output], 0, context)).toEqual([
      { box: { xMin: 10, yMin: 15, xMax: 30, yMax: 25 }, confidence: 0.75, classIndex: 1 },
    ]);
  });

  it('reads the image it is asked for', () => {
    const output = outputTensor([[[1, 1, 2, 2, 0.9, 0]], [[10, 15, 30, 25, 0.75, 1]]]);
    expect(decodeEndToEnd([output], 1, context)).toMatchObject([{ classIndex: 1 }]);
  });

  it.each([
    ['below the threshold', [10, 15, 30, 25, 0.4, 0]],
    ['of an unknown class', [10, 15, 30, 25, 0.9, 2]],
    ['of no class', [10, 15, 30, 25, 0.9, -1]],
    ['with a class that is not a number', [10, 15, 30, 25, 0.9, NaN]],
    ['without area', [30, 15, 10, 25, 0.9, 0]],
  ])('drops a row %s', (_, row) => {
    expect(decodeEndToEnd([outputTensor([[row]])], 0, context)).toEqual([]);
  });

  it('leaves unused rows out even when the threshold is 0', () => {
    const open = decodingContext({ layout: 'end-to-end', thresholds: Float32Array.of(0, 0) });
    expect(decodeEndToEnd([outputTensor([[[0, 0, 5, 5, 0, 0]]])], 0, open)).toEqual([]);
  });
});
