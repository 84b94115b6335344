/**
 * What the batcher itself costs a request: queue, policy, timers, bookkeeping and promise, without threads, images
 * and arithmetic. Workers here answer in the next turn of the event loop. Run by hand after `tsc -b`:
 *
 *   node libs/inference/bench/batcher.bench.mjs
 */
import { performance } from 'node:perf_hooks';
import poolModule from '../dist/detector-pool.js';
import clockModule from '../dist/scheduling/clock.js';
import testing from '../dist/testing/index.js';

const REQUESTS = 100_000;
const ROUNDS = 5;
const LIMIT_US = 50;
const BYTES = new Uint8Array(16);

const answer = testing.detection({ batch: { queueMs: 0, batchSize: 1, reason: 'alone' } });

/** A worker that answers whatever it gets in the next turn. */
function spawnInstant(serving) {
  return (_init, listener) => {
    const { modelDescription, modelSignature } = testing;
    const model = modelDescription({ serving });
    setImmediate(() => listener.onReport({ kind: 'started', model, signature: modelSignature(model) }));
    return {
      send({ kind, jobs }) {
        if (kind === 'stop') return void setImmediate(() => listener.onExit('stopped'));
        setImmediate(() => {
          for (const { id } of jobs) listener.onReport({ kind: 'reply', id, ok: true, value: answer });
        });
      },
      terminate: async () => listener.onExit('terminated'),
    };
  };
}

/** Microseconds a request with `inFlight` requests at any time. */
async function round({ serving, inFlight, callers, signals, policy }) {
  const pool = new poolModule.DetectorPool(
    {
      workers: 2,
      jobsPerWorker: 1,
      maxQueueSize: 100_000,
      maxHeldBytes: 1e9,
      requestTimeoutMs: 60_000,
      stallTimeoutMs: 20_000,
      startTimeoutMs: 20_000,
      adaptiveBatching: false,
      policy,
      spawn: spawnInstant(serving),
      clock: clockModule.systemClock,
    },
    { rules: {} },
  );
  pool.start();
  await new Promise((resolve) => setTimeout(resolve, 50));
  let sent = 0;
  const client = async () => {
    while (sent < REQUESTS) {
      const number = sent++;
      await pool.submit(
        { kind: 'detect', bytes: BYTES },
        {
          priority: 1 + (number % 3),
          caller: callers > 1 ? `caller-${number % callers}` : undefined,
          signal: signals ? new AbortController().signal : undefined,
        },
      );
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: inFlight }, client));
  const microseconds = ((performance.now() - started) * 1000) / REQUESTS;
  await pool.drain(1000);
  return microseconds;
}

const one = { maxBatchSize: 1, preferredBatchSizes: [1], maxQueueDelayMicroseconds: 0 };
const eight = { maxBatchSize: 8, preferredBatchSizes: [4, 8], maxQueueDelayMicroseconds: 100 };
const scenarios = {
  'one by one, 8 in flight': { serving: one, inFlight: 8, callers: 1, signals: false },
  'one by one, 1,000 in flight': { serving: one, inFlight: 1000, callers: 1, signals: false },
  'batches of 8, 64 in flight': { serving: eight, inFlight: 64, callers: 1, signals: false },
  'batches of 8, 1,000 in flight, 50 callers, signals': {
    serving: eight,
    inFlight: 1000,
    callers: 50,
    signals: true,
  },
  'batches of 8, 10,000 in flight, 500 callers, signals': {
    serving: eight,
    inFlight: 10_000,
    callers: 500,
    signals: true,
  },
};

const figures = Object.fromEntries(Object.keys(scenarios).map((name) => [name, []]));
for (let count = 0; count < ROUNDS; count++) {
  for (const [name, scenario] of Object.entries(scenarios)) figures[name].push(await round(scenario));
}
let worst = 0;
for (const [name, values] of Object.entries(figures)) {
  const median = values.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)];
  worst = Math.max(worst, median);
  console.log(`${name.padEnd(54)} ${median.toFixed(1).padStart(6)} µs a request`);
}
console.log(`worst ${worst.toFixed(1)} µs of ${LIMIT_US} µs allowed`);
process.exitCode = worst <= LIMIT_US ? 0 : 1;
