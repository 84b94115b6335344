/**
 * What graph rewriting gains: `node scripts/dev.cjs bench bench/graph-rewrite.bench.mjs [model.onnx]`.
 *
 * Times the stock graph, every rewrite alone, and what `prepareModel` would try together, one thread, batch 1, in
 * turns that begin with another graph each round, so that whatever else the machine does hits all alike. Reported:
 * medians, the median of each round's ratio to the stock graph in the same round, and how far answers differ.
 * At last it shows what `prepareModel` decides here and now. `ROUNDS` (default 41), `THREADS` (default 1).
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(join(root, 'apps/api/package.json'));
const {
  compareOutputs,
  largerDifference,
  loadModel,
  medianOf,
  openOnnxModel,
  prepareModel,
  readOnnxModel,
  rewritesFor,
  systemClock,
  threadCpuStopwatch,
  Trial,
  warmUpImages,
  writeOnnxModel,
} = require('@thorax/inference');

const modelPath = process.argv[2] ?? join(root, 'models/demonstration/model.onnx');
const ROUNDS = Number(process.env.ROUNDS ?? 41);
const THREADS = Number(process.env.THREADS ?? 1);
// With one thread, CPU time: what others do on this machine then does not count.
const clock = THREADS === 1 ? threadCpuStopwatch : systemClock;
const open = (bytes) => openOnnxModel(bytes, { device: 'cpu', intraOpThreads: THREADS });

/** The stock graph twice, as the measure of noise, then the rewrites alone and in the order of preparation. */
function variantsOf(stock) {
  const rewrites = rewritesFor(stock);
  const together = rewrites.map((_, count) => rewrites.slice(0, count + 1)).slice(1);
  const withoutSplit = rewrites.filter(({ name }) => name !== 'split-convolution');
  const sets = [[], [], ...rewrites.map((rewrite) => [rewrite]), ...together];
  if (withoutSplit.length > 1) sets.push(withoutSplit);
  return sets.map((set, place) => ({
    name: set.map(({ name }) => name).join(' + ') || (place === 0 ? 'stock' : 'stock, again'),
    rewrites: set,
  }));
}

async function openVariant({ name, rewrites }, bytes, stock, images, expected) {
  let file = readOnnxModel(bytes);
  for (const rewrite of rewrites) {
    const graph = rewrite.apply(file.graph);
    if (!graph) return { name: `${name} (${rewrite.name} does not match)` };
    file = { ...file, graph };
  }
  const trial = new Trial(await open(rewrites.length > 0 ? writeOnnxModel(file) : bytes), stock, images);
  const answers = await trial.answers();
  const isAnchorFree = stock.layout === 'anchor-free';
  const difference = answers
    .map((outputs, image) => compareOutputs((expected ?? answers)[image], outputs, isAnchorFree))
    .reduce(largerDifference);
  return { name, trial, answers, difference, times: [] };
}

async function main() {
  const bytes = await readFile(modelPath);
  const { description, runner } = await loadModel({ modelPath, device: 'cpu', intraOpThreads: THREADS });
  await runner.close();
  const images = warmUpImages(description.inputWidth, description.inputHeight);
  const variants = [];
  for (const variant of variantsOf(description)) {
    variants.push(await openVariant(variant, bytes, description, images, variants[0]?.answers));
  }
  const running = variants.filter(({ trial }) => trial);
  for (let round = 0; round < ROUNDS; round++) {
    for (let turn = 0; turn < running.length; turn++) {
      const { trial, times } = running[(round + turn) % running.length];
      const started = clock.now();
      await trial.run();
      times.push(clock.now() - started);
    }
  }
  const [stock] = running;
  const rows = variants.map(({ name, times, difference }) => ({
    graph: name,
    ...(times && {
      'median ms': medianOf(times).toFixed(2),
      'least ms': Math.min(...times).toFixed(2),
      'stock ÷ this': medianOf(times.map((time, round) => stock.times[round] / time)).toFixed(3),
      'score difference': difference.scores.toExponential(1),
      'box difference, px': difference.pixels.toExponential(1),
    }),
  }));
  console.log(
    `${relative(root, modelPath)}, ${ROUNDS} rounds, ${THREADS} thread(s), ${THREADS === 1 ? 'CPU' : 'wall'} time`,
  );
  console.table(rows);
  for (const { trial } of running) await trial.close();
  const { bytes: prepared, ...decision } = await prepareModel({
    bytes,
    stock: description,
    open,
    images,
    clock,
  });
  console.log('prepareModel:', JSON.stringify({ ...decision, bytes: prepared.length }, undefined, 2));
}

await main();
