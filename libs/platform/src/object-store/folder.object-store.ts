import { randomUUID } from 'node:crypto';
import { access, FileHandle, mkdir, open, opendir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { Readable } from 'node:stream';
import { assertObjectKey, ObjectNotFoundError, ObjectStore, ObjectSummary } from './object-store';

/** Written here first, then renamed into place; the leading dot keeps it out of the key space. */
const stagingFolder = '.staging';

/** Folders that are remembered as made. */
const maxRemembered = 4096;
const streamChunkBytes = 256 * 1024;

/**
 * Object store on a local folder. Writes go to a staging file that is flushed to disk and renamed, so
 * a crash leaves the old object or the new one, never half of it.
 */
export class FolderObjectStore implements ObjectStore {
  private readonly made = new Set<string>();

  /** @param root absolute path; created on the first write */
  constructor(private readonly root: string) {}

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const write = (staged: string) => writeDurably(staged, (file) => writeWhole(file, bytes));
    try {
      await this.place(key, write);
    } catch (error) {
      if (!isAbsent(error)) throw error;
      // Somebody has taken away a folder that was made before.
      this.made.clear();
      await this.place(key, write);
    }
  }

  async putStream(key: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
    // Chunks come once, so there is no second attempt: no folder is taken on trust.
    this.made.clear();
    let sizeBytes = 0;
    await this.place(key, (staged) =>
      writeDurably(staged, async (file) => {
        for await (const chunk of chunks) {
          await writeWhole(file, chunk);
          sizeBytes += chunk.byteLength;
        }
      }),
    );
    return sizeBytes;
  }

  async get(key: string): Promise<Uint8Array> {
    try {
      return await readFile(this.pathOf(key));
    } catch (error) {
      throw isAbsent(error) ? new ObjectNotFoundError(key) : error;
    }
  }

  async getStream(key: string): Promise<Readable> {
    try {
      return (await open(this.pathOf(key))).createReadStream({ highWaterMark: streamChunkBytes });
    } catch (error) {
      throw isAbsent(error) ? new ObjectNotFoundError(key) : error;
    }
  }

  async exists(key: string): Promise<boolean> {
    return access(this.pathOf(key)).then(
      () => true,
      () => false,
    );
  }

  async delete(key: string): Promise<void> {
    await rm(this.pathOf(key), { force: true });
  }

  async *list(prefix: string): AsyncIterable<ObjectSummary> {
    for await (const path of filesBelow(join(this.root, folderOf(prefix)))) {
      const key = relative(this.root, path).split(sep).join('/');
      if (key.startsWith('.') || !key.startsWith(prefix)) continue;
      const { size, mtime } = await stat(path);
      yield { key, sizeBytes: size, modifiedAt: mtime };
    }
  }

  async check(): Promise<void> {
    const probe = join(this.root, stagingFolder, randomUUID());
    await mkdir(dirname(probe), { recursive: true });
    await (await open(probe, 'w')).close();
    await rm(probe);
  }

  private async place(key: string, write: (staged: string) => Promise<void>): Promise<void> {
    const target = this.pathOf(key);
    const staged = join(this.root, stagingFolder, randomUUID());
    await this.makeOnce(dirname(staged));
    await this.makeOnce(dirname(target));
    try {
      await write(staged);
      await rename(staged, target);
    } catch (error) {
      await rm(staged, { force: true });
      throw error;
    }
  }

  private async makeOnce(folder: string): Promise<void> {
    if (this.made.has(folder)) return;
    await mkdir(folder, { recursive: true });
    if (this.made.size >= maxRemembered) this.made.clear();
    this.made.add(folder);
  }

  private pathOf(key: string): string {
    assertObjectKey(key);
    return join(this.root, ...key.split('/'));
  }
}

/** Below which every key with this prefix lies: no other folder need be read. Nothing above the root. */
function folderOf(prefix: string): string {
  const folders = prefix.split('/').slice(0, -1);
  return folders.some((folder) => folder.startsWith('.')) ? '' : join(...folders, '.');
}

async function writeDurably(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await write(file);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function* filesBelow(folder: string): AsyncIterable<string> {
  let entries;
  try {
    entries = await opendir(folder);
  } catch (error) {
    if (isAbsent(error)) return;
    throw error;
  }
  for await (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}

function isAbsent(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

/** In one piece where the system takes it: `writeFile` comes back to the event loop for every half megabyte. */
async function writeWhole(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
}
