import { decodingContext, outputTensor } from '../testing/decoding-context';
import { decodeDetr } from './detr.layout';

const BOXES = outputTensor([[[0.5, 0.5, 0.25, 0.125]]], 'pred_boxes');
const BOX = { xMin: 24, yMin: 28, xMax: 40, yMax: 36 };
const logits = (...row: number[]) => outputTensor([[row]], 'logits');
const sigmoid = decodingContext({ layout: 'detr-sigmoid' });
const softmax = decodingContext({ layout: 'detr-softmax' });

describe('decodeDetr', () => {
  it('scales boxes to the input and takes the sigmoid of each logit', () => {
    const [candidate] = decodeDetr([logits(Math.log(3), -5), BOXES], 0, sigmoid);
    expect(candidate).toMatchObject({ box: BOX, classIndex: 0 });
    expect(candidate!.confidence).toBeCloseTo(0.75, 6);
  });

  it('lets the last logit of the softmax variant speak for "no object"', () => {
    expect(decodeDetr([logits(0, 1, 9), BOXES], 0, softmax)).toEqual([]);
    const [candidate] = decodeDetr([logits(0, 9, 1), BOXES], 0, softmax);
    expect(candidate).toMatchObject({ classIndex: 1, box: BOX });
    expect(candidate!.confidence).toBeCloseTo(Math.exp(9) / (Math.exp(9) + Math.exp(1) + 1), 6);
  });

  it('does not overflow on large logits', () => {
    expect(decodeDetr([logits(1000, 0, 0), BOXES], 0, softmax)).toMatchObject([
      { classIndex: 0, confidence: 1 },
    ]);
    expect(decodeDetr([logits(-1000, 1000), BOXES], 0, sigmoid)).toMatchObject([
      { classIndex: 1, confidence: 1 },
    ]);
  });

  it('reads finished scores beside the boxes', () => {
    const joined = outputTensor([[[0.5, 0.5, 0.25, 0.125, 0.25, 0.75]]]);
    const context = decodingContext({ layout: 'rt-detr' });
    expect(decodeDetr([joined], 0, context)).toEqual([{ box: BOX, confidence: 0.75, classIndex: 1 }]);
  });

  it('takes the outputs in either order', () => {
    expect(decodeDetr([BOXES, logits(9, 0)], 0, sigmoid)).toMatchObject([{ box: BOX }]);
  });

  it('goes by name when logits have the width of boxes', () => {
    const context = decodingContext({
      layout: 'detr-sigmoid',
      classCount: 4,
      thresholds: new Float32Array(4).fill(0.5),
    });
    expect(decodeDetr([logits(-9, -9, 9, -9), BOXES], 0, context)).toMatchObject([
      { box: BOX, classIndex: 2 },
    ]);
  });

  it('reads the image it is asked for', () => {
    const boxes = outputTensor([[[0, 0, 1, 1]], [[0.5, 0.5, 0.25, 0.125]]], 'pred_boxes');
    const scores = outputTensor([[[9, -9]], [[-9, 9]]], 'logits');
    expect(decodeDetr([scores, boxes], 1, sigmoid)).toMatchObject([{ box: BOX, classIndex: 1 }]);
  });

  it('drops logits that are not numbers', () => {
    expect(decodeDetr([logits(NaN, NaN), BOXES], 0, sigmoid)).toEqual([]);
    expect(decodeDetr([logits(NaN, 0, 0), BOXES], 0, softmax)).toEqual([]);
  });
});
