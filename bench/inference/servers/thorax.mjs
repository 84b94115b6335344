import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../workspace.mjs';
import { ServerProcess } from './server-process.mjs';

/** The built application with a state folder of its own, as a user starts it; `settings` are variables of its environment. */
export async function startThorax(model, workers, settings = {}) {
  const home = await mkdtemp(join(tmpdir(), 'thorax-bench-'));
  const server = new ServerProcess(process.execPath, [join(root, 'apps/api/dist/main.js')], {
    cwd: root,
    env: {
      ...process.env,
      PORT: '0',
      THORAX_HOME: home,
      LOG_LEVEL: 'warn',
      MODEL_PATH: model,
      MAX_WORKERS: String(workers),
      ...settings,
    },
  });
  const stop = async () => {
    await server.stop();
    await rm(home, { recursive: true, force: true });
  };
  try {
    const url = await server.until(async () => /Reading page\s+(\S+)\//.exec(server.output)?.[1]);
    await server.until(async () => ((await fetch(`${url}/health/ready`)).ok ? true : undefined));
    return { url, pid: server.pid, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
