import { cpus } from 'node:os';
import { cpuMsByThread } from '../servers/process-cpu.mjs';
import { Uploader } from './upload.mjs';

const WARM_UP_SHARE = 0.25;
const WORTH_TELLING_MS = 0.05;

/**
 * Keeps `concurrency` uploads under way for `seconds` after a warm-up, each lane sending its next one when the last
 * was answered. Resolves with the rate over the window, the latencies of the uploads that began in it, the CPU time
 * that one image cost the server's processes and this one, and the share of the machine that other programs took.
 */
export async function load({ url, pid, uploads, seconds }) {
  const uploader = new Uploader(url, uploads.length);
  const opening = performance.now() + seconds * WARM_UP_SHARE * 1000;
  const closing = opening + seconds * 1000;
  const latencies = [];
  let answered = 0;
  const lane = async (upload) => {
    while (performance.now() < closing) {
      upload.renew();
      const sent = performance.now();
      await uploader.send(upload);
      const now = performance.now();
      if (sent >= opening) latencies.push(now - sent);
      if (now >= opening && now < closing) answered += 1;
    }
  };
  try {
    const lanes = Promise.all(uploads.map(lane));
    const cpu = await cpuBetween(opening, closing, pid, lanes);
    await lanes;
    return {
      perSecond: answered / seconds,
      latencies,
      serverCpuMs: sumOf(cpu.threads) / answered,
      clientCpuMs: cpu.client / answered,
      foreignShare: (cpu.machine - cpu.client - sumOf(cpu.threads)) / (seconds * 1000 * cpus().length),
      threadCpuMs: Object.fromEntries(
        Object.entries(cpu.threads)
          .map(([name, ms]) => [name, ms / answered])
          .filter(([, ms]) => ms > WORTH_TELLING_MS),
      ),
    };
  } finally {
    uploader.close();
  }
}

/** CPU time spent between two moments; gives up at once when `lanes` fail. */
async function cpuBetween(opening, closing, pid, lanes) {
  await until(opening, lanes);
  const before = { threads: cpuMsByThread(pid), client: ownCpuMs(), machine: machineCpuMs() };
  await until(closing, lanes);
  const threads = Object.entries(cpuMsByThread(pid)).map(([name, ms]) => [
    name,
    ms - (before.threads[name] ?? 0),
  ]);
  return {
    threads: Object.fromEntries(threads),
    client: ownCpuMs() - before.client,
    machine: machineCpuMs() - before.machine,
  };
}

const sumOf = (byName) => Object.values(byName).reduce((sum, ms) => sum + ms, 0);

function until(moment, lanes) {
  const pause = new Promise((resolve) => setTimeout(resolve, Math.max(0, moment - performance.now())));
  return Promise.race([pause, lanes]);
}

function ownCpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** All programs together, since the machine was started. */
function machineCpuMs() {
  return cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0);
}
