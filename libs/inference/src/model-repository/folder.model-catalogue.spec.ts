import { mkdir, mkdtemp, open, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderModelCatalogue } from './folder.model-catalogue';

const MAX_FILE_BYTES = 1024;

describe('a folder of models', () => {
  let root: string;
  let folder: string;
  let catalogue: FolderModelCatalogue;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'thorax-catalogue-'));
    folder = join(root, 'repository');
    await mkdir(folder);
    catalogue = new FolderModelCatalogue(folder, { maxFileBytes: MAX_FILE_BYTES, maxModels: 8 });
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  async function write(path: string, content = 'onnx'): Promise<void> {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), content);
  }

  it('lists models by name and versions by number', async () => {
    for (const path of ['b/10', 'b/9', 'a/1']) await write(`${path}/model.onnx`);
    const entries = await catalogue.list();
    expect(entries.map(({ name, version }) => `${name}:${version}`)).toEqual(['a:1', 'b:9', 'b:10']);
    expect(entries[0]).toMatchObject({ modelPath: join(folder, 'a/1/model.onnx'), fileBytes: 4 });
  });

  it('takes the configuration beside the file before the one for all versions', async () => {
    for (const path of ['a/1/model.onnx', 'a/2/model.onnx', 'a/model_config.yaml', 'a/2/model_config.yaml'])
      await write(path);
    expect(await catalogue.versionsOf('a')).toMatchObject([
      { configPath: join(folder, 'a/model_config.yaml') },
      { configPath: join(folder, 'a/2/model_config.yaml') },
    ]);
  });

  it('tells a changed file from the same one', async () => {
    await write('a/1/model.onnx');
    const [first] = await catalogue.versionsOf('a');
    expect(await catalogue.versionsOf('a')).toEqual([first]);
    await write('a/1/model.onnx', 'onnx2');
    expect(await catalogue.versionsOf('a')).not.toEqual([first]);
  });

  it.each(['..', '../repository', 'a/../b', '', '.hidden', 'a\0', 'x'.repeat(101), '%2e%2e'])(
    'knows nothing under the name "%s"',
    async (name) => {
      await write('b/1/model.onnx');
      expect(await catalogue.versionsOf(name)).toEqual([]);
    },
  );

  it('passes over what has no name of a model or number of a version', async () => {
    await write('.git/1/model.onnx');
    await write('a b/1/model.onnx');
    await write('a/latest/model.onnx');
    await write('a/0/model.onnx');
    await write('README.md');
    expect(await catalogue.list()).toEqual([]);
  });

  it('follows links inside the folder and none that lead out of it', async () => {
    await writeFile(join(root, 'secret'), 'secret');
    await mkdir(join(root, 'outside/1'), { recursive: true });
    await writeFile(join(root, 'outside/1/model.onnx'), 'onnx');
    await symlink(join(root, 'outside'), join(folder, 'linked'));
    await write('real/1/model.onnx');
    await mkdir(join(folder, 'inner/1'), { recursive: true });
    await symlink(join(folder, 'real/1/model.onnx'), join(folder, 'inner/1/model.onnx'));
    await mkdir(join(folder, 'outer/1'), { recursive: true });
    await symlink(join(root, 'secret'), join(folder, 'outer/1/model.onnx'));
    await write('told/1/model.onnx');
    await symlink(join(root, 'secret'), join(folder, 'told/model_config.yaml'));
    expect(await catalogue.list()).toMatchObject([
      { name: 'inner', modelPath: join(folder, 'real/1/model.onnx') },
      { name: 'outer', problem: expect.stringContaining('leads out of the repository') },
      { name: 'real', fileBytes: 4 },
      { name: 'told', problem: expect.stringContaining('leads out of the repository') },
    ]);
  });

  it('refuses by size, without reading, a file larger than the limit', async () => {
    await mkdir(join(folder, 'huge/1'), { recursive: true });
    const file = await open(join(folder, 'huge/1/model.onnx'), 'w');
    await file.truncate(1024 ** 3);
    await file.close();
    expect(await catalogue.list()).toEqual([
      { name: 'huge', version: '1', problem: expect.stringContaining('more than the limit of 1024') },
    ]);
  });

  it('says of a version without a file, or with a folder for one, what is wrong', async () => {
    await mkdir(join(folder, 'empty/1'), { recursive: true });
    await mkdir(join(folder, 'odd/1/model.onnx'), { recursive: true });
    expect(await catalogue.list()).toEqual([
      { name: 'empty', version: '1', problem: 'there is no model.onnx in empty/1' },
      { name: 'odd', version: '1', problem: 'odd/1/model.onnx is not a file' },
    ]);
  });

  it('sees no more models than its bound', async () => {
    for (let index = 0; index < 20; index++) await write(`m${index}/1/model.onnx`);
    expect(await catalogue.list()).toHaveLength(8);
  });

  it('is empty where there is no folder', async () => {
    expect(await new FolderModelCatalogue(join(root, 'nothing'), { maxFileBytes: 1 }).list()).toEqual([]);
  });
});
