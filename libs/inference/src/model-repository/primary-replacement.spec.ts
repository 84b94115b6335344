import { grayPng } from '../testing/gray-png';
import { modelFolder, ModelFolder } from '../testing/model-folder';
import { ModelRepository } from './model-repository';

jest.setTimeout(60_000);

describe('a primary that is replaced under load', () => {
  const folders: ModelFolder[] = [];
  let repository: ModelRepository;
  const chest = async (version: string): Promise<string> => {
    const config = `model: {name: chest, version: '${version}'}`;
    const folder = await modelFolder({ metadata: { version } }, config);
    folders.push(folder);
    return folder.modelPath;
  };

  afterEach(async () => {
    await repository?.close();
    await Promise.all(folders.splice(0).map((folder) => folder.remove()));
  });

  it('answers every request, each by one version, and only by the new one from then on', async () => {
    const plan = { workers: 1, intraOpThreads: 1 };
    repository = new ModelRepository({
      primary: { modelPath: await chest('1'), plan },
      detector: {},
      cores: 2,
      memoryBudgetBytes: 1e10,
      unloadGraceMs: 20_000,
    });
    await repository.primary.whenSettled();
    const image = await grayPng(128, 64);
    const next = await chest('2');
    let replaced = false;
    const versions: string[] = [];
    const lane = async (): Promise<void> => {
      for (let afterwards = 0; afterwards < 10; ) {
        const isAfterwards = replaced;
        const { model } = await repository.primary.detect(image);
        versions.push(model.version);
        if (isAfterwards) afterwards++;
        if (isAfterwards) expect(model.version).toBe('2');
      }
    };
    const lanes = Promise.all(Array.from({ length: 8 }, lane));
    await repository.replacePrimary({ modelPath: next, plan });
    replaced = true;
    await lanes;
    expect(new Set(versions)).toEqual(new Set(['1', '2']));
    expect(repository.entries()).toEqual([{ name: 'chest', version: '2', state: 'READY' }]);
  });
});
