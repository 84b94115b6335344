/**
 * Whether throughput grows with the workers, up to the cores: `npm run bench:scaling`.
 *
 * The detector in this process, one thread a run, with 1, 2 … workers; films as DICOM and PNG, always four times as
 * many under way as there are workers. Interleaved rounds, medians. Beside it the bare runtime on as many threads,
 * because the machine itself does not scale perfectly: caches and clock rates are shared. Writes
 * `bench/results/scaling.json`.
 */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { medianOf } from '../inference/report/statistics.mjs';
import { requireOfApi, requireOfInference, root } from '../inference/workspace.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? 5);
const SECONDS = Number(process.env.SECONDS ?? 4);
const MODEL = join(root, 'models/demonstration/model.onnx');
const SIDE = 640;

/** Images a second of the bare runtime on this thread. */
async function bareRate(seconds) {
  Reflect.deleteProperty(globalThis, 'Float16Array');
  const { InferenceSession, Tensor } = requireOfInference('onnxruntime-node');
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 4 };
  const session = await InferenceSession.create(readFileSync(MODEL), options);
  const input = new Tensor('float32', new Float32Array(3 * SIDE * SIDE), [1, 3, SIDE, SIDE]);
  const feeds = { [session.inputNames[0]]: input };
  await session.run(feeds);
  parentPort.postMessage('ready');
  await new Promise((resolve) => parentPort.once('message', resolve));
  const opening = performance.now();
  let runs = 0;
  for (; performance.now() < opening + seconds * 1000; runs++) await session.run(feeds);
  return (runs / (performance.now() - opening)) * 1000;
}

async function bare(threads) {
  const workers = Array.from(
    { length: threads },
    () => new Worker(new URL(import.meta.url), { workerData: { seconds: SECONDS } }),
  );
  const said = (worker) => new Promise((resolve) => worker.once('message', resolve));
  const ended = workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
  await Promise.all(workers.map(said));
  const rates = workers.map(said);
  for (const worker of workers) worker.postMessage('go');
  const sum = (await Promise.all(rates)).reduce((total, rate) => total + rate, 0);
  await Promise.all(ended);
  return sum;
}

async function thorax(workers) {
  const { Detector } = requireOfApi('@thorax/inference');
  const { drawPhantom, encodePhantomDicom } = requireOfApi('@thorax/radiograph');
  const detector = Detector.create({ modelPath: MODEL, workers, intraOpThreads: 1 });
  const films = [1, 2, 3, 4].map((seed) =>
    encodePhantomDicom(drawPhantom({ seed, width: SIDE, height: SIDE })),
  );
  try {
    await detector.whenSettled();
    await Promise.all(films.map((film) => detector.detect(film)));
    const opening = performance.now();
    const closing = opening + SECONDS * 1000;
    let answered = 0;
    const lane = async (_, index) => {
      for (let next = index; performance.now() < closing; next++) {
        await detector.detect(films[next % films.length]);
        if (performance.now() < closing) answered += 1;
      }
    };
    await Promise.all(Array.from({ length: 4 * workers }, lane));
    return answered / SECONDS;
  } finally {
    await detector.close();
  }
}

async function main() {
  const sizes = Array.from({ length: availableParallelism() }, (_, index) => index + 1);
  const rates = sizes.map((workers) => ({ workers, thorax: [], bare: [] }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const row of rates) {
      row.bare.push(await bare(row.workers));
      row.thorax.push(await thorax(row.workers));
    }
  }
  const rows = rates.map((row) => ({
    workers: row.workers,
    thoraxPerSecond: medianOf(row.thorax),
    thoraxGain: medianOf(row.thorax.map((rate, round) => rate / rates[0].thorax[round])),
    barePerSecond: medianOf(row.bare),
    bareGain: medianOf(row.bare.map((rate, round) => rate / rates[0].bare[round])),
  }));
  console.table(rows);
  await writeFile(join(root, 'bench/results/scaling.json'), `${JSON.stringify(rows, null, 2)}\n`);
}

if (isMainThread) await main();
else parentPort.postMessage(await bareRate(workerData.seconds));
