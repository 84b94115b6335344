import { ModelRunFailedError } from '../errors';
import { InputTensor, ModelRunner } from '../model-runner';
import { TinyDetector, tinyDetectorOnnx } from './tiny-detector';

const SIDE = 64;
const PIXELS = 3 * SIDE * SIDE;

function floats(...images: readonly number[]): InputTensor {
  const data = new Float32Array(images.length * PIXELS);
  images.forEach((level, index) => data.fill(level, index * PIXELS, (index + 1) * PIXELS));
  return { type: 'float32', dims: [images.length, 3, SIDE, SIDE], data };
}

/**
 * The contract of every `ModelRunner`: call it in an adapter's spec. `open` gets the bytes of an ONNX file and
 * returns a runner on it; the suite closes what it opens.
 */
export function describeModelRunner(adapter: string, open: (onnx: Uint8Array) => Promise<ModelRunner>): void {
  describe(`${adapter} as a model runner`, () => {
    let runner: ModelRunner;
    const opened = async (overrides: Partial<TinyDetector> = {}): Promise<ModelRunner> =>
      (runner = await open(tinyDetectorOnnx({ inputSize: SIDE, classes: ['a', 'b'], ...overrides })));
    /** Where an anchor-free tiny detector of two classes writes its first finding's score of class 0. */
    const scoreOf = (data: Float32Array, image = 0): number => data[image * 6 * 84 + 4 * 84]!;
    const brightness: Partial<TinyDetector> = {
      scoreFollowsBrightness: true,
      findings: [{ box: { xMin: 0, yMin: 0, xMax: 8, yMax: 8 }, classIndex: 0, confidence: 0.25 }],
    };

    afterEach(() => runner.close());

    it('tells names, types and dimensions, leaving open ones undefined', async () => {
      const { signature } = await opened({ layout: 'detr-sigmoid' });
      expect(signature.inputs).toEqual([
        { name: 'images', type: 'float32', dims: [undefined, 3, SIDE, SIDE] },
      ]);
      expect(signature.outputs).toEqual([
        { name: 'logits', type: 'float32', dims: [undefined, 20, 2] },
        { name: 'pred_boxes', type: 'float32', dims: [undefined, 20, 4] },
      ]);
    });

    it('gives the outputs in the order of the signature, with their dimensions', async () => {
      await opened({ layout: 'detr-sigmoid' });
      const outputs = await runner.run(floats(0.5));
      expect(outputs.map(({ name, dims }) => ({ name, dims: [...dims] }))).toEqual([
        { name: 'logits', dims: [1, 20, 2] },
        { name: 'pred_boxes', dims: [1, 20, 4] },
      ]);
    });

    it('answers each image of a batch for itself', async () => {
      await opened(brightness);
      const [output] = await runner.run(floats(0, 0.5, 0.25));
      expect([...output!.dims]).toEqual([3, 6, 84]);
      expect([0, 1, 2].map((image) => scoreOf(output!.data, image))).toEqual([0.25, 0.75, 0.5]);
    });

    it('gives equal outputs for equal inputs', async () => {
      await opened(brightness);
      const [first] = await runner.run(floats(0.5));
      const before = Float32Array.from(first!.data);
      const [second] = await runner.run(floats(0.5));
      expect(second!.data).toEqual(before);
    });

    it('takes uint8 images', async () => {
      await opened({ ...brightness, inputType: 'uint8' });
      const data = new Uint8Array(PIXELS).fill(3);
      const [output] = await runner.run({ type: 'uint8', dims: [1, 3, SIDE, SIDE], data });
      expect(scoreOf(output!.data)).toBe(3.25);
    });

    it('takes float16 images as bits', async () => {
      await opened({ ...brightness, inputType: 'float16' });
      const data = new Uint16Array(PIXELS).fill(0x3800);
      const [output] = await runner.run({ type: 'float16', dims: [1, 3, SIDE, SIDE], data });
      expect(scoreOf(output!.data)).toBe(0.75);
    });

    it.each<[string, InputTensor]>([
      ['a wrong size', { type: 'float32', dims: [1, 3, 32, 32], data: new Float32Array(3 * 32 * 32) }],
      ['a wrong type', { type: 'uint8', dims: [1, 3, SIDE, SIDE], data: new Uint8Array(PIXELS) }],
      [
        'data that do not fill the shape',
        { type: 'float32', dims: [1, 3, SIDE, SIDE], data: new Float32Array(5) },
      ],
    ])('refuses %s and stays usable', async (_, input) => {
      await opened(brightness);
      await expect(runner.run(input)).rejects.toThrow(ModelRunFailedError);
      const [output] = await runner.run(floats(0.5));
      expect(scoreOf(output!.data)).toBe(0.75);
    });

    it('can be closed twice and then runs nothing', async () => {
      await opened();
      await runner.close();
      await runner.close();
      await expect(runner.run(floats(0))).rejects.toThrow(ModelRunFailedError);
    });
  });
}
