import { OutputTensor } from '../model-runner';
import { decodingContext } from '../testing/decoding-context';
import { decodeCutHead, expandCutHead, isCutHead } from './cut-head.layout';

const BINS = 4;
const LOW = -100;

/** One level of 64 / side strides, one image, two classes; a certain distance is one high bin a side. */
function level(
  side: number,
  cells: readonly { at: number; distances: number[]; logits: number[] }[],
): OutputTensor[] {
  const size = side * side;
  const boxes = new Float32Array(4 * BINS * size);
  const classes = new Float32Array(2 * size).fill(LOW);
  for (const { at, distances, logits } of cells) {
    distances.forEach((distance, edge) => (boxes[(edge * BINS + distance) * size + at] = 100));
    logits.forEach((logit, classIndex) => (classes[classIndex * size + at] = logit));
  }
  return [
    { name: 'boxes', dims: [1, 4 * BINS, side, side], data: boxes },
    { name: 'classes', dims: [1, 2, side, side], data: classes },
  ];
}

describe('decodeCutHead', () => {
  it('measures distances from the middle of the cell, in strides', () => {
    const outputs = level(8, [{ at: 9, distances: [1, 0, 2, 3], logits: [LOW, 0] }]);
    expect(decodeCutHead(outputs, 0, decodingContext())).toEqual([
      { box: { xMin: 4, yMin: 12, xMax: 28, yMax: 36 }, confidence: 0.5, classIndex: 1 },
    ]);
  });

  it('takes the mean of a distribution', () => {
    const outputs = level(8, [{ at: 0, distances: [], logits: [2, LOW] }]);
    const [found] = decodeCutHead(outputs, 0, decodingContext());
    expect(found!.box).toEqual({ xMin: -8, yMin: -8, xMax: 16, yMax: 16 });
  });

  it('lists finer levels first, cells row by row', () => {
    const [near, far] = [
      { at: 0, distances: [1, 1, 1, 1], logits: [1, LOW] },
      { at: 3, distances: [1, 1, 1, 1], logits: [LOW, 2] },
    ];
    const outputs = [...level(4, [far, near]), ...level(2, [far])];
    const found = decodeCutHead(outputs, 0, decodingContext());
    expect(found.map(({ box }) => box.xMin)).toEqual([-8, 40, 16]);
  });

  const one = (logits: number[]): OutputTensor[] => level(8, [{ at: 0, distances: [1, 1, 1, 1], logits }]);

  it.each([
    ['keeps a score equal to the threshold', [0, LOW], [0.5, 0.5], [0]],
    ['drops a score just below', [-1e-6, LOW], [0.5, 0.5], []],
    ['prefers a class that reaches its own threshold', [1, -1], [0.75, 0.25], [1]],
    ['names the first of two certain classes', [50, 60], [0.5, 0.5], [0]],
    ['names the first of equal classes', [1, 1], [0.5, 0.5], [0]],
    ['takes everything at a threshold of 0', [LOW, LOW], [0, 1], [0]],
    ['takes only certainty at a threshold of 1', [30, 3], [1, 1], [0]],
    ['drops what is no number', [NaN, NaN], [0, 0], []],
  ])('%s', (_, logits, thresholds, classes) => {
    const context = decodingContext({ thresholds: Float32Array.from(thresholds) });
    const found = decodeCutHead(one(logits), 0, context).filter(({ box }) => box.xMin === -4);
    expect(found.map(({ classIndex }) => classIndex)).toEqual(classes);
  });

  it('drops boxes without area or that are not finite', () => {
    expect(
      decodeCutHead(level(8, [{ at: 0, distances: [0, 0, 0, 0], logits: [9, 9] }]), 0, decodingContext()),
    ).toEqual([]);
    const endless = one([9, 9]);
    endless[0]!.data[0] = NaN;
    expect(decodeCutHead(endless, 0, decodingContext())).toEqual([]);
  });
});

describe('expandCutHead', () => {
  it('gives every anchor the columns of the whole graph', () => {
    const outputs = level(2, [{ at: 3, distances: [1, 1, 1, 1], logits: [0, LOW] }]);
    const { dims, data } = expandCutHead(outputs, { inputWidth: 64, inputHeight: 64 });
    expect(dims).toEqual([1, 6, 4]);
    expect([0, 1, 2, 3, 4].map((row) => data[row * 4 + 3])).toEqual([48, 48, 64, 64, 0.5]);
  });
});

describe('isCutHead', () => {
  it('tells pairs of maps from other outputs', () => {
    const dims = (...all: number[][]) => all.map((one) => ({ dims: one }));
    expect(isCutHead(dims([1, 64, 8, 8], [1, 3, 8, 8]))).toBe(true);
    expect(isCutHead(dims([1, 7, 84]))).toBe(false);
    expect(isCutHead(dims([1, 64, 8, 8], [1, 3, 4, 4]))).toBe(false);
    expect(isCutHead(dims([1, 64, 8, 8], [1, 3, 8, 8], [1, 64, 4, 4]))).toBe(false);
    expect(isCutHead(dims([1, 20, 3], [1, 20, 4]))).toBe(false);
  });
});
