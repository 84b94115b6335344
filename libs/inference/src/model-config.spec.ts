import { InvalidModelConfigError } from './errors';
import { parseModelConfig } from './model-config';

const model = (line: string): string => `model:\n  ${line}\n`;
const serving = (line: string): string => `serving:\n  ${line}\n`;

function refusal(text: string): InvalidModelConfigError['details'] {
  try {
    parseModelConfig(text);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidModelConfigError);
    return (error as InvalidModelConfigError).details;
  }
  throw new Error('was accepted');
}

describe('parseModelConfig', () => {
  it('reads the whole file of the original system', () => {
    const text = `
model:
  name: vindr-yolo11
  version: 1.10
  input_size: 640
  classes: [Atelectasis, Nodule/Mass]
  confidence_threshold: 0.3
  iou_threshold: 0.5
serving:
  max_batch_size: 8
  preferred_batch_size: [4, 8]
  max_queue_delay_microseconds: 100
`;
    expect(parseModelConfig(text)).toEqual({
      name: 'vindr-yolo11',
      version: '1.10',
      inputSize: { width: 640, height: 640 },
      classes: ['Atelectasis', 'Nodule/Mass'],
      confidenceThreshold: 0.3,
      iouThreshold: 0.5,
      serving: { maxBatchSize: 8, preferredBatchSizes: [4, 8], maxQueueDelayMicroseconds: 100 },
      ignoredKeys: [],
    });
  });

  it('reads what this system adds', () => {
    const text = `
model:
  per_class_thresholds: { Pneumothorax: 0.1 }
  output_layout: yolox
  normalization: raw
  box_encoding: pixels
`;
    expect(parseModelConfig(text)).toMatchObject({
      classThresholds: { Pneumothorax: 0.1 },
      outputLayout: 'yolox',
      normalisation: 'raw',
      boxEncoding: 'pixels',
    });
  });

  it.each(['', '# nothing yet', 'model:', 'model: {}\nserving:'])('takes %j as saying nothing', (text) => {
    expect(parseModelConfig(text)).toEqual({ serving: {}, ignoredKeys: [] });
  });

  it.each([
    ['input_size: [480, 640]', { inputSize: { width: 640, height: 480 } }],
    ['input_size: [1, 3, 480, 640]', { inputSize: { width: 640, height: 480 } }],
    ['classes: { 0: a, 1: b }', { classes: ['a', 'b'] }],
    ['version: "2"', { version: '2' }],
    ['version: v3', { version: 'v3' }],
    ['version: 1.0', { version: '1.0' }],
  ])('accepts %s', (line, expected) => {
    expect(parseModelConfig(model(line))).toMatchObject(expected);
  });

  it('takes a single preferred batch size', () => {
    expect(parseModelConfig(serving('preferred_batch_size: 4')).serving.preferredBatchSizes).toEqual([4]);
  });

  it('lists unknown keys instead of refusing them', () => {
    const { ignoredKeys } = parseModelConfig(
      'model: { confidence_treshold: 0.3 }\nserving: { x: 1 }\nmonitoring: {}\n',
    );
    expect(ignoredKeys).toEqual(['monitoring', 'model.confidence_treshold', 'serving.x']);
  });

  it.each([
    [model('input_size: 0'), 'model.input_size', '0'],
    [model('input_size: [640]'), 'model.input_size', '[640]'],
    [model('input_size: large'), 'model.input_size', '"large"'],
    [model('classes: []'), 'model.classes', '[]'],
    [model('classes: [a, a]'), 'model.classes', '["a","a"]'],
    [model('classes: { 0: a, 2: b }'), 'model.classes', '{"0":"a","2":"b"}'],
    [model('confidence_threshold: 1.5'), 'model.confidence_threshold', '1.5'],
    [model('confidence_threshold: high'), 'model.confidence_threshold', '"high"'],
    [model('per_class_thresholds: { ILD: 2 }'), 'model.per_class_thresholds.ILD', '2'],
    [model('per_class_thresholds: 0.3'), 'model.per_class_thresholds', '0.3'],
    [model('output_layout: yolo'), 'model.output_layout', '"yolo"'],
    [model('name: [a]'), 'model.name', '["a"]'],
    [serving('max_batch_size: 0'), 'serving.max_batch_size', '0'],
    [serving('preferred_batch_size: [0]'), 'serving.preferred_batch_size', '[0]'],
    [serving('max_queue_delay_microseconds: -1'), 'serving.max_queue_delay_microseconds', '-1'],
    ['model: 3', 'model', '3'],
    ['- a', '', '["a"]'],
  ])('refuses %j, naming %s', (text, path, got) => {
    expect(refusal(text)).toMatchObject({ path, got });
  });

  it('says where YAML itself is broken', () => {
    expect(refusal('model: {')).toMatchObject({
      path: '',
      expected: 'valid YAML',
      got: expect.stringContaining('line 1'),
    });
  });

  it('is not talked into growing: neither by size nor by aliases', () => {
    expect(refusal(`# ${'x'.repeat(70_000)}`)).toMatchObject({ expected: 'at most 65536 characters' });
    const bomb = [
      'a: &a [x, x]',
      ...'bcdefgh'.split('').map((name, i) => `${name}: &${name} [${`*${'abcdefg'[i]}, `.repeat(9)}]`),
    ];
    expect(() => parseModelConfig(bomb.join('\n'))).toThrow(InvalidModelConfigError);
  });
});
