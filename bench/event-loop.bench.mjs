/**
 * How calm the event loop stays while the detector is saturated: `npm run bench:event-loop`.
 *
 * Starts the built application on the demonstration detector, keeps `CONCURRENCY` uploads of a phantom
 * under way for `SECONDS`, and meanwhile asks /health/live in a row. Reported: the application's own
 * event-loop delay (its /metrics), the waiting time of those health requests, and the throughput. The
 * client shares the cores with the server.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { quantileOf } from './inference/report/statistics.mjs';
import { startThorax } from './inference/servers/thorax.mjs';
import { requireOfApi, root } from './inference/workspace.mjs';

const { drawPhantom, encodePhantomDicom } = requireOfApi('@thorax/radiograph');

const MODEL = join(root, 'models/demonstration/model.onnx');
const CONCURRENCY = Number(process.env.CONCURRENCY ?? 8);
const SECONDS = Number(process.env.SECONDS ?? 20);

/**
 * The application's own event-loop delay since it was last asked, in milliseconds by quantile. Its histogram
 * counts the 10 ms between two looks at the clock too, so an idle process shows about 10.
 */
async function eventLoopDelay(url) {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const delay = (name) =>
    Number(new RegExp(`^nodejs_eventloop_lag_${name}_seconds (\\S+)`, 'm').exec(metrics)[1]) * 1000;
  return { p50: delay('p50'), p99: delay('p99') };
}

/** Sends requests one after another until the deadline; returns their durations in milliseconds. */
async function inARow(deadline, send) {
  const durations = [];
  while (performance.now() < deadline) {
    const started = performance.now();
    await send();
    durations.push(performance.now() - started);
  }
  return durations;
}

async function main() {
  const { url, stop } = await startThorax(MODEL, availableParallelism(), { RESULT_CACHE: 'off' });
  try {
    const film = encodePhantomDicom(drawPhantom({ seed: 1, width: 1024, height: 1024 }), {
      photometricInterpretation: 'MONOCHROME1',
    });
    const predict = async () => {
      const body = new FormData();
      body.append('file', new Blob([film]));
      const response = await fetch(`${url}/predict`, { method: 'POST', body });
      if (!response.ok) throw new Error(`/predict answered ${response.status}`);
      await response.arrayBuffer();
    };
    await predict();
    await eventLoopDelay(url);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const idle = await eventLoopDelay(url);
    const deadline = performance.now() + SECONDS * 1000;
    const loads = Array.from({ length: CONCURRENCY }, () => inARow(deadline, predict));
    const health = await inARow(deadline, async () => (await fetch(`${url}/health/live`)).arrayBuffer());
    const latencies = (await Promise.all(loads)).flat();
    const busy = await eventLoopDelay(url);
    console.table({
      'event-loop delay p50, idle (ms)': idle.p50.toFixed(2),
      'event-loop delay p99, idle (ms)': idle.p99.toFixed(2),
      'event-loop delay p50, saturated (ms)': busy.p50.toFixed(2),
      'event-loop delay p99, saturated (ms)': busy.p99.toFixed(2),
      'GET /health/live p50 (ms)': quantileOf(health, 0.5).toFixed(2),
      'GET /health/live p99 (ms)': quantileOf(health, 0.99).toFixed(2),
      'POST /predict p50 (ms)': quantileOf(latencies, 0.5).toFixed(1),
      'POST /predict p99 (ms)': quantileOf(latencies, 0.99).toFixed(1),
      'images a second': (latencies.length / SECONDS).toFixed(1),
    });
  } finally {
    await stop();
  }
}

await main();
