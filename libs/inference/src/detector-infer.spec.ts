import { Detector } from './detector';
import { InvalidTensorError, ModelUnavailableError } from './errors';
import { RawInput } from './raw-tensor';
import { ModelFolder, modelFolder } from './testing/model-folder';
import { TinyDetector } from './testing/tiny-detector';

const SIDE = 64;
const PIXELS = 3 * SIDE * SIDE;
const FINDING = { box: { xMin: 8, yMin: 8, xMax: 40, yMax: 40 }, classIndex: 0, confidence: 0.25 };
const ANCHORS = 84;
const ROWS = 4 + 14;

/** Gray images of these levels. */
const images = (...levels: number[]): RawInput & { data: Float32Array } => {
  const data = new Float32Array(levels.length * PIXELS);
  levels.forEach((level, index) => data.fill(level, index * PIXELS, (index + 1) * PIXELS));
  return { name: 'images', type: 'float32', dims: [levels.length, 3, SIDE, SIDE], data };
};
/** The first finding's score of class 0, by image. */
const scoreOf = (data: Float32Array, image = 0): number => data[(image * ROWS + 4) * ANCHORS]!;

// Real threads and the real runtime, from dist: `tsc -b` comes first.
jest.setTimeout(60_000);

describe('Detector.infer', () => {
  let folder: ModelFolder;
  let detector: Detector;

  async function detectorOn(model: Partial<TinyDetector> = {}, maxBatchSize = 4): Promise<void> {
    folder = await modelFolder({ findings: [FINDING], scoreFollowsBrightness: true, ...model });
    detector = Detector.create({ modelPath: folder.modelPath, workers: 1, maxBatchSize });
    await detector.whenSettled();
  }

  afterEach(async () => {
    await detector.close();
    await folder.remove();
  });

  it('declares what the model takes and gives, once it is ready', async () => {
    folder = await modelFolder();
    detector = Detector.create({ modelPath: folder.modelPath, workers: 1 });
    expect(detector.signature).toBeUndefined();
    await expect(detector.infer(images(0))).rejects.toThrow(ModelUnavailableError);
    await detector.whenSettled();
    expect(detector.signature).toEqual({
      inputs: [{ name: 'images', type: 'float32', dims: [undefined, 3, SIDE, SIDE] }],
      outputs: [{ name: 'output0', type: 'float32', dims: [undefined, ROWS, ANCHORS] }],
    });
  });

  it('answers every image of a request, says where the time went, and leaves the tensor to the caller', async () => {
    await detectorOn();
    const input = images(0.25, 0.5);
    const { outputs, timingsMs, batch } = await detector.infer(input);
    expect(outputs).toMatchObject([{ name: 'output0', dims: [2, ROWS, ANCHORS] }]);
    expect([scoreOf(outputs[0]!.data), scoreOf(outputs[0]!.data, 1)]).toEqual([0.5, 0.75]);
    expect(Object.keys(timingsMs)).toEqual(['queue', 'input', 'run', 'output']);
    expect(batch!.batchSize).toBe(2);
    expect(input.data[0]).toBe(0.25);
  });

  it('takes the bytes of the elements at any offset', async () => {
    await detectorOn();
    const { data, ...rest } = images(0.5);
    const body = new Uint8Array(data.byteLength + 3);
    body.set(new Uint8Array(data.buffer), 3);
    const { outputs } = await detector.infer({ ...rest, data: body.subarray(3) });
    expect(scoreOf(outputs[0]!.data)).toBe(0.75);
  });

  it.each([
    ['uint8', new Uint8Array(PIXELS).fill(3), 3.25],
    ['float16', new Uint16Array(PIXELS).fill(0x3800), 0.75],
  ] as const)('takes %s tensors', async (type, data, score) => {
    await detectorOn({ inputType: type });
    const { outputs } = await detector.infer({ type, dims: [1, 3, SIDE, SIDE], data });
    expect(scoreOf(outputs[0]!.data)).toBe(score);
  });

  it('fills up a fixed batch and gives back only what was asked', async () => {
    await detectorOn({ batch: 4 });
    const { outputs, batch } = await detector.infer(images(0.25, 0.5));
    expect(outputs[0]!.dims).toEqual([2, ROWS, ANCHORS]);
    expect(scoreOf(outputs[0]!.data, 1)).toBe(0.75);
    expect(batch!.batchSize).toBe(2);
  });

  it('lets tensors of NaN pass, and neighbours be', async () => {
    await detectorOn();
    const answers = await Promise.all([NaN, 0.5, NaN, 0].map((level) => detector.infer(images(level))));
    expect(answers.map(({ outputs }) => scoreOf(outputs[0]!.data))).toEqual([NaN, 0.75, NaN, 0.25]);
  });

  it('refuses what the model does not take before it is queued', async () => {
    await detectorOn();
    const refused = detector.infer({ ...images(0), type: 'int64' });
    await expect(refused).rejects.toThrow(InvalidTensorError);
    expect(detector.stats()).toMatchObject({ completed: 0, failed: 0, queued: 0 });
  });
});
