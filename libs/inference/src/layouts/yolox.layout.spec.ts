import { decodingContext, outputTensor } from '../testing/decoding-context';
import { decodeYolox } from './yolox.layout';

const NOTHING = [0, 0, 0, 0, 0, 0, 0];
const pixels = decodingContext({ layout: 'yolox' });
const grid = decodingContext({ layout: 'yolox', boxEncoding: 'grid' });

describe('decodeYolox', () => {
  it('multiplies objectness and class score', () => {
    const output = outputTensor([[[20, 20, 20, 10, 0.75, 0.25, 1]]]);
    expect(decodeYolox([output], 0, pixels)).toEqual([
      { box: { xMin: 10, yMin: 15, xMax: 30, yMax: 25 }, confidence: 0.75, classIndex: 1 },
    ]);
  });

  it.each([
    ['the product is below the threshold', [20, 20, 20, 10, 0.7, 0.7, 0]],
    ['objectness alone is below it', [20, 20, 20, 10, 0.4, 1, 1]],
    ['objectness is not a number', [20, 20, 20, 10, NaN, 1, 1]],
    ['the box has no area', [20, 20, 0, 0, 1, 1, 1]],
  ])('drops a row when %s', (_, row) => {
    expect(decodeYolox([outputTensor([[row]])], 0, pixels)).toEqual([]);
  });

  // A 64 × 64 input has 8 × 8 cells of stride 8, then 4 × 4 of stride 16, then 2 × 2 of stride 32.
  it.each([
    [0, 8, 0, 0],
    [9, 8, 1, 1],
    [64, 16, 0, 0],
    [64 + 6, 16, 2, 1],
    [64 + 16 + 3, 32, 1, 1],
  ])('places cell %i of the grid at stride %i, column %i, line %i', (cell, stride, column, line) => {
    const rows = Array.from({ length: 84 }, (_, index) =>
      index === cell ? [0.5, 0.25, 0, Math.log(2), 1, 1, 0] : NOTHING,
    );
    const [candidate] = decodeYolox([outputTensor([rows])], 0, grid);
    const centre = { x: (column + 0.5) * stride, y: (line + 0.25) * stride };
    expect(candidate!.box.xMin).toBeCloseTo(centre.x - stride / 2, 4);
    expect(candidate!.box.xMax).toBeCloseTo(centre.x + stride / 2, 4);
    expect(candidate!.box.yMin).toBeCloseTo(centre.y - stride, 4);
    expect(candidate!.box.yMax).toBeCloseTo(centre.y + stride, 4);
  });

  it('drops cells beyond the grid', () => {
    const rows = Array.from({ length: 85 }, (_, index) => (index === 84 ? [0, 0, 0, 0, 1, 1, 0] : NOTHING));
    expect(decodeYolox([outputTensor([rows])], 0, grid)).toEqual([]);
  });
});
