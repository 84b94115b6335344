import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PreparedModel } from './model-preparation';
import { PreparedModelCache } from './prepared-model.cache';

/** The note beside a model: everything but its bytes, and their digest. */
type Note = Omit<PreparedModel, 'bytes'> & { readonly sha256: string };

/**
 * Keeps prepared models as `<key>.onnx` with a note `<key>.json` beside it. Files appear whole or not at all
 * (written under another name, then renamed), the note last; a model that does not have the digest of its note is as
 * good as absent. Several processes may share the folder: the last writer wins, and all write the same.
 */
export class FolderPreparedModelCache implements PreparedModelCache {
  /** The folder is made when first written to. */
  constructor(private readonly folder: string) {}

  async get(key: string): Promise<PreparedModel | undefined> {
    try {
      const { sha256, ...note } = JSON.parse(await readFile(this.pathOf(key, 'json'), 'utf8')) as Note;
      const bytes = await readFile(this.pathOf(key, 'onnx'));
      return digestOf(bytes) === sha256 ? { ...note, bytes } : undefined;
    } catch {
      return undefined;
    }
  }

  async put(key: string, { bytes, ...rest }: PreparedModel): Promise<void> {
    const note: Note = { ...rest, sha256: digestOf(bytes) };
    try {
      await mkdir(this.folder, { recursive: true });
      await this.writeWhole(this.pathOf(key, 'onnx'), bytes);
      await this.writeWhole(this.pathOf(key, 'json'), JSON.stringify(note));
    } catch {
      // A read-only or full disk: the model is prepared again next time.
    }
  }

  private async writeWhole(path: string, content: Uint8Array | string): Promise<void> {
    const draft = `${path}.${randomUUID()}.tmp`;
    try {
      await writeFile(draft, content);
      await rename(draft, path);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }

  private pathOf(key: string, extension: string): string {
    return join(this.folder, `${key}.${extension}`);
  }
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
