/**
 * The model and nothing else: `node raw-session.mjs MODEL THREADS SECONDS`. Each thread runs one image after the
 * other on a tensor that is ready, with one compute thread, as Thorax's workers do. Prints images a second, the
 * CPU milliseconds and the median duration of one run.
 */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { medianOf } from '../report/statistics.mjs';
import { requireOfInference } from '../workspace.mjs';

const WARM_UP_RUNS = 3;

async function runInThread({ model, seconds }) {
  const { InferenceSession, Tensor } = requireOfInference('onnxruntime-node');
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const [{ name, shape }] = session.inputMetadata;
  const dims = [1, ...shape.slice(1)];
  const data = Float32Array.from({ length: dims.reduce((a, b) => a * b) }, (_, i) => (i % 251) / 251);
  const feeds = { [name]: new Tensor('float32', data, dims) };
  for (let run = 0; run < WARM_UP_RUNS; run++) await session.run(feeds);
  parentPort.postMessage('warm');
  await new Promise((resolve) => parentPort.once('message', resolve));
  const durations = [];
  const deadline = performance.now() + seconds * 1000;
  while (performance.now() < deadline) {
    const started = performance.now();
    await session.run(feeds);
    durations.push(performance.now() - started);
  }
  parentPort.postMessage(durations);
  parentPort.close();
}

async function measure(model, threads, seconds) {
  const workers = Array.from(
    { length: threads },
    () => new Worker(import.meta.filename, { workerData: { model, seconds } }),
  );
  const nextOf = (worker) =>
    new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  await Promise.all(workers.map(nextOf));
  const before = process.cpuUsage();
  const started = performance.now();
  const results = workers.map(nextOf);
  for (const worker of workers) worker.postMessage('go');
  const durations = (await Promise.all(results)).flat();
  const elapsed = performance.now() - started;
  const { user, system } = process.cpuUsage(before);
  return {
    perSecond: (durations.length * 1000) / elapsed,
    cpuMs: (user + system) / 1000 / durations.length,
    runMs: medianOf(durations),
  };
}

if (isMainThread) {
  const [model, threads, seconds] = process.argv.slice(2);
  process.stdout.write(JSON.stringify(await measure(model, Number(threads), Number(seconds))));
} else await runInThread(workerData);
