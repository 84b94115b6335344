/**
 * What is left of the throughput under three times the load that can be served: `npm run bench:overload`.
 *
 * First the peak: a closed loop of eight uploads. Then arrivals at random (exponential gaps, seeded) at FACTOR times
 * that rate, each willing to wait WAIT_SECONDS, none repeated. Goodput is what was answered within that time. Rounds
 * of both alternate; medians are told. The client shares the cores with the server and pays for every refusal too.
 * Writes `bench/results/overload.json`.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { medianOf, quantileOf } from '../inference/report/statistics.mjs';
import { startThorax } from '../inference/servers/thorax.mjs';
import { root } from '../inference/workspace.mjs';
import { Client } from './client.mjs';
import { lehmer } from './random.mjs';
import { phantomUploads } from './requests.mjs';
import { untilIdle } from './vitals.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? 3);
const SECONDS = Number(process.env.SECONDS ?? 15);
const FACTOR = Number(process.env.FACTOR ?? 3);
const WAIT_SECONDS = 2;
const LANES = 8;
const SIDE = 640;
const MODEL = join(root, 'models/demonstration/model.onnx');

/** Images a second with a few uploads always under way. */
async function peak(url, uploads) {
  const client = new Client(url, LANES);
  const closing = performance.now() + SECONDS * 1000;
  let answered = 0;
  let next = 0;
  const lane = async () => {
    while (performance.now() < closing) {
      const { status } = await client.send(uploads[next++ % uploads.length]);
      if (status === 200 && performance.now() < closing) answered += 1;
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  client.close();
  return answered / SECONDS;
}

/** Sends at `rate` whatever becomes of it. */
async function flood(url, uploads, rate) {
  const client = new Client(url);
  const random = lehmer(7);
  const headers = { prefer: `wait=${WAIT_SECONDS}` };
  const answers = [];
  const opening = performance.now();
  let due = opening;
  let next = 0;
  while (due < opening + SECONDS * 1000) {
    due += (-Math.log(random()) / rate) * 1000;
    await pause(Math.max(0, due - performance.now()));
    answers.push(client.send({ ...uploads[next++ % uploads.length], headers }));
  }
  const window = (performance.now() - opening) / 1000;
  const settled = await Promise.all(answers);
  client.close();
  return reportOf(settled, window);
}

function reportOf(answers, window) {
  const good = answers.filter(({ status, ms }) => status === 200 && ms <= WAIT_SECONDS * 1000);
  const refused = answers.filter(({ status }) => status === 503);
  const statuses = {};
  for (const { status } of answers) statuses[status] = (statuses[status] ?? 0) + 1;
  return {
    offeredPerSecond: answers.length / window,
    goodPerSecond: good.length / window,
    lateAnswers: answers.filter(({ status, ms }) => status === 200 && ms > WAIT_SECONDS * 1000).length,
    statuses,
    refusedWithoutRetryAfter: refused.filter(({ retryAfter }) => retryAfter === undefined).length,
    goodP99Ms: good.length
      ? quantileOf(
          good.map(({ ms }) => ms),
          0.99,
        )
      : undefined,
    refusalP50Ms: refused.length
      ? quantileOf(
          refused.map(({ ms }) => ms),
          0.5,
        )
      : undefined,
    refusalP99Ms: refused.length
      ? quantileOf(
          refused.map(({ ms }) => ms),
          0.99,
        )
      : undefined,
  };
}

async function main() {
  const home = await mkdtemp(join(tmpdir(), 'thorax-overload-'));
  const server = await startThorax(MODEL, 2, { RESULT_CACHE: 'off' });
  try {
    const uploads = await phantomUploads(24, SIDE);
    await peak(server.url, uploads);
    const rounds = [];
    for (let round = 0; round < ROUNDS; round++) {
      const peakPerSecond = await peak(server.url, uploads);
      const overload = await flood(server.url, uploads, FACTOR * peakPerSecond);
      const idle = await untilIdle(server.url);
      rounds.push({
        peakPerSecond,
        ...overload,
        share: overload.goodPerSecond / peakPerSecond,
        idle: idle.idle,
      });
      console.log(rounds.at(-1));
    }
    const share = medianOf(rounds.map((round) => round.share));
    console.log(`goodput at ${FACTOR} x peak: ${(share * 100).toFixed(0)} % of peak (median of ${ROUNDS})`);
    const result = { factor: FACTOR, waitSeconds: WAIT_SECONDS, goodputShareOfPeak: share, rounds };
    await writeFile(join(root, 'bench/results/overload.json'), `${JSON.stringify(result, null, 2)}\n`);
  } finally {
    await server.stop();
    await rm(home, { recursive: true, force: true });
  }
}

await main();
