import { UnsupportedDeviceError } from './errors';
import { openOnnxModel, UnloadableModelError } from './onnx.model-runner';
import { describeModelRunner } from './testing/describe-model-runner';
import { tinyDetectorOnnx } from './testing/tiny-detector';

const CPU = { device: 'cpu', intraOpThreads: 1 } as const;

// Loading the native runtime takes seconds on a busy machine.
jest.setTimeout(30_000);

describeModelRunner('ONNX Runtime', (onnx) => openOnnxModel(onnx, CPU));

describe('openOnnxModel', () => {
  it.each([
    ['junk', Buffer.from('not a model')],
    ['a model cut in half', tinyDetectorOnnx().subarray(0, 1000)],
  ])('explains why %s cannot be loaded', async (_, bytes) => {
    const opening = openOnnxModel(bytes, CPU);
    await expect(opening).rejects.toThrow(UnloadableModelError);
    await expect(opening).rejects.toThrow(/\w/);
  });

  it('says that CUDA is missing instead of falling back to the CPU in silence', async () => {
    const opening = openOnnxModel(tinyDetectorOnnx(), { device: 'cuda', intraOpThreads: 1 });
    await expect(opening).rejects.toThrow(UnsupportedDeviceError);
    await expect(opening).rejects.toThrow(/"cuda" cannot be used: .+/);
  });
});
