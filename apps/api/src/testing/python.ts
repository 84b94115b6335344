import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const scripts = join(__dirname, '../../src/testing/python');
const runTimeoutMs = 120_000;

/** A Python that can run clients of ours, or why there is none. */
export interface PythonClients {
  readonly executable?: string;
  /** For the name of a skipped test; empty when there is one. */
  readonly missing: string;
}

/** The first of these interpreters that can import `modules`. */
export function pythonWith(modules: string, ...executables: (string | undefined)[]): PythonClients {
  return pythonNamedBy('THORAX_PYTHON', modules, ...executables);
}

/** As {@link pythonWith}, for an interpreter that another variable names. */
export function pythonNamedBy(
  variable: string,
  modules: string,
  ...executables: (string | undefined)[]
): PythonClients {
  const executable = executables.find(
    (candidate) =>
      candidate && existsSync(candidate) && spawnSync(candidate, ['-c', `import ${modules}`]).status === 0,
  );
  const missing = executable ? '' : ` (skipped: ${variable} names no Python that imports ${modules})`;
  return { executable, missing };
}

/** What a script of `src/testing/python` printed, one entry a line. Rejects with what it complained about. */
export async function runPython(executable: string, script: string, ...args: string[]): Promise<unknown[]> {
  const child = spawn(executable, [join(scripts, script), ...args], {
    timeout: runTimeoutMs,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  let [output, complaints] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`${script} ended with ${code}:\n${output}\n${complaints}`);
  return output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as unknown);
}
