import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../workspace.mjs';
import { pythonFolder } from './python-environment.mjs';
import { freePort, ServerProcess } from './server-process.mjs';

const peers = join(root, 'bench/inference/peers');

/** Starts a Python server in its own environment and an empty working folder; ready when it says so. */
export async function startPeer({ name, ready, program, args }, model, workers) {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), `bench-${name}-`));
  const python = pythonFolder(name);
  const server = new ServerProcess(join(python, program), inFolder(peers, args(model, port, workers)), {
    cwd: folder,
    env: { ...process.env, ...quiet, PYTHONPATH: peers, PEER_MODEL: model, PEER_WORKERS: String(workers) },
  });
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await server.until(async () => ((await fetch(url + ready)).ok ? true : undefined));
    return { url, pid: server.pid, output: () => server.output, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** One thread each, so that workers do not fight for cores; no reports to anybody, nothing written beside the code. */
const quiet = {
  OMP_NUM_THREADS: '1',
  OPENBLAS_NUM_THREADS: '1',
  PYTHONDONTWRITEBYTECODE: '1',
  BENTOML_DO_NOT_TRACK: 'True',
  RAY_USAGE_STATS_ENABLED: '0',
};

function inFolder(folder, [first, ...rest]) {
  return [first.endsWith('.py') ? join(folder, first) : first, ...rest];
}
