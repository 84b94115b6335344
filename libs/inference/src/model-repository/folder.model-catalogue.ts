import { Dirent } from 'node:fs';
import { opendir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import {
  CatalogueEntry,
  compareVersions,
  MODEL_NAME,
  MODEL_VERSION,
  ModelCatalogue,
} from './model-catalogue';

/** Bounds of what a folder may hold. */
export interface FolderLimits {
  /** Largest ONNX file that is opened. */
  readonly maxFileBytes: number;
  /** Models, and versions of each; what comes beyond is not seen. */
  readonly maxModels?: number;
  readonly maxVersions?: number;
}

const MAX_MODELS = 256;
const MAX_VERSIONS = 64;
/** Entries of a folder that are looked at, whatever they are. */
const MAX_ENTRIES = 4096;
const MAX_CONFIG_BYTES = 64 * 1024;

/**
 * A folder in Triton's layout: `<name>/<version>/model.onnx`, with a `model_config.yaml` beside the file or, for all
 * versions, beside their folders. Names that are not safe are passed over; links are followed only to files inside
 * the folder; nothing is opened.
 */
export class FolderModelCatalogue implements ModelCatalogue {
  constructor(
    private readonly folder: string,
    private readonly limits: FolderLimits,
  ) {}

  async list(): Promise<readonly CatalogueEntry[]> {
    const names = await foldersIn(this.folder, MODEL_NAME, this.limits.maxModels ?? MAX_MODELS);
    const entries: CatalogueEntry[] = [];
    for (const name of names.sort()) entries.push(...(await this.versionsOf(name)));
    return entries;
  }

  async versionsOf(name: string): Promise<readonly CatalogueEntry[]> {
    if (!MODEL_NAME.test(name)) return [];
    const folder = join(this.folder, name);
    if (!(await this.isInside(folder))) return [];
    const versions = await foldersIn(folder, MODEL_VERSION, this.limits.maxVersions ?? MAX_VERSIONS);
    return Promise.all(versions.sort(compareVersions).map((version) => this.entry(name, version)));
  }

  private async entry(name: string, version: string): Promise<CatalogueEntry> {
    const folder = join(this.folder, name, version);
    try {
      const model = await this.file(join(folder, 'model.onnx'), this.limits.maxFileBytes);
      if (!model) return { name, version, problem: `there is no model.onnx in ${name}/${version}` };
      const config = await this.configOf(name, version);
      const fingerprint = [model, config].map(
        (file) => file && `${file.path}:${file.bytes}:${file.changedMs}`,
      );
      return {
        name,
        version,
        modelPath: model.path,
        ...(config && { configPath: config.path }),
        fileBytes: model.bytes,
        fingerprint: fingerprint.join('|'),
      };
    } catch (error) {
      return { name, version, problem: (error as Error).message };
    }
  }

  private async configOf(name: string, version: string) {
    const file = 'model_config.yaml';
    const places = [join(this.folder, name, version, file), join(this.folder, name, file)];
    for (const place of places) {
      const found = await this.file(place, MAX_CONFIG_BYTES);
      if (found) return found;
    }
    return undefined;
  }

  /** `undefined` when there is none; throws in words when it must not be read. */
  private async file(path: string, maxBytes: number) {
    const shown = path.slice(this.folder.length + 1);
    const real = await realpath(path).catch(() => undefined);
    if (real === undefined) return undefined;
    if (!(await this.isInside(path))) throw new Error(`${shown} leads out of the repository`);
    const { size: bytes, mtimeMs: changedMs, ...kind } = await describe(real);
    if (!kind.isFile) throw new Error(`${shown} is not a file`);
    if (bytes > maxBytes) throw new Error(`${shown} has ${bytes} bytes, more than the limit of ${maxBytes}`);
    return { path: real, bytes, changedMs };
  }

  private async isInside(path: string): Promise<boolean> {
    try {
      return `${await realpath(path)}${sep}`.startsWith(`${await realpath(this.folder)}${sep}`);
    } catch {
      return false;
    }
  }
}

async function describe(path: string) {
  const found = await stat(path);
  return { size: found.size, mtimeMs: found.mtimeMs, isFile: found.isFile() };
}

/** Folders, or links that may lead to one, whose name is as it should be. */
async function foldersIn(folder: string, pattern: RegExp, limit: number): Promise<string[]> {
  const names: string[] = [];
  let seen = 0;
  try {
    for await (const entry of await opendir(folder)) {
      if (++seen > MAX_ENTRIES || names.length === limit) break;
      if (isFolderLike(entry) && pattern.test(entry.name)) names.push(entry.name);
    }
  } catch {
    return [];
  }
  return names;
}

function isFolderLike(entry: Dirent): boolean {
  return entry.isDirectory() || entry.isSymbolicLink();
}
