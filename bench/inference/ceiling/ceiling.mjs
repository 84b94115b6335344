import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { load } from '../load/load.mjs';
import { formUpload } from '../load/upload.mjs';
import { pythonFolder } from '../servers/python-environment.mjs';
import { ServerProcess } from '../servers/server-process.mjs';
import { root } from '../workspace.mjs';

const run = promisify(execFile);
const here = import.meta.dirname;
const MINUTE = 60_000;

/** `session.run` alone; see raw-session.mjs. */
export function rawSession(model, threads, seconds) {
  return printed(process.execPath, [join(here, 'raw-session.mjs'), model, threads, seconds]);
}

/** Decoding and letterbox alone; see film-costs.mjs. */
export function filmCosts(film, side, seconds) {
  return printed(process.execPath, [join(here, 'film-costs.mjs'), film, side, seconds]);
}

/** OpenVINO's Python runtime alone; undefined where it is not installed. */
export async function openvinoLimit(model, threads, seconds) {
  const python = join(pythonFolder('openvino'), 'bin/python');
  if (!existsSync(python)) return undefined;
  return printed(python, [join(root, 'bench/inference/peers/openvino_limit.py'), model, threads, seconds]);
}

/** CPU milliseconds of one upload in the barest server and in this client, by film name. */
export async function httpFloor(films, concurrency, seconds) {
  const server = new ServerProcess(process.execPath, [join(here, 'http-floor.server.mjs')], {});
  try {
    const url = await server.until(async () => /http:\S+/.exec(server.output)?.[0]);
    const costs = {};
    for (const film of films) {
      const uploads = Array.from({ length: concurrency }, () => formUpload(film));
      const { serverCpuMs, clientCpuMs } = await load({ url, pid: server.pid, uploads, seconds });
      costs[film.name] = { serverCpuMs, clientCpuMs };
    }
    return costs;
  } finally {
    await server.stop();
  }
}

async function printed(program, args) {
  const { stdout } = await run(program, args.map(String), { timeout: 10 * MINUTE });
  return JSON.parse(stdout);
}
