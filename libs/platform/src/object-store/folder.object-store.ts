import { randomUUID } from 'node:crypto';
import { access, mkdir, open, opendir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { assertObjectKey, ObjectNotFoundError, ObjectStore, ObjectSummary } from './object-store';

/** Written here first, then renamed into place; the leading dot keeps it out of the key space. */
const stagingFolder = '.staging';

/** Folders that are remembered as made. */
const maxRemembered = 4096;

/**
 * Object store on a local folder. Writes go to a staging file that is flushed to disk and renamed, so
 * a crash leaves the old object or the new one, never half of it.
 */
export class FolderObjectStore implements ObjectStore {
  private readonly made = new Set<string>();

  /** @param root absolute path; created on the first write */
  constructor(private readonly root: string) {}

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const target = this.pathOf(key);
    try {
      await this.replace(target, bytes);
    } catch (error) {
      if (!isAbsent(error)) throw error;
      // Somebody has taken away a folder that was made before.
      this.made.clear();
      await this.replace(target, bytes);
    }
  }

  async get(key: string): Promise<Uint8Array> {
    try {
      return await readFile(this.pathOf(key));
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
    for await (const path of filesBelow(this.root)) {
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

  private async replace(target: string, bytes: Uint8Array): Promise<void> {
    const staged = join(this.root, stagingFolder, randomUUID());
    await this.makeOnce(dirname(staged));
    await this.makeOnce(dirname(target));
    try {
      await writeDurably(staged, bytes);
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

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx');
  try {
    // In one piece where the system takes it: `writeFile` comes back to the event loop for every half megabyte.
    for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
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
