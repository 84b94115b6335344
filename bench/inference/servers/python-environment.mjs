import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cache, root } from '../workspace.mjs';

const requirements = join(root, 'bench/inference/peers/requirements');
const INSTALL_LIMIT_MS = 900_000;

/** Where the virtual environment of a peer is or would be; BENCH_PYTHONS names a folder that already has them. */
export function pythonFolder(name) {
  return join(process.env.BENCH_PYTHONS ?? join(cache, 'python'), name);
}

/** Installs what `requirements/NAME.txt` asks for, once. Returns why that failed, or nothing. */
export function preparePython(name) {
  const folder = pythonFolder(name);
  const stamp = join(folder, 'installed');
  if (existsSync(stamp) || process.env.BENCH_PYTHONS) return undefined;
  process.stderr.write(`bench: installing the Python packages of ${name} …\n`);
  return (
    failureOf('python3', ['-m', 'venv', folder]) ??
    failureOf(join(folder, 'bin/pip'), ['install', '--quiet', '-r', join(requirements, `${name}.txt`)]) ??
    void writeFileSync(stamp, '')
  );
}

function failureOf(program, args) {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8', timeout: INSTALL_LIMIT_MS });
  if (status === 0) return undefined;
  return error?.message ?? stderr.trim().split('\n').at(-1);
}
