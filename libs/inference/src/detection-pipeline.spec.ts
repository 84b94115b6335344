import { RefusedImageError } from '@thorax/radiograph';
import { DetectionPipeline } from './detection-pipeline';
import { LoadedModel, loadModel } from './model.loader';
import { ModelRunner } from './model-runner';
import { OUTPUT_LAYOUTS } from './output-layout';
import { grayPng } from './testing/gray-png';
import { ModelFolder, modelFolder } from './testing/model-folder';
import { PlantedFinding, TinyDetector } from './testing/tiny-detector';

const planted = (overrides: Partial<PlantedFinding> = {}): PlantedFinding => ({
  box: { xMin: 8, yMin: 16, xMax: 40, yMax: 48 },
  classIndex: 3,
  confidence: 0.75,
  ...overrides,
});

// Loading the native runtime takes seconds on a busy machine.
jest.setTimeout(30_000);

describe('DetectionPipeline', () => {
  let folder: ModelFolder;
  let model: LoadedModel;

  async function pipelineOf(detector: Partial<TinyDetector>, config?: string): Promise<DetectionPipeline> {
    folder = await modelFolder(detector, config);
    model = await loadModel({ modelPath: folder.modelPath, device: 'cpu', intraOpThreads: 1 });
    return new DetectionPipeline(model, {});
  }

  afterEach(async () => {
    await model.runner.close();
    await folder.remove();
  });

  it.each(OUTPUT_LAYOUTS)(
    'finds what a model of layout %s finds, in pixels of the source',
    async (layout) => {
      const pipeline = await pipelineOf({ layout, findings: [planted()] });
      const detection = await pipeline.detect(await grayPng(128, 256, 128));
      // 256 × 128 is scaled by ¼ to 64 × 32 and centred: 16 rows of padding above and below.
      const [finding, ...others] = detection.findings;
      expect(others).toEqual([]);
      expect(finding).toMatchObject({ class: 'Cardiomegaly', classIndex: 3 });
      expect(finding!.confidence).toBeCloseTo(0.75, 5);
      const expected = { xMin: 32, yMin: 0, xMax: 160, yMax: 128 };
      for (const edge of ['xMin', 'yMin', 'xMax', 'yMax'] as const)
        expect(finding!.box[edge]).toBeCloseTo(expected[edge], 3);
    },
  );

  it('says what it read, which model answered and where the time went', async () => {
    const pipeline = await pipelineOf({}, 'model: { name: tiny, version: 7 }');
    const detection = await pipeline.detect(await grayPng(0, 100, 50));
    expect(detection).toMatchObject({
      source: 'png',
      width: 100,
      height: 50,
      model: { name: 'tiny', version: '7', digestSha256: model.description.digestSha256 },
      timingsMs: {
        queue: 0,
        decode: expect.any(Number),
        letterbox: expect.any(Number),
        run: expect.any(Number),
        postprocess: expect.any(Number),
      },
    });
    expect(detection.header).toBeUndefined();
  });

  it.each(['float32', 'float16'] as const)('shows a %s model gray levels in 0..1', async (inputType) => {
    const findings = [planted({ confidence: 0.25 })];
    const pipeline = await pipelineOf({ inputType, findings, scoreFollowsBrightness: true });
    const { findings: found } = await pipeline.detect(await grayPng(51));
    expect(found[0]!.confidence).toBeCloseTo(0.25 + 51 / 255, 2);
  });

  it('shows a uint8 model gray levels as they are', async () => {
    const findings = [planted({ confidence: -50 })];
    const pipeline = await pipelineOf({
      inputType: 'uint8',
      channels: 1,
      findings,
      scoreFollowsBrightness: true,
    });
    expect((await pipeline.detect(await grayPng(50))).findings).toEqual([]);
    expect((await pipeline.detect(await grayPng(51))).findings).toHaveLength(1);
  });

  it('fills a fixed batch that it cannot use', async () => {
    const pipeline = await pipelineOf({ batch: 4 });
    expect((await pipeline.detect(await grayPng(0))).findings).toHaveLength(1);
  });

  it('keeps the strongest of overlapping findings of one class, and findings of others', async () => {
    const findings = [planted(), planted({ confidence: 0.5 }), planted({ classIndex: 1, confidence: 0.6 })];
    const { findings: found } = await (await pipelineOf({ findings })).detect(await grayPng(0));
    expect(found.map(({ classIndex, confidence }) => [classIndex, Math.round(confidence * 100)])).toEqual([
      [3, 75],
      [1, 60],
    ]);
  });

  it('leaves the findings of an end-to-end model as they are', async () => {
    const findings = [planted(), planted({ confidence: 0.5 })];
    const { findings: found } = await (
      await pipelineOf({ layout: 'end-to-end', findings })
    ).detect(await grayPng(0));
    expect(found).toHaveLength(2);
  });

  it('applies thresholds of the configuration, class by class', async () => {
    const findings = [
      planted({ classIndex: 0, confidence: 0.3 }),
      planted({ classIndex: 12, confidence: 0.3 }),
    ];
    const config = 'model: { confidence_threshold: 0.5, per_class_thresholds: { Pneumothorax: 0.2 } }';
    const { findings: found } = await (await pipelineOf({ findings }, config)).detect(await grayPng(0));
    expect(found.map((finding) => finding.class)).toEqual(['Pneumothorax']);
  });

  it('answers several images at once, each for itself', async () => {
    const pipeline = await pipelineOf({
      findings: [planted({ confidence: 0.25 })],
      scoreFollowsBrightness: true,
    });
    const levels = [10, 60, 110, 160];
    const detections = await Promise.all(levels.map(async (level) => pipeline.detect(await grayPng(level))));
    const scores = detections.map((detection) => detection.findings[0]!.confidence);
    levels.forEach((level, index) => expect(scores[index]).toBeCloseTo(0.25 + level / 255, 4));
  });

  it('does not write over an image that the model has not read yet', async () => {
    await pipelineOf({});
    const read: number[] = [];
    const slow: ModelRunner = {
      close: () => model.runner.close(),
      signature: model.runner.signature,
      async run({ data }) {
        await new Promise((resolve) => setTimeout(resolve, 30));
        read.push(Math.round(data[0]! * 255));
        return [{ name: 'output0', dims: [1, 18, 84], data: new Float32Array(18 * 84) }];
      },
    };
    const pipeline = new DetectionPipeline({ ...model, runner: slow }, {});
    const images = await Promise.all([10, 20, 30].map((level) => grayPng(level, 64)));
    await Promise.all(images.map((image) => pipeline.detect(image)));
    expect(read.sort()).toEqual([10, 20, 30]);
  });

  it('refuses what is no image, and answers the next all the same', async () => {
    const pipeline = await pipelineOf({});
    await expect(pipeline.detect(Buffer.from('hello'))).rejects.toThrow(RefusedImageError);
    expect((await pipeline.detect(await grayPng(0))).findings).toHaveLength(1);
  });
});
