import { UnsupportedModelLayoutError } from './errors';
import { anchorCount, LayoutHints, OutputShape, recogniseLayout } from './output-layout';

const hints = (overrides: Partial<LayoutHints> = {}): LayoutHints => ({
  inputWidth: 640,
  inputHeight: 640,
  classCount: 14,
  ...overrides,
});
const output = (...dims: number[]): OutputShape => ({ name: 'output0', dims });
const named = (name: string, ...dims: number[]): OutputShape => ({ name, dims });

describe('anchorCount', () => {
  it.each([
    [640, 640, 8400],
    [1024, 1024, 21_504],
    [640, 384, 5040],
  ])('of %i × %i is %i', (width, height, count) => {
    expect(anchorCount(width, height)).toBe(count);
  });
});

describe('recogniseLayout', () => {
  it.each([
    ['YOLOv8, 11, 12', [output(1, 18, 8400)], {}, 'anchor-free'],
    ['the same at 1024', [output(1, 18, 21_504)], { inputWidth: 1024, inputHeight: 1024 }, 'anchor-free'],
    ['the same with anchors of other strides', [output(2, 18, 33_600)], {}, 'anchor-free'],
    ['two classes, six rows', [output(1, 6, 8400)], { classCount: 2 }, 'anchor-free'],
    ['YOLOv10, YOLO26', [output(1, 300, 6)], {}, 'end-to-end'],
    ['an end-to-end head of two classes', [output(1, 300, 6)], { classCount: 2 }, 'end-to-end'],
    ['YOLOX', [output(1, 8400, 19)], {}, 'yolox'],
    ['YOLOX with one class', [output(1, 8400, 6)], { classCount: 1 }, 'yolox'],
    ['YOLOv5', [output(1, 25_200, 19)], {}, 'yolox'],
    ['RT-DETR from Ultralytics', [output(1, 300, 18)], {}, 'rt-detr'],
    ['RT-DETR', [named('logits', 1, 300, 14), named('pred_boxes', 1, 300, 4)], {}, 'detr-sigmoid'],
    ['DETR', [named('logits', 1, 100, 15), named('pred_boxes', 1, 100, 4)], {}, 'detr-softmax'],
    ['boxes first', [named('dets', 1, 300, 4), named('labels', 1, 300, 14)], {}, 'detr-sigmoid'],
    [
      'four classes, told apart by name',
      [named('scores', 1, 300, 4), named('boxes', 1, 300, 4)],
      { classCount: 4 },
      'detr-sigmoid',
    ],
  ] as const)('knows %s', (_, outputs, overrides, layout) => {
    const told = hints(overrides);
    expect(recogniseLayout(outputs, told)).toEqual({ layout, classCount: told.classCount });
  });

  it.each([
    [[output(1, 18, 8400)], 'anchor-free', 14],
    [[output(1, 8400, 19)], 'yolox', 14],
    [[output(1, 300, 18)], 'rt-detr', 14],
    [[named('logits', 1, 300, 14), named('boxes', 1, 300, 4)], 'detr-sigmoid', 14],
  ] as const)('counts the classes of %j itself when nobody names them', (outputs, layout, classCount) => {
    expect(recogniseLayout(outputs, hints({ classCount: undefined }))).toEqual({ layout, classCount });
  });

  it('follows a configured layout where the shape allows several', () => {
    const outputs = [named('logits', 1, 100, 15), named('pred_boxes', 1, 100, 4)];
    const told = hints({ classCount: undefined, layout: 'detr-softmax' });
    expect(recogniseLayout(outputs, told)).toEqual({ layout: 'detr-softmax', classCount: 14 });
  });

  it.each([
    ['no output', [], {}],
    ['a classifier', [output(1, 14)], {}],
    ['other classes than named', [output(1, 18, 8400)], { classCount: 80 }],
    ['a segmentation model', [output(1, 50, 8400), named('output1', 1, 32, 160, 160)], {}],
    ['a configured layout that does not fit', [output(1, 18, 8400)], { layout: 'yolox' }],
    [
      'an end-to-end head without class names',
      [output(1, 300, 6)],
      { classCount: undefined, layout: 'end-to-end' },
    ],
    ['boxes and logits of different lengths', [named('logits', 1, 100, 14), named('boxes', 1, 300, 4)], {}],
  ] as const)('refuses %s', (_, outputs, overrides) => {
    expect(() => recogniseLayout(outputs, hints(overrides))).toThrow(UnsupportedModelLayoutError);
  });

  it('explains what it found and what it knows', () => {
    expect(() => recogniseLayout([output(1, 18, 8400)], hints({ classCount: 80 }))).toThrow(
      /Found: output0 \[1, 18, 8400\] with 80 classes\. Known: anchor-free \[B, 4\+C, N\]/,
    );
  });
});
