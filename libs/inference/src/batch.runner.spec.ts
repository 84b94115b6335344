import { RefusedImageError } from '@thorax/radiograph';
import { batchesOf } from './batch.runner';
import { Detection } from './detection';
import { BatchTask, DetectionPipeline } from './detection-pipeline';
import { ModelRunFailedError } from './errors';
import { LoadedModel, loadModel } from './model.loader';
import { InputTensor, ModelRunner, OutputTensor } from './model-runner';
import { InferenceResult } from './raw-tensor';
import { grayPng } from './testing/gray-png';
import { ModelFolder, modelFolder } from './testing/model-folder';
import { TinyDetector } from './testing/tiny-detector';

const SIDE = 64;
const PIXELS = 3 * SIDE * SIDE;
const [ROWS, ANCHORS] = [18, 84];
const FINDING = { box: { xMin: 8, yMin: 16, xMax: 40, yMax: 48 }, classIndex: 0, confidence: 0.25 };

const image = async (level: number): Promise<BatchTask> => ({ kind: 'detect', bytes: await grayPng(level) });
const tensor = (...levels: number[]): BatchTask => {
  const data = Float32Array.from(levels.flatMap((level) => new Array<number>(PIXELS).fill(level)));
  return {
    kind: 'infer',
    bytes: new Uint8Array(data.buffer),
    type: 'float32',
    dims: [levels.length, 3, SIDE, SIDE],
  };
};
const junk: BatchTask = { kind: 'detect', bytes: Buffer.from('hello') };
const scoreOf = ({ outputs: [output] }: InferenceResult, place = 0): number =>
  output!.data[(place * ROWS + 4) * ANCHORS]!;
const confidenceOf = (answer: unknown): number => (answer as Detection).findings[0]!.confidence;

// Loading the native runtime takes seconds on a busy machine.
jest.setTimeout(30_000);

describe('a batch in the pipeline', () => {
  let folder: ModelFolder;
  let model: LoadedModel;
  let runs: number[];

  /** A pipeline on a real model, which notes the size of each run; `sabotage` may fail one. */
  async function pipelineOf(
    detector: Partial<TinyDetector> = {},
    maxBatchSize = 8,
    sabotage: (input: InputTensor) => void = () => undefined,
  ): Promise<DetectionPipeline> {
    folder = await modelFolder({ findings: [FINDING], scoreFollowsBrightness: true, ...detector });
    model = await loadModel({ modelPath: folder.modelPath, device: 'cpu', intraOpThreads: 1, maxBatchSize });
    runs = [];
    const watched: ModelRunner = {
      signature: model.runner.signature,
      close: () => model.runner.close(),
      async run(input): Promise<OutputTensor[]> {
        runs.push(input.dims[0]);
        sabotage(input);
        return model.runner.run(input);
      },
    };
    return new DetectionPipeline({ ...model, runner: watched }, {});
  }

  afterEach(async () => {
    await model.runner.close();
    await folder.remove();
  });

  it('is one run, in which every image is answered for itself', async () => {
    const pipeline = await pipelineOf();
    const levels = [10, 60, 110, 160];
    const answers = await Promise.all(pipeline.answerAll(await Promise.all(levels.map(image))));
    levels.forEach((level, index) => expect(confidenceOf(answers[index])).toBeCloseTo(0.25 + level / 255, 4));
    expect(runs).toEqual([4]);
    expect(answers[3]!.batch!.batchSize).toBe(4);
  });

  it('may be smaller than the one before', async () => {
    const pipeline = await pipelineOf();
    await Promise.all(pipeline.answerAll([await image(10), await image(20), tensor(1, 1)]));
    const [two, one] = pipeline.answerAll([tensor(0.5), await image(51)]);
    expect([scoreOf((await two) as InferenceResult), confidenceOf(await one)]).toEqual([
      0.75,
      expect.closeTo(0.45, 3),
    ]);
    expect(confidenceOf(await pipeline.answerAll([await image(102)])[0])).toBeCloseTo(0.65, 3);
    expect(runs).toEqual([4, 2, 1]);
  });

  it('goes on without images that cannot be read, which are refused alone', async () => {
    const pipeline = await pipelineOf();
    const [first, refused, last] = await Promise.allSettled(
      pipeline.answerAll([await image(51), junk, await image(102)]),
    );
    expect(refused).toMatchObject({ status: 'rejected', reason: expect.any(RefusedImageError) });
    expect(confidenceOf((first as PromiseFulfilledResult<Detection>).value)).toBeCloseTo(0.45, 3);
    expect((last as PromiseFulfilledResult<Detection>).value.batch!.batchSize).toBe(2);
    expect(runs).toEqual([2]);
  });

  it('is no run at all when no image can be read', async () => {
    const pipeline = await pipelineOf();
    const answers = await Promise.allSettled(pipeline.answerAll([junk, junk]));
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(runs).toEqual([]);
  });

  it('holds images and tensors together, and gives each tensor its own rows', async () => {
    const pipeline = await pipelineOf();
    const tasks = [await image(51), tensor(0.5, NaN), tensor(0.75), await image(102)];
    const [one, two, three, four] = await Promise.all(pipeline.answerAll(tasks));
    expect(runs).toEqual([5]);
    expect([confidenceOf(one), confidenceOf(four)].map((score) => Math.round(score * 100))).toEqual([45, 65]);
    expect([scoreOf(two as InferenceResult), scoreOf(two as InferenceResult, 1)]).toEqual([0.75, NaN]);
    expect((two as InferenceResult).outputs[0]!.dims).toEqual([2, ROWS, ANCHORS]);
    expect(scoreOf(three as InferenceResult)).toBe(1);
  });

  it('is filled up where the model has a fixed size, and split where it is too large', async () => {
    const pipeline = await pipelineOf({ batch: 4 });
    const levels = [10, 60, 110, 140, 180];
    const answers = await Promise.all(pipeline.answerAll(await Promise.all(levels.map(image))));
    levels.forEach((level, index) => expect(confidenceOf(answers[index])).toBeCloseTo(0.25 + level / 255, 4));
    expect(runs).toEqual([4, 4]);
    expect(answers.map(({ batch }) => batch!.batchSize)).toEqual([4, 4, 4, 4, 1]);
  });

  it('is tried again one by one when the model fails on it, so that only the guilty one fails', async () => {
    const pipeline = await pipelineOf({}, 8, ({ data }) => {
      if (data.includes(7 as never)) throw new ModelRunFailedError({ reason: 'seven' });
    });
    const answers = await Promise.allSettled(pipeline.answerAll([tensor(0.5), tensor(7), tensor(0.25)]));
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(runs).toEqual([3, 1, 1, 1]);
  });

  it.each(['uint8', 'float16'] as const)('works with %s inputs', async (inputType) => {
    const findings = [{ ...FINDING, confidence: inputType === 'uint8' ? -50 : 0.25 }];
    const pipeline = await pipelineOf({ inputType, channels: 1, findings });
    const answers = await Promise.all(pipeline.answerAll([await image(51), await image(204)]));
    expect(answers.map((answer) => (answer as Detection).findings.length)).toEqual([1, 1]);
    expect(runs).toEqual([2]);
  });

  it('waits for the one before, and for as many as the runner allows, each with a tensor of its own', async () => {
    const pipeline = await pipelineOf();
    const runner: ModelRunner = {
      signature: model.runner.signature,
      maxConcurrentRuns: 2,
      close: async () => undefined,
      run: (input) => new Promise((resolve) => held.push({ input, resolve })),
    };
    const held: { input: InputTensor; resolve: (outputs: OutputTensor[]) => void }[] = [];
    const overlapping = new DetectionPipeline({ ...model, runner }, {});
    const answers = [51, 102, 153].map(async (level) => overlapping.detect((await image(level)).bytes));
    while (held.length < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(held[0]!.input.data).not.toBe(held[1]!.input.data);
    expect(held).toHaveLength(2);
    for (let run = 0; run < 3; run++) {
      while (held.length <= run) await new Promise((resolve) => setImmediate(resolve));
      const outputs = await model.runner.run(held[run]!.input);
      held[run]!.resolve(outputs.map((output) => ({ ...output, data: output.data.slice() })));
    }
    const found = (await Promise.all(answers)).map(confidenceOf);
    [0.45, 0.65, 0.85].forEach((confidence, index) => expect(found[index]).toBeCloseTo(confidence, 2));
    expect(await pipeline.measure(1)).toMatchObject({ batchSize: 1 });
  });

  it('can be measured', async () => {
    const pipeline = await pipelineOf({ busyWork: 1 });
    expect(await pipeline.measure(3)).toEqual({ batchSize: 3, runMs: expect.any(Number) });
    expect(new Set(runs)).toEqual(new Set([3]));
    expect(runs.length).toBeLessThanOrEqual(3);
  });
});

describe('batchesOf', () => {
  const item = (places: number, side = 64) => ({ places, width: side, height: side });

  it('splits where there is no more room and where sizes change', () => {
    const items = [item(1), item(2), item(2), item(1, 32), item(9), item(1)];
    expect(batchesOf(items, 4).map((batch) => batch.length)).toEqual([2, 1, 1, 1, 1]);
    expect(batchesOf([], 4)).toEqual([]);
  });
});
