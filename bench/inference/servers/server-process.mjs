import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const START_LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 20_000;
const KEPT_OUTPUT = 4000;

const running = new Set();
// A server has a process group of its own, so a Ctrl-C at ours does not reach it.
process.on('exit', () => running.forEach((pid) => killGroup(pid)));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

/** A server of ours on loopback: one process group, which ends as a whole. */
export class ServerProcess {
  #child;
  #exited;
  #output = '';

  /** `settings` are those of `spawn`. */
  constructor(program, args, settings) {
    this.#child = spawn(program, args, { ...settings, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    if (this.#child.pid !== undefined) running.add(this.#child.pid);
    this.#exited = once(this.#child, 'exit').catch((error) => [error.message]);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.on('data', (chunk) => (this.#output = (this.#output + chunk).slice(-KEPT_OUTPUT)));
    }
  }

  get pid() {
    return this.#child.pid;
  }

  /** The end of what it has written. */
  get output() {
    return this.#output;
  }

  /** Asks until `attempt` resolves with something; gives up when the process ends or takes too long. */
  async until(attempt) {
    const deadline = performance.now() + START_LIMIT_MS;
    let ended = false;
    void this.#exited.then(() => (ended = true));
    let reason;
    while (!ended && performance.now() < deadline) {
      const found = await attempt().catch((error) => void (reason = error));
      if (found !== undefined) return found;
      await pause(100);
    }
    throw new Error(`It ${ended ? 'ended' : 'took too long'} (${reason?.message ?? ''}):\n${this.#output}`);
  }

  /** Politely, then not; resolves when the process is gone. */
  async stop() {
    if (this.#child.pid === undefined) return;
    this.#child.kill('SIGTERM');
    const late = pause(STOP_LIMIT_MS, 'late', { ref: false });
    await Promise.race([this.#exited, late]);
    killGroup(this.#child.pid);
    await this.#exited;
    running.delete(this.#child.pid);
  }
}

/** Whatever is left of the group: workers that outlived the process that led them. */
function killGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left, as it should be.
  }
}

/** A port that is free, with two free ones after it for servers that want several. */
export async function freePort() {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const free = await Promise.all([port, port + 1, port + 2].map(isFree));
    if (free.every(Boolean)) return port;
  }
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
