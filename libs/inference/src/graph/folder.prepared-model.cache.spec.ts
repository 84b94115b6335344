import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderPreparedModelCache } from './folder.prepared-model.cache';
import { PreparedModel } from './model-preparation';
import { preparationKey } from './prepared-model.cache';

const PREPARED: PreparedModel = {
  bytes: Buffer.from('a rewritten model'),
  applied: ['folded-input'],
  rejected: 'cut-head: not faster',
  largestDifference: 1e-6,
  largestShift: 0.01,
  speedup: 1.2,
  format: { inputType: 'uint8', channels: 1, normalisation: 'raw' },
};
const SUBJECT = {
  digestSha256: 'ab',
  runtimeVersion: '1.30.0',
  device: 'cpu/1',
  reading: 'unit/anchor-free',
};
const KEY = preparationKey(SUBJECT);

describe('FolderPreparedModelCache', () => {
  let root: string;
  let folder: string;
  let cache: FolderPreparedModelCache;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'thorax-prepared-'));
    folder = join(root, 'not/yet/there');
    cache = new FolderPreparedModelCache(folder);
  });

  afterEach(() => rm(root, { recursive: true }));

  it('gives back what it was given, to another instance too', async () => {
    expect(await cache.get(KEY)).toBeUndefined();
    await cache.put(KEY, PREPARED);
    expect(await new FolderPreparedModelCache(folder).get(KEY)).toEqual(PREPARED);
    expect(await cache.get(preparationKey({ ...SUBJECT, digestSha256: 'cd' }))).toBeUndefined();
  });

  it('keeps one whole model when many write at once, and no drafts', async () => {
    await Promise.all(Array.from({ length: 8 }, () => cache.put(KEY, PREPARED)));
    expect(await cache.get(KEY)).toEqual(PREPARED);
    expect((await readdir(folder)).sort()).toEqual([`${KEY}.json`, `${KEY}.onnx`]);
  });

  it.each([
    ['the model is cut short', (path: string) => truncate(`${path}.onnx`, 3)],
    ['the model is another', (path: string) => writeFile(`${path}.onnx`, 'another model')],
    ['the model is gone', (path: string) => rm(`${path}.onnx`)],
    ['the note is cut short', (path: string) => truncate(`${path}.json`, 10)],
    ['the note is gone, as after a crash between the two', (path: string) => rm(`${path}.json`)],
  ])('has nothing when %s, and heals', async (_, damage) => {
    await cache.put(KEY, PREPARED);
    await damage(join(folder, KEY));
    expect(await cache.get(KEY)).toBeUndefined();
    await cache.put(KEY, PREPARED);
    expect(await cache.get(KEY)).toEqual(PREPARED);
  });

  it('does without a folder it cannot write', async () => {
    await writeFile(join(root, 'file'), '');
    const blocked = new FolderPreparedModelCache(join(root, 'file'));
    await expect(blocked.put(KEY, PREPARED)).resolves.toBeUndefined();
    await expect(blocked.get(KEY)).resolves.toBeUndefined();
  });
});

describe('preparationKey', () => {
  it('changes with everything a prepared model depends on', () => {
    const keys = [
      SUBJECT,
      { ...SUBJECT, digestSha256: 'cd' },
      { ...SUBJECT, runtimeVersion: '1.31.0' },
      { ...SUBJECT, device: 'cuda/1' },
      { ...SUBJECT, reading: 'raw/anchor-free' },
    ].map(preparationKey);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
  });
});
