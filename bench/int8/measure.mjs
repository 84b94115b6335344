/** Times the graphs of one detector against each other. */
import { readFile } from 'node:fs/promises';
import { medianOf } from '../inference/report/statistics.mjs';
import { requireOfApi } from '../inference/workspace.mjs';

const {
  BatchCostModel,
  compareOutputs,
  largerDifference,
  loadModel,
  openOnnxModel,
  prepareModel,
  readOnnxModel,
  rewritesFor,
  systemClock,
  threadCpuStopwatch,
  Trial,
  warmUpImages,
  writeOnnxModel,
} = requireOfApi('@thorax/inference');

const LEAST_ROUNDS = 3;
const CUT = ', cut head';

/**
 * Runs both files and both with their heads cut off, in turns that begin with another one each round, for every number
 * of threads and batch size. Rounds end after `rounds` or, from the third on, after `seconds`.
 */
export async function measurePair({ float, int8 }, { threads, batches, rounds, seconds }, say) {
  const description = await describe(float);
  const served = await describe(int8);
  const differs = ['layout', 'inputWidth', 'inputHeight', 'inputType', 'channels', 'normalisation'].filter(
    (key) => description[key] !== served[key],
  );
  if (differs.length > 0) throw new Error(`the INT8 file is fed or read otherwise: ${differs.join(', ')}`);
  const images = warmUpImages(description.inputWidth, description.inputHeight);
  const graphs = await graphsOf({ float, int8 }, description);
  const settings = [];
  for (const count of threads) {
    say(`${count} thread(s)`);
    const open = (bytes) => openOnnxModel(bytes, { device: 'cpu', intraOpThreads: count });
    const trials = await openTrials({ graphs, batches, description, images, open });
    await timeInTurns(trials, { rounds, seconds, alone: count === 1 });
    const rows = trials.map((trial) => rowOf(trial, trials));
    // Workers have one thread; of several, CPU time tells how long they waited for each other.
    settings.push({ threads: count, rows, ...(count === 1 && { pays: paysOf(trials, batches) }) });
    for (const { trial } of trials) await trial.close();
  }
  const preparation = await prepared(int8, description, images);
  return { settings, preparation, differences: await cutHeadDifference(graphs, description, images) };
}

async function describe(modelPath) {
  const { description, runner } = await loadModel({ modelPath, device: 'cpu', intraOpThreads: 1 });
  await runner.close();
  return description;
}

async function graphsOf(paths, description) {
  const graphs = [];
  for (const [name, path] of Object.entries(paths)) {
    const bytes = await readFile(path);
    graphs.push({ name, bytes }, { name: `${name}${CUT}`, bytes: withoutHead(bytes, description) });
  }
  return graphs.filter(({ bytes }) => bytes !== undefined);
}

/** `undefined` where the head is not recognised. */
function withoutHead(bytes, description) {
  const rewrite = rewritesFor(description).find(({ name }) => name === 'cut-head');
  const file = readOnnxModel(bytes);
  const graph = rewrite?.apply(file.graph);
  return graph && writeOnnxModel({ ...file, graph });
}

async function openTrials({ graphs, batches, description, images, open }) {
  const trials = [];
  for (const { name, bytes } of graphs) {
    // What a head costs to decode grows with the batch like everything else: once is enough.
    for (const batch of name.includes(CUT) ? [1] : batches) {
      const trial = new Trial(await open(bytes), { ...description, fixedBatchSize: batch }, images);
      await trial.run();
      trials.push({ name, batch, trial, wall: [], cpu: [] });
    }
  }
  return trials;
}

/** With one thread the CPU time is the thread's own; with more, the process's. */
async function timeInTurns(trials, { rounds, seconds, alone }) {
  const cpuClock = alone ? threadCpuStopwatch : processCpuStopwatch;
  const started = systemClock.now();
  const goesOn = (round) => round < LEAST_ROUNDS || systemClock.now() - started < seconds * 1000;
  for (let round = 0; round < rounds && goesOn(round); round++) {
    for (let turn = 0; turn < trials.length; turn++) {
      const { trial, wall, cpu } = trials[(round + turn) % trials.length];
      const [cpuBefore, wallBefore] = [cpuClock.now(), systemClock.now()];
      await trial.run();
      wall.push(systemClock.now() - wallBefore);
      cpu.push(cpuClock.now() - cpuBefore);
    }
  }
}

const processCpuStopwatch = {
  now() {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
};

/** Milliseconds are those of one image; ratios are medians of each round's. */
function rowOf({ name, batch, wall, cpu }, trials) {
  const of = (otherName, otherBatch) =>
    trials.find((one) => one.name === otherName && one.batch === otherBatch);
  const float = of('float', batch);
  const single = of(name, 1);
  const ratio = (ours, theirs) => medianOf(ours.map((time, round) => theirs[round] / time));
  return {
    graph: name,
    batch,
    rounds: wall.length,
    wallMs: medianOf(wall) / batch,
    cpuMs: medianOf(cpu) / batch,
    wallSpeedup: ratio(wall, float.wall),
    cpuSpeedup: ratio(cpu, float.cpu),
    cpuBatchGain: (ratio(cpu, single.cpu) * batch) / single.batch,
  };
}

/**
 * The largest batch that Thorax would run, by CPU time, so that others on the machine do not count. `undefined` unless
 * 1, 2, 4, … were measured, as Thorax does: it guesses costs between sizes, and guesses prove nothing here.
 */
function paysOf(trials, batches) {
  const most = Math.max(...batches);
  for (let size = 1; size <= most; size *= 2) if (!batches.includes(size)) return undefined;
  const limitOf = (name) => {
    const costs = new BatchCostModel(most);
    for (const one of trials.filter((trial) => trial.name === name))
      costs.measured(one.batch, medianOf(one.cpu));
    return costs.limit().size;
  };
  return { float: limitOf('float'), int8: limitOf('int8') };
}

/** What `MODEL_PREPARATION` makes of the INT8 file here and now. */
async function prepared(path, stock, images) {
  const open = (bytes) => openOnnxModel(bytes, { device: 'cpu', intraOpThreads: 1 });
  const request = { bytes: await readFile(path), stock, open, images, clock: threadCpuStopwatch };
  const { applied, rejected, speedup, largestDifference, largestShift } = await prepareModel(request);
  return { applied, rejected, speedup, largestDifference, largestShift };
}

/** How far answers move when the head is cut off, for each file. */
async function cutHeadDifference(graphs, description, images) {
  const answers = {};
  for (const { name, bytes } of graphs) {
    const trial = new Trial(
      await openOnnxModel(bytes, { device: 'cpu', intraOpThreads: 1 }),
      description,
      images,
    );
    answers[name] = await trial.answers();
    await trial.close();
  }
  const between = (one, other) =>
    one.map((outputs, image) => compareOutputs(outputs, other[image], true)).reduce(largerDifference);
  const pairs = Object.keys(answers).filter((name) => answers[`${name}${CUT}`]);
  return Object.fromEntries(pairs.map((name) => [name, between(answers[name], answers[`${name}${CUT}`])]));
}
