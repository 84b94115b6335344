import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SigningKey, signingKeyOf, SigningKeysError } from './signature';

const maxKeys = 100;
const maxKeyBytes = 16 * 1024;

/**
 * The public keys in a folder, read anew each time so that a key that is taken away counts no more at once.
 * @throws SigningKeysError where there is none, or one that cannot be used
 */
export async function readSigningKeys(folder: string): Promise<SigningKey[]> {
  const names = await filesOf(folder);
  if (names.length === 0 || names.length > maxKeys) {
    throw new SigningKeysError(`expected 1 to ${maxKeys} .pem files, found ${names.length}`);
  }
  return Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      if ((await stat(path)).size > maxKeyBytes) throw new SigningKeysError(`${name} is too large for a key`);
      return signingKeyOf(name.slice(0, -'.pem'.length), await readFile(path, 'utf8'));
    }),
  );
}

async function filesOf(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith('.pem')).sort();
  } catch (error) {
    throw new SigningKeysError(
      `the folder cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`,
    );
  }
}
