import { FINDING_CLASSES } from '@thorax/radiograph';
import { ModelDescription } from '../model-description';
import { ModelSignature } from '../model-runner';

/** A YOLO model of the fourteen findings at 640 × 640, as it would be after loading. */
export function modelDescription(overrides: Partial<ModelDescription> = {}): ModelDescription {
  return {
    name: 'tiny',
    version: '1',
    digestSha256: 'ab'.repeat(32),
    inputName: 'images',
    inputWidth: 640,
    inputHeight: 640,
    inputType: 'float32',
    channels: 3,
    fixedBatchSize: undefined,
    normalisation: 'unit',
    classes: FINDING_CLASSES,
    confidenceThreshold: 0.25,
    perClassThresholds: new Array<number>(FINDING_CLASSES.length).fill(0.25),
    iouThreshold: 0.45,
    layout: 'anchor-free',
    boxEncoding: 'pixels',
    serving: { maxBatchSize: 1, preferredBatchSizes: [1], maxQueueDelayMicroseconds: 0 },
    warnings: [],
    ...overrides,
  };
}

/** The tensors such a model declares. */
export function modelSignature(model = modelDescription()): ModelSignature {
  const { inputName, inputType, fixedBatchSize, channels, inputHeight, inputWidth, classes } = model;
  const dims = [fixedBatchSize, channels, inputHeight, inputWidth];
  return {
    inputs: [{ name: inputName, type: inputType, dims }],
    outputs: [{ name: 'output0', type: 'float32', dims: [fixedBatchSize, 4 + classes.length, undefined] }],
  };
}
