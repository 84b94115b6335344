import { FINDING_CLASSES } from '@thorax/radiograph';
import { InvalidModelConfigError, UnsupportedModelLayoutError } from './errors';
import { ModelConfig } from './model-config';
import { describeModel, DescriptionSources, ModelDescription } from './model-description';
import { OutputTensor, TensorSignature } from './model-runner';

const input = (overrides: Partial<TensorSignature> = {}): TensorSignature => ({
  name: 'images',
  type: 'float32',
  dims: [undefined, 3, 640, 640],
  ...overrides,
});
const NAMES = `{${FINDING_CLASSES.map((name, index) => `${index}: '${name}'`).join(', ')}}`;
const output = (name: string, ...dims: number[]): OutputTensor => ({ name, dims, data: new Float32Array(0) });
const ANCHOR_FREE = [output('output0', 1, 18, 8400)];
/** YOLOX output whose last row has its centre at (x, y). */
const yolox = (x: number, y: number): OutputTensor => {
  const data = new Float32Array(8400 * 19);
  data.set([x, y], 8399 * 19);
  return { name: 'output', dims: [1, 8400, 19], data };
};

interface Case {
  config: Partial<ModelConfig>;
  metadata: Record<string, string>;
  inputs: TensorSignature[];
  outputs: OutputTensor[];
}

function describeCase(overrides: Partial<Case> = {}): ModelDescription {
  const { config, metadata, inputs, outputs } = {
    config: {},
    metadata: { names: NAMES, imgsz: '[640, 640]', stride: '32' },
    inputs: [input()],
    outputs: ANCHOR_FREE,
    ...overrides,
  };
  const sources: DescriptionSources = {
    config: { serving: {}, ignoredKeys: [], ...config },
    metadata: new Map(Object.entries(metadata)),
    signature: { inputs, outputs: [] },
    digestSha256: 'f'.repeat(64),
    fallbackName: 'best',
  };
  return describeModel(sources, outputs);
}

describe('describeModel', () => {
  it('needs no configuration for an Ultralytics export', () => {
    expect(describeCase()).toEqual({
      name: 'best',
      version: '1',
      digestSha256: 'f'.repeat(64),
      inputName: 'images',
      inputWidth: 640,
      inputHeight: 640,
      inputType: 'float32',
      channels: 3,
      fixedBatchSize: undefined,
      normalisation: 'unit',
      classes: FINDING_CLASSES,
      confidenceThreshold: 0.25,
      perClassThresholds: new Array(14).fill(0.25),
      iouThreshold: 0.45,
      layout: 'anchor-free',
      boxEncoding: 'pixels',
      serving: { maxBatchSize: 1, preferredBatchSizes: [1], maxQueueDelayMicroseconds: 0 },
      warnings: [],
    });
  });

  it('prefers configuration to metadata', () => {
    const classes = FINDING_CLASSES.map((name) => name.toUpperCase());
    const description = describeCase({ config: { name: 'n', version: '2.10', classes, iouThreshold: 0.6 } });
    expect(description).toMatchObject({ name: 'n', version: '2.10', classes, iouThreshold: 0.6 });
  });

  it('gives single classes a threshold of their own', () => {
    const config = { confidenceThreshold: 0.4, classThresholds: { Pneumothorax: 0.1 } };
    const { perClassThresholds } = describeCase({ config });
    expect(perClassThresholds[FINDING_CLASSES.indexOf('Pneumothorax')]).toBe(0.1);
    expect(perClassThresholds.filter((threshold) => threshold === 0.4)).toHaveLength(13);
  });

  it('takes the size of an open model from configuration, then imgsz, then 640', () => {
    const inputs = [input({ dims: [undefined, 3, undefined, undefined] })];
    const metadata = { names: NAMES, imgsz: '[480, 320]' };
    expect(describeCase({ inputs, metadata })).toMatchObject({ inputHeight: 480, inputWidth: 320 });
    expect(describeCase({ inputs, metadata: { names: NAMES, imgsz: '512' } })).toMatchObject({
      inputHeight: 512,
      inputWidth: 512,
    });
    expect(describeCase({ inputs, metadata: { names: NAMES } })).toMatchObject({ inputWidth: 640 });
    const config = { inputSize: { width: 96, height: 64 } };
    expect(describeCase({ inputs, metadata, config })).toMatchObject({ inputHeight: 64, inputWidth: 96 });
  });

  it('numbers classes that nobody names, and says so', () => {
    const { classes, warnings } = describeCase({ metadata: {} });
    expect(classes).toHaveLength(14);
    expect(classes[13]).toBe('class_13');
    expect(warnings).toEqual([expect.stringContaining('names the classes')]);
  });

  it('warns of keys it ignores', () => {
    const { warnings } = describeCase({ config: { ignoredKeys: ['model.iou'] } });
    expect(warnings).toEqual(['model_config.yaml: model.iou is not a known key and is ignored.']);
  });

  it.each([
    ['YOLOX of its own exporter', [yolox(0.7, 0.2)], 'raw', 'grid'],
    ['YOLOX with decoded boxes', [yolox(624, 620)], 'raw', 'pixels'],
    ['YOLOv5', [output('output', 1, 25_200, 19)], 'unit', 'pixels'],
    ['DETR', [output('logits', 1, 100, 15), output('boxes', 1, 100, 4)], 'imagenet', 'pixels'],
    ['RT-DETR', [output('logits', 1, 300, 14), output('boxes', 1, 300, 4)], 'unit', 'pixels'],
  ])('feeds and reads %s', (_, outputs, normalisation, boxEncoding) => {
    expect(describeCase({ outputs })).toMatchObject({ normalisation, boxEncoding });
  });

  it('lets configuration choose normalisation and box encoding', () => {
    const config = { normalisation: 'unit', boxEncoding: 'pixels' } as const;
    expect(describeCase({ outputs: [yolox(0, 0)], config })).toMatchObject(config);
  });

  it('leaves normalisation to a model that takes uint8', () => {
    const inputs = [input({ type: 'uint8', dims: [1, 1, 640, 640] })];
    expect(describeCase({ inputs })).toMatchObject({ normalisation: 'raw', inputType: 'uint8', channels: 1 });
    expect(() => describeCase({ inputs, config: { normalisation: 'unit' } })).toThrow(
      InvalidModelConfigError,
    );
  });

  it('never batches more than a fixed batch dimension holds', () => {
    const inputs = [input({ dims: [4, 3, 640, 640] })];
    const config = { serving: { maxBatchSize: 8, preferredBatchSizes: [2, 8] } };
    expect(describeCase({ inputs, config }).serving).toMatchObject({
      maxBatchSize: 4,
      preferredBatchSizes: [2],
    });
    expect(describeCase({ inputs }).serving).toMatchObject({ maxBatchSize: 4, preferredBatchSizes: [4] });
  });

  it.each([
    [
      'a size other than the fixed one',
      { config: { inputSize: { width: 512, height: 512 } } },
      'model.input_size',
    ],
    [
      'a threshold for an unknown class',
      { config: { classThresholds: { Pneumo: 0.1 } } },
      'model.per_class_thresholds.Pneumo',
    ],
    ['unreadable names', { metadata: { names: 'import os' } }, 'model.classes'],
  ])('refuses %s', (_, overrides, path) => {
    expect(() => describeCase(overrides)).toThrow(InvalidModelConfigError);
    expect(() => describeCase(overrides)).toThrow(path);
  });

  it.each([
    ['no input', []],
    ['two inputs', [input(), input({ name: 'orig_target_sizes', type: 'int64', dims: [1, 2] })]],
    ['an input that is no image', [input({ dims: [1, 512] })]],
    ['channels last', [input({ dims: [1, 640, 640, 3] })]],
    ['whole numbers', [input({ type: 'int64' })]],
  ])('refuses a model with %s', (_, inputs) => {
    expect(() => describeCase({ inputs })).toThrow(UnsupportedModelLayoutError);
  });
});
