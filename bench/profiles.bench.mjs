/**
 * What the serving profiles cost and give: `npm run bench:profiles [image]`.
 *
 * Runs the demonstration detector in a process of its own under each profile's settings, first one image after another
 * (latency), then eight at a time (throughput), for `SECONDS` each (default 8), in `TURNS` (default 2) that take the
 * profiles in turn. Reported: medians over the turns of the resident size, its peak, latency and images a second. The
 * image is a drawn phantom of 1024 × 1024 pixels unless a file is named.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(join(root, 'apps/api/package.json'));
const SECONDS = Number(process.env.SECONDS ?? 8);
const TURNS = Number(process.env.TURNS ?? 2);
const PROFILES = ['throughput', 'latency', 'edge'];
const CONCURRENCY = 8;

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const memory = (field) =>
  Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))[1]) /
  1024;

function image() {
  if (process.argv[2]) return readFileSync(process.argv[2]);
  const { drawPhantom, encodePhantomDicom } = require('@thorax/radiograph');
  return encodePhantomDicom(drawPhantom({ seed: 1, width: 1024, height: 1024 }), {
    photometricInterpretation: 'MONOCHROME1',
  });
}

/** Durations in milliseconds of images sent one after another until the time is over. */
async function inARow(detector, bytes, seconds) {
  const durations = [];
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    const started = performance.now();
    await detector.detect(bytes);
    durations.push(performance.now() - started);
  }
  return durations;
}

async function measure(profile) {
  require(join(root, 'apps/api/dist/v8-flags.js'));
  const { Detector, profileOf } = require('@thorax/inference');
  const { workers, intraOpThreads, maxQueueSize, maxHeldBytes, keepsMemory } = profileOf(
    profile,
    availableParallelism(),
    totalmem(),
  );
  const modelPath = join(root, 'models/demonstration/model.onnx');
  const settings = { workers, intraOpThreads, maxQueueSize, maxHeldBytes, keepsMemory };
  const detector = Detector.create({ modelPath, ...settings });
  await detector.whenSettled();
  while (detector.stats().workersReady < workers) await new Promise((resolve) => setTimeout(resolve, 20));
  const bytes = image();
  await inARow(detector, bytes, 1);
  const ready = memory('VmRSS');
  const latencies = await inARow(detector, bytes, SECONDS);
  const lanes = Array.from({ length: CONCURRENCY }, () => inARow(detector, bytes, SECONDS));
  const answered = (await Promise.all(lanes)).flat().length;
  const loaded = memory('VmRSS');
  await detector.close();
  return {
    workers,
    threads: intraOpThreads,
    ready,
    loaded,
    peak: memory('VmHWM'),
    latency: median(latencies),
    throughput: answered / SECONDS,
  };
}

function inItsOwnProcess(profile) {
  const { stdout, status, stderr } = spawnSync(process.execPath, process.argv.slice(1), {
    env: { ...process.env, PROFILE: profile },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${profile} ended with ${status}: ${stderr}`);
  return JSON.parse(stdout);
}

if (process.env.PROFILE) process.stdout.write(JSON.stringify(await measure(process.env.PROFILE)));
else {
  const turns = Array.from({ length: TURNS }, () =>
    Object.fromEntries(PROFILES.map((profile) => [profile, inItsOwnProcess(profile)])),
  );
  const of = (profile, field) => median(turns.map((turn) => turn[profile][field]));
  console.table(
    Object.fromEntries(
      PROFILES.map((profile) => [
        profile,
        {
          'workers × threads': `${of(profile, 'workers')} × ${of(profile, 'threads')}`,
          'ready (MiB)': of(profile, 'ready').toFixed(0),
          'under load (MiB)': of(profile, 'loaded').toFixed(0),
          'peak (MiB)': of(profile, 'peak').toFixed(0),
          'one image, p50 (ms)': of(profile, 'latency').toFixed(1),
          'images a second': of(profile, 'throughput').toFixed(1),
        },
      ]),
    ),
  );
}
