/**
 * Whether memory comes back when models are loaded and unloaded: `npm run bench:model-reload`.
 *
 * Keeps the demonstration detector as the primary and loads a second copy of it beside, asks it once with four
 * images at a time and unloads it, `ROUNDS` times (default 50). Reported: the resident size before the first
 * round, loaded and unloaded in every round, and the slope of the unloaded size over the second half of the rounds
 * (Theil–Sen, so that single rounds do not decide). Exit code 1 when it grows by more than `MAX_SLOPE_MIB` (default
 * 0.25) a round. `MALLOC=default` leaves glibc's allocator as it is; otherwise the process runs with the settings that
 * the README recommends to servers that change models.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { slopeOf } from './endurance/vitals.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const ROUNDS = Number(process.env.ROUNDS ?? 50);
const MAX_SLOPE_MIB = Number(process.env.MAX_SLOPE_MIB ?? 0.25);
/** Large blocks are mapped and unmapped one by one, small ones do not spread over an arena for every thread. */
const RETURNING_MALLOC = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
};

const mebibytes = (bytes) => bytes / 1024 ** 2;
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

async function measure() {
  const require = createRequire(join(root, 'apps/api/package.json'));
  require(join(root, 'apps/api/dist/v8-flags.js'));
  const { ModelRepository } = require('@thorax/inference');
  const modelPath = join(root, 'models/demonstration/model.onnx');
  const configPath = join(root, 'models/demonstration/model_config.yaml');
  const repository = new ModelRepository({
    primary: { modelPath, plan: { workers: 1, intraOpThreads: 1 } },
    detector: { adaptiveBatching: false },
    cores: 2,
    memoryBudgetBytes: 8 * 1024 ** 3,
    unloadGraceMs: 30_000,
  });
  const data = new Float32Array(3 * 640 * 640);
  const image = { name: 'images', type: 'float32', dims: [1, 3, 640, 640], data };
  const ask = (detector) => Promise.all(Array.from({ length: 4 }, () => detector.infer(image)));
  await repository.primary.whenSettled();
  await ask(repository.primary);
  const before = mebibytes(process.memoryUsage.rss());
  const rounds = [];
  for (let round = 1; round <= ROUNDS; round++) {
    const source = {
      name: 'candidate',
      version: '1',
      modelPath,
      configPath,
      fileBytes: 6_477_526,
      fingerprint: 'f',
    };
    const { detector } = await repository.load(source);
    await ask(detector);
    const loaded = mebibytes(process.memoryUsage.rss());
    await repository.unload('candidate');
    await new Promise((resolve) => setTimeout(resolve, 100));
    const unloaded = mebibytes(process.memoryUsage.rss());
    rounds.push({ loaded, unloaded });
    console.log(`round ${round}: loaded ${loaded.toFixed(0)} MiB, unloaded ${unloaded.toFixed(0)} MiB`);
  }
  await repository.close();
  return { before, rounds };
}

function report({ before, rounds }) {
  const later = rounds.slice(Math.floor(rounds.length / 2)).map(({ unloaded }) => unloaded);
  const slope = slopeOf(later.map((unloaded, round) => [round, unloaded]));
  const returned = slope <= MAX_SLOPE_MIB;
  console.table({
    'before the first round (MiB)': before.toFixed(0),
    'a loaded model takes, median (MiB)': median(rounds.map(({ loaded }) => loaded - before)).toFixed(0),
    'kept after an unload, second half, median (MiB)': (median(later) - before).toFixed(0),
    'slope of the second half (MiB a round)': slope.toFixed(3),
    verdict: returned ? 'memory comes back' : 'memory grows',
  });
  if (!returned) process.exitCode = 1;
}

if (process.env.MALLOC === 'default' || process.env.MALLOC_MMAP_THRESHOLD_) report(await measure());
else {
  // The allocator reads its settings when a process starts.
  const { status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url)], {
    env: { ...process.env, ...RETURNING_MALLOC },
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
}
