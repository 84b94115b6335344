import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A Thorax of the test's own: a real process, on a free port, with a state folder that goes with it. */
export interface RunningApplication {
  readonly url: string;
  readonly home: string;
  readonly pid: number;
  /** What the process has written so far. */
  readonly output: readonly string[];
  /** Polite stop; resolves with the exit code. Removes the state folder unless `keepHome`. */
  stop(options?: { keepHome?: boolean }): Promise<number | null>;
}

const main = join(__dirname, '../../dist/main.js');

/** Starts the built application and resolves when it says it is ready and its model has settled. */
export async function startApplication(
  env: Readonly<Record<string, string>> = {},
): Promise<RunningApplication> {
  const home = env.THORAX_HOME ?? (await mkdtemp(join(tmpdir(), 'thorax-home-')));
  const child = spawn(process.execPath, [main], {
    env: { ...process.env, PORT: '0', THORAX_HOME: home, LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  const exited = once(child, 'exit') as Promise<[number | null]>;
  createInterface({ input: child.stderr }).on('line', (line) => output.push(line));
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      output.push(line);
      const found = /Reading page\s+(\S+)\//.exec(line);
      if (found) resolve(found[1]);
    });
    void exited.then(([code]) => reject(new Error(`Thorax ended with ${code}:\n${output.join('\n')}`)));
  });
  await modelSettled(url);
  return {
    url,
    home,
    pid: child.pid!,
    output,
    async stop({ keepHome = false } = {}) {
      child.kill('SIGTERM');
      const [code] = await exited;
      if (!keepHome) await rm(home, { recursive: true, force: true });
      return code;
    },
  };
}

async function modelSettled(url: string): Promise<void> {
  for (;;) {
    const response = await fetch(`${url}/health/ready`);
    const { details } = (await response.json()) as { details: { model: { message?: string } } };
    if (details.model.message !== 'The model is still loading.') return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
