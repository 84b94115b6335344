/**
 * What ten thousand random faults leave behind: `npm run bench:faults [-- --requests 10000 --seed 1]`.
 *
 * The built application with workers as processes, on a tiny detector. Half of the requests are healthy; the others
 * are cut off in the middle, left alone while they run, broken images, tensors of a wrong shape or with NaN, lengths
 * that lie; and now and then a worker is killed with SIGSEGV. Told are: healthy requests that were not answered with 200,
 * what is still held at the end, memory, open files. Ends with 1 where a neighbour was harmed or anything is left.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startThorax } from '../inference/servers/thorax.mjs';
import { root } from '../inference/workspace.mjs';
import { Client } from './client.mjs';
import { lehmer } from './random.mjs';
import { phantomUploads, tensorRequest, writeTinyModel } from './requests.mjs';
import { untilIdle, vitalsOf } from './vitals.mjs';

const LANES = 12;
const KILL_EVERY = 250;
const SIDE = 256;

/** Makes a request bad; each by a name for the report. */
const FAULTS = {
  'cut off': (request, random) => ({ ...request, cut: Math.floor(random() * request.body.length) }),
  'left alone': (request, random) => ({ ...request, leaveAfterMs: random() * 30 }),
  'broken bytes': (request, random) => {
    const body = Buffer.from(request.body);
    for (let at = 250 + Math.floor(random() * 50); at < body.length - 100; at += 97) body[at] ^= 0x5a;
    return { ...request, body };
  },
  'lying header length': (request, random) => ({
    ...request,
    headers: { 'inference-header-content-length': String(Math.floor(random() * 2e6) - 1e6) },
  }),
  'wrong path': (request) => ({ ...request, path: '/v2/models/nobody/infer' }),
};

/** Processes that the application started as workers of its detector. */
function workersOf(pid) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
        return parent === pid && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('detector.process');
      } catch {
        return false;
      }
    })
    .map(Number);
}

async function run({ url, pid }, total, seed) {
  const random = lehmer((seed * 7919) % 2147483647);
  const files = await phantomUploads(30, SIDE);
  const tensor = tensorRequest('model');
  const client = new Client(url, LANES);
  const kinds = Object.keys(FAULTS);
  const counts = {};
  const harmed = [];
  let sent = 0;
  let kills = 0;
  const lane = async () => {
    while (sent < total) {
      const number = ++sent;
      if (number % KILL_EVERY === 0) {
        const workers = workersOf(pid);
        const victim = workers[Math.floor(random() * workers.length)];
        if (victim) kills += process.kill(victim, 'SIGSEGV') ? 1 : 0;
      }
      const sound = random() < 0.3 ? tensor : files[Math.floor(random() * files.length)];
      const fault = random() < 0.5 ? undefined : kinds[Math.floor(random() * kinds.length)];
      const { status, text } = await client.send(fault ? FAULTS[fault](sound, random) : sound);
      const key = `${fault ?? 'healthy'}: ${status}`;
      counts[key] = (counts[key] ?? 0) + 1;
      if (!fault && status !== 200) harmed.push({ number, status, text: text.slice(0, 200) });
      if (number % (total / 10) === 0) console.log(`${number} requests, ${kills} workers killed`);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  client.close();
  return { counts, harmed, kills };
}

async function main() {
  const { values } = parseArgs({
    options: { requests: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
  });
  const folder = await mkdtemp(join(tmpdir(), 'thorax-faults-'));
  const settings = { RESULT_CACHE: 'off', DETECTOR_ISOLATION: 'process', LOG_LEVEL: 'silent' };
  const server = await startThorax(await writeTinyModel(folder), 2, settings);
  try {
    await run(server, 500, 99);
    await untilIdle(server.url);
    const before = vitalsOf(server.pid);
    const outcome = await run(server, Number(values.requests), Number(values.seed));
    const held = await untilIdle(server.url);
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    const after = vitalsOf(server.pid);
    const result = { ...outcome, held, before, after, filesLeft: after.files - before.files };
    console.log(JSON.stringify(result, null, 2));
    await writeFile(join(root, 'bench/results/faults.json'), `${JSON.stringify(result, null, 2)}\n`);
    if (outcome.harmed.length > 0 || !held.idle || result.filesLeft > 2) process.exitCode = 1;
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

await main();
