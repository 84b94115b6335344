import { InvalidTensorError } from './errors';
import { RawInput, requireFittingTensor } from './raw-tensor';
import { modelDescription, modelSignature } from './testing/model-description';

const SIDE = 64;
const PIXELS = 3 * SIDE * SIDE;
const SERVING = { maxBatchSize: 4, preferredBatchSizes: [4], maxQueueDelayMicroseconds: 0 };
const MODEL = modelDescription({ inputWidth: SIDE, inputHeight: SIDE, serving: SERVING });

const input = (overrides: Partial<RawInput> = {}): RawInput => ({
  name: 'images',
  type: 'float32',
  dims: [1, 3, SIDE, SIDE],
  data: new Float32Array(PIXELS),
  ...overrides,
});
const check = (raw: RawInput, model = MODEL): void => requireFittingTensor(raw, model, modelSignature(model));

describe('requireFittingTensor', () => {
  it.each<[string, Partial<RawInput>]>([
    ['as declared', {}],
    ['without a name', { name: undefined }],
    ['of several images', { dims: [4, 3, SIDE, SIDE], data: new Float32Array(4 * PIXELS) }],
    ['as bytes at an odd offset', { data: new Uint8Array(PIXELS * 4 + 1).subarray(1) }],
    ['of NaN', { data: new Float32Array(PIXELS).fill(NaN) }],
  ])('accepts a tensor %s', (_, overrides) => {
    expect(() => check(input(overrides))).not.toThrow();
  });

  it.each<[string, Partial<RawInput>]>([
    ['name', { name: 'pixels' }],
    ['name', { name: 'x'.repeat(10_000) }],
    ['type', { type: 'int64' }],
    ['type', { type: 'uint8' }],
    ['shape', { dims: [] }],
    ['shape', { dims: [3, SIDE, SIDE] }],
    ['shape', { dims: [1, 3, 32, 32] }],
    ['shape', { dims: [1, 1, SIDE, SIDE] }],
    ['shape', { dims: [0, 3, SIDE, SIDE] }],
    ['shape', { dims: [-1, 3, SIDE, SIDE] }],
    ['shape', { dims: [1.5, 3, SIDE, SIDE] }],
    ['shape', { dims: [NaN, 3, SIDE, SIDE] }],
    ['shape', { dims: new Array<number>(1000).fill(1) }],
    ['batch size', { dims: [5, 3, SIDE, SIDE] }],
    ['batch size', { dims: [2 ** 53, 3, SIDE, SIDE] }],
    ['data', { dims: [2, 3, SIDE, SIDE] }],
    ['data', { data: new Float32Array() }],
    ['data', { data: new Uint8Array(PIXELS * 4 - 1) }],
  ])('refuses a wrong %s, saying what was expected: %j', (what, overrides) => {
    const refusing = (): void => check(input(overrides));
    expect(refusing).toThrow(InvalidTensorError);
    expect(refusing).toThrow(expect.objectContaining({ details: expect.objectContaining({ what }) }));
    expect(refusing).toThrow(expect.objectContaining({ message: expect.stringMatching(/^.{1,300}$/) }));
  });

  it('takes part of a fixed batch, and any size where the model does', () => {
    const fixed = { ...MODEL, fixedBatchSize: 8 };
    expect(() => check(input(), fixed)).not.toThrow();
    const open = {
      inputs: [{ name: 'images', type: 'float32', dims: [undefined, 3, undefined, undefined] }],
      outputs: [],
    };
    const small = input({ dims: [1, 3, 2, 5], data: new Float32Array(30) });
    expect(() => requireFittingTensor(small, MODEL, open)).not.toThrow();
    expect(() => requireFittingTensor({ ...small, dims: [1, 3, 2 ** 30, 2 ** 30] }, MODEL, open)).toThrow(
      'data',
    );
  });
});
