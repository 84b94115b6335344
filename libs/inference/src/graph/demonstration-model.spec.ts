import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeAnchorFree } from '../layouts/anchor-free.layout';
import { InputTensorWriter } from '../input-tensor.writer';
import { openOnnxModel } from '../onnx.model-runner';
import { decodingContext } from '../testing/decoding-context';
import { ManualClock } from '../testing/manual-clock';
import { decodeCutHead } from './cut-head.layout';
import { PreparedModel, prepareModel } from './model-preparation';
import { StockModel } from './trial';
import { warmUpImages } from './warm-up.images';

const MODEL = join(__dirname, '../../../../models/demonstration/model.onnx');
const present = existsSync(MODEL);
// A checkout without the large files has no model: the reason is printed, not hidden in a green run.
if (!present)
  console.warn(`Model preparation was not tried on the demonstration model: ${MODEL} does not exist.`);

const SIDE = 640;
const CLASSES = 14;
const STOCK: StockModel = {
  inputWidth: SIDE,
  inputHeight: SIDE,
  inputType: 'float32',
  channels: 3,
  normalisation: 'unit',
  layout: 'anchor-free',
  fixedBatchSize: undefined,
};
const CPU = { device: 'cpu', intraOpThreads: 1 } as const;

(present ? describe : describe.skip)('preparation of the demonstration model', () => {
  const bytes = present ? readFileSync(MODEL) : Buffer.of();
  const images = warmUpImages(SIDE, SIDE);
  let prepared: PreparedModel;

  // Speed on a busy machine is not this test's matter: the clock says that each new graph is a little faster.
  beforeAll(async () => {
    const clock = new ManualClock();
    let costMs = 100;
    const open: typeof openOnnxModel = async (file) => {
      const runner = await openOnnxModel(file, CPU);
      const cost = costMs--;
      return {
        signature: runner.signature,
        run: (input) => (clock.advance(cost), runner.run(input)),
        close: () => runner.close(),
      };
    };
    prepared = await prepareModel({ bytes, stock: STOCK, open: (file) => open(file, CPU), images, clock });
  }, 120_000);

  it('applies all rewrites, with differences of rounding only', () => {
    expect(prepared.applied).toEqual(['folded-input', 'split-convolution', 'hoisted-upsampling', 'cut-head']);
    expect(prepared.largestDifference).toBeLessThan(1e-4);
    expect(prepared.largestShift).toBeLessThan(0.01);
  });

  it('finds the same in a batch of several images', async () => {
    const expected = await candidates(bytes, STOCK, decodeAnchorFree);
    const got = await candidates(prepared.bytes, { ...STOCK, ...prepared.format }, decodeCutHead);
    expect(expected.length).toBeGreaterThan(0);
    expect(got).toHaveLength(expected.length);
    got.forEach(({ box, confidence, classIndex }, place) => {
      expect(classIndex).toBe(expected[place]!.classIndex);
      expect(confidence).toBeCloseTo(expected[place]!.confidence, 4);
      expect(Math.abs(box.xMin - expected[place]!.box.xMin)).toBeLessThan(0.01);
      expect(Math.abs(box.yMax - expected[place]!.box.yMax)).toBeLessThan(0.01);
    });
  }, 60_000);

  async function candidates(file: Uint8Array, format: StockModel, decode: typeof decodeCutHead) {
    const runner = await openOnnxModel(file, CPU);
    const writer = new InputTensorWriter(format, images.length);
    images.forEach((image, place) => writer.write(place, image));
    const outputs = await runner.run(writer.tensor());
    const context = decodingContext({
      inputWidth: SIDE,
      inputHeight: SIDE,
      classCount: CLASSES,
      // No threshold lies on a score by accident.
      thresholds: new Float32Array(CLASSES).fill(0.0312345),
    });
    const found = images.flatMap((_, place) => decode(outputs, place, context));
    await runner.close();
    return found;
  }
});
