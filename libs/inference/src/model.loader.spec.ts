import { FINDING_CLASSES } from '@thorax/radiograph';
import {
  InvalidModelConfigError,
  ModelFileChangedError,
  ModelFileCorruptError,
  ModelFileMissingError,
  UnsupportedModelLayoutError,
} from './errors';
import { LoadedModel, loadModel, ModelSource } from './model.loader';
import { OUTPUT_LAYOUTS } from './output-layout';
import { ModelFolder, modelFolder } from './testing/model-folder';
import { TinyDetector, tinyDetectorOnnx } from './testing/tiny-detector';

// Loading the native runtime takes seconds on a busy machine.
jest.setTimeout(30_000);

describe('loadModel', () => {
  let folder: ModelFolder;
  let loaded: LoadedModel | undefined;

  async function load(
    model: Partial<TinyDetector> | Uint8Array,
    config?: string,
    source: Partial<ModelSource> = {},
  ) {
    folder = await modelFolder(model, config);
    loaded = await loadModel({ modelPath: folder.modelPath, device: 'cpu', intraOpThreads: 1, ...source });
    return loaded.description;
  }

  afterEach(async () => {
    await loaded?.runner.close();
    loaded = undefined;
    await folder.remove();
  });

  it.each(OUTPUT_LAYOUTS)('loads a model of layout %s without configuration', async (layout) => {
    // Whether a fifteenth logit is a class cannot be seen; names settle it.
    expect(await load({ layout })).toMatchObject({
      layout,
      classes: FINDING_CLASSES,
      inputWidth: 64,
      name: 'model',
    });
  });

  it.each(['float32', 'float16', 'uint8'] as const)('loads a model that takes %s', async (inputType) => {
    expect(await load({ inputType, channels: 1, batch: 2 })).toMatchObject({
      inputType,
      channels: 1,
      fixedBatchSize: 2,
    });
  });

  it('reads the configuration beside the model', async () => {
    const config = 'model: { name: tiny, version: 1.20, confidence_threshold: 0.1 }';
    expect(await load({}, config)).toMatchObject({ name: 'tiny', version: '1.20', confidenceThreshold: 0.1 });
  });

  it('lets the caller choose the batch size', async () => {
    const { serving } = await load({}, 'serving: { max_batch_size: 2 }', { maxBatchSize: 8 });
    expect(serving.maxBatchSize).toBe(8);
  });

  it('identifies the model by the digest of its bytes', async () => {
    const { digestSha256 } = await load({});
    expect(digestSha256).toMatch(/^[0-9a-f]{64}$/);
    const again = loadModel({
      modelPath: folder.modelPath,
      device: 'cpu',
      intraOpThreads: 1,
      expectedSha256: '0'.repeat(64),
    });
    await expect(again).rejects.toThrow(ModelFileChangedError);
  });

  it.each([
    ['no file', {}, undefined, { modelPath: '/nowhere/model.onnx' }, ModelFileMissingError, 'ENOENT'],
    ['a folder', {}, undefined, { modelPath: '/tmp' }, ModelFileMissingError, 'EISDIR'],
    ['an empty file', new Uint8Array(), undefined, {}, ModelFileCorruptError, 'format version'],
    [
      'a Git LFS pointer',
      Buffer.from('version https://git-lfs'),
      undefined,
      {},
      ModelFileCorruptError,
      'at byte',
    ],
    ['half a model', tinyDetectorOnnx().subarray(0, 2000), undefined, {}, ModelFileCorruptError, 'truncated'],
    ['a bad configuration', {}, 'model: { input_size: 63 }', {}, InvalidModelConfigError, 'model.input_size'],
    [
      'a missing configuration that was asked for',
      {},
      undefined,
      { configPath: '/nowhere.yaml' },
      InvalidModelConfigError,
      '/nowhere.yaml',
    ],
    [
      'classes that contradict the model',
      {},
      'model: { classes: [a, b] }',
      {},
      UnsupportedModelLayoutError,
      'with 2 classes',
    ],
  ] as const)('explains what is wrong with %s', async (_, model, config, source, error, text) => {
    const loading = load(model, config, source);
    await expect(loading).rejects.toThrow(error);
    await expect(loading).rejects.toThrow(text);
  });

  it('explains a graph that the runtime refuses', async () => {
    const bytes = Buffer.from(tinyDetectorOnnx());
    const damaged = Buffer.from(bytes.toString('latin1').replace('ReduceMean', 'ReduceMoan'), 'latin1');
    await expect(load(damaged)).rejects.toThrow(/not a usable ONNX model: .*ReduceMoan/s);
  });
});
