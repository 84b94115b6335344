import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** Where the workspace begins. */
export const root = join(import.meta.dirname, '../..');

/** What is generated once and not kept in the repository: models, films, Python environments. */
export const cache = join(root, 'bench/models-cache');

/** Packages are those the application runs with. */
export const requireOfApi = createRequire(join(root, 'apps/api/package.json'));

/** As the application's detector sees them. */
export const requireOfInference = createRequire(join(root, 'libs/inference/package.json'));

/** The cache's folder, made if it is not there. */
export async function cacheFolder(...names) {
  const folder = join(cache, ...names);
  await mkdir(folder, { recursive: true });
  return folder;
}
