import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FINDING_CLASSES } from '@thorax/radiograph';
import { DetectionPipeline } from './detection-pipeline';
import { LoadedModel, loadModel } from './model.loader';
import { grayPng } from './testing/gray-png';

const MODEL = join(__dirname, '../../../models/demonstration/model.onnx');
const present = existsSync(MODEL);
// A checkout without the large files has no model: the reason is printed, not hidden in a green run.
if (!present) console.warn(`The demonstration model was not tested: ${MODEL} does not exist.`);

(present ? describe : describe.skip)('the demonstration model', () => {
  let model: LoadedModel;

  beforeAll(async () => {
    model = await loadModel({ modelPath: MODEL, device: 'cpu', intraOpThreads: 1 });
  }, 60_000);

  afterAll(() => model?.runner.close());

  it('knows the fourteen findings, in their order, at 640 × 640', () => {
    expect(model.description).toMatchObject({ layout: 'anchor-free', inputWidth: 640, inputHeight: 640 });
    expect(model.description.classes).toEqual(FINDING_CLASSES);
    expect(model.description.warnings).toEqual([]);
  });

  it('finds nothing on an even gray image', async () => {
    const { findings } = await new DetectionPipeline(model, {}).detect(await grayPng(114, 640));
    expect(findings).toEqual([]);
  }, 60_000);
});
