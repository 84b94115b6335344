import { float16Of } from './float16';
import { InputTensorWriter, TensorFormat } from './input-tensor.writer';

const format = (overrides: Partial<TensorFormat> = {}): TensorFormat => ({
  inputWidth: 2,
  inputHeight: 1,
  inputType: 'float32',
  channels: 3,
  normalisation: 'unit',
  ...overrides,
});
const GRAY = Uint8Array.of(0, 51);

function written(overrides: Partial<TensorFormat> = {}): number[] {
  const writer = new InputTensorWriter(format(overrides), 1);
  writer.write(0, GRAY);
  return [...writer.tensor().data];
}

describe('InputTensorWriter', () => {
  it('repeats gray levels, divided by 255, in three channels', () => {
    const fifth = Math.fround(0.2);
    expect(written()).toEqual([0, fifth, 0, fifth, 0, fifth]);
  });

  it('writes one channel where the model has one', () => {
    expect(written({ channels: 1, normalisation: 'raw' })).toEqual([0, 51]);
  });

  it('leaves gray levels alone for raw and uint8 models', () => {
    expect(written({ normalisation: 'raw' })).toEqual([0, 51, 0, 51, 0, 51]);
    expect(written({ normalisation: 'raw', inputType: 'uint8' })).toEqual([0, 51, 0, 51, 0, 51]);
  });

  it("gives each channel ImageNet's mean and deviation", () => {
    const [, red, , green, , blue] = written({ normalisation: 'imagenet' });
    expect(red).toBeCloseTo((0.2 - 0.485) / 0.229, 6);
    expect(green).toBeCloseTo((0.2 - 0.456) / 0.224, 6);
    expect(blue).toBeCloseTo((0.2 - 0.406) / 0.225, 6);
  });

  it('writes half-precision bits', () => {
    expect(written({ inputType: 'float16' }).slice(0, 2)).toEqual([0, float16Of(0.2)]);
  });

  it('lets uint8 images be written in place', () => {
    const writer = new InputTensorWriter(format({ inputType: 'uint8', normalisation: 'raw' }), 2);
    const plane = writer.grayPlane(1)!;
    plane.set(GRAY);
    writer.write(1, plane);
    expect([...writer.tensor().data]).toEqual([0, 0, 0, 0, 0, 0, 0, 51, 0, 51, 0, 51]);
    expect(new InputTensorWriter(format(), 1).grayPlane(0)).toBeUndefined();
  });

  it('puts each image of a batch in its place and reuses its buffer', () => {
    const writer = new InputTensorWriter(format({ channels: 1, normalisation: 'raw' }), 2);
    writer.write(0, GRAY);
    writer.write(1, Uint8Array.of(7, 8));
    const { data, dims } = writer.tensor();
    expect([...data]).toEqual([0, 51, 7, 8]);
    expect(dims).toEqual([2, 1, 1, 2]);
    expect(writer.tensor().data).toBe(data);
  });
});
