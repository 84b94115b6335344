import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeObjectStore } from '../testing/object-store.contract';
import { FolderObjectStore } from './folder.object-store';

const newFolder = () => mkdtemp(join(tmpdir(), 'thorax-objects-'));

describeObjectStore('a folder', async () => new FolderObjectStore(await newFolder()));

describe('FolderObjectStore', () => {
  it('leaves nothing in staging, written or failed', async () => {
    const root = await newFolder();
    const store = new FolderObjectStore(root);
    await store.put('images/one', new Uint8Array(10));
    await store.put('blocked', new Uint8Array(10));
    await expect(store.put('blocked/below-a-file', new Uint8Array(10))).rejects.toThrow();
    expect(await readdir(join(root, '.staging'))).toEqual([]);
  });

  it('makes folders again that somebody has taken away', async () => {
    const root = await newFolder();
    const store = new FolderObjectStore(root);
    await store.put('images/one', Uint8Array.of(1));
    await rm(root, { recursive: true });
    await store.put('images/two', Uint8Array.of(2));
    expect([...(await store.get('images/two'))]).toEqual([2]);
  });

  it('reports through check() that it cannot be written to', async () => {
    const root = join(await newFolder(), 'file');
    await writeFile(root, 'not a folder');
    await expect(new FolderObjectStore(root).check()).rejects.toThrow(/ENOTDIR|EEXIST/);
  });
});
