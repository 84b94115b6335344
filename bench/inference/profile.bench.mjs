/**
 * Where Thorax's CPU time goes: `node scripts/dev.cjs bench bench/inference/profile.bench.mjs [MODEL] [FILM] [SECONDS]`.
 * Loads it with eight uploads at a time under V8's sampling profiler and prints, for each thread, the functions
 * that took most of an image's time, callees left out. `(program)` is native code: in a detector thread mostly the
 * model, `(garbage collector)` what that thread waited for it; helpers of V8 and libvips have threads of their own,
 * which the first table shows.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { loadFilm } from './inputs/films.mjs';
import { load } from './load/load.mjs';
import { formUpload } from './load/upload.mjs';
import { startThorax } from './servers/thorax.mjs';
import { cache, root } from './workspace.mjs';

const LANES = 8;
const WORKERS = 2;
const SHOWN = 18;
const WORTH_TELLING_MS = 0.1;

/** Self time by function over the last `windowMs` of one V8 profile, in milliseconds: the start is not of interest. */
function selfTimes({ nodes, samples, timeDeltas, startTime, endTime }, windowMs) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const times = {};
  let now = startTime;
  samples.forEach((id, index) => {
    now += timeDeltas[index];
    if (now < endTime - windowMs * 1000) return;
    const { functionName, url, lineNumber } = byId.get(id).callFrame;
    const place = url ? ` ${relative(root, url.replace('file://', ''))}:${lineNumber + 1}` : '';
    const name = `${functionName || '(anonymous)'}${place}`;
    times[name] = (times[name] ?? 0) + timeDeltas[index] / 1000;
  });
  return times;
}

function printThread(name, times, images) {
  const rows = Object.entries(times)
    .map(([what, ms]) => [what, ms / images])
    .filter(([what, ms]) => what !== '(idle)' && ms > WORTH_TELLING_MS)
    .sort(([, a], [, b]) => b - a)
    .slice(0, SHOWN);
  if (rows.length === 0) return;
  process.stdout.write(`\n${name}\n`);
  for (const [what, ms] of rows) process.stdout.write(`${ms.toFixed(2).padStart(9)} ms  ${what}\n`);
}

/** From a profile's name: CPU.date.time.process.thread.sequence.cpuprofile. */
function threadOf(file) {
  const thread = file.split('.').at(-3);
  return thread === '0' ? 'main thread' : `worker thread ${thread}`;
}

async function main() {
  const [model = 'n640', filmName = 'jpeg', seconds = '15'] = process.argv.slice(2);
  const film = await loadFilm(filmName, join(cache, 'films'));
  const folder = await mkdtemp(join(tmpdir(), 'thorax-profile-'));
  process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --cpu-prof --cpu-prof-dir=${folder}`;
  try {
    const server = await startThorax(join(cache, `${model}.onnx`), WORKERS);
    const uploads = Array.from({ length: LANES }, () => formUpload(film));
    const loaded = performance.now();
    const result = await load({ url: server.url, pid: server.pid, uploads, seconds: Number(seconds) });
    await server.stop();
    const windowMs = performance.now() - loaded;
    process.stdout.write(`${result.perSecond.toFixed(1)} images/s; CPU-ms an image by thread:\n`);
    console.table(result.threadCpuMs);
    const images = (result.perSecond * windowMs) / 1000;
    for (const file of await readdir(folder)) {
      const profile = JSON.parse(await readFile(join(folder, file), 'utf8'));
      printThread(threadOf(file), selfTimes(profile, windowMs), images);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

await main();
