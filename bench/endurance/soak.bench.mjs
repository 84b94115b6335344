/**
 * Whether memory stays flat: `npm run bench:soak [-- --requests 100000]`.
 *
 * The built application on a tiny detector, with the result cache off, answers files of three kinds and raw tensors,
 * every fiftieth of them broken. Resident memory of its process is noted a hundred times; the verdict is the slope
 * over the second half (Theil–Sen), in MiB for 100,000 requests. Writes `bench/results/soak.{json,svg}`.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startThorax } from '../inference/servers/thorax.mjs';
import { root } from '../inference/workspace.mjs';
import { Client } from './client.mjs';
import { drawLine } from './line-plot.mjs';
import { phantomUploads, tensorRequest, writeTinyModel } from './requests.mjs';
import { slopeOf, untilIdle, vitalsOf } from './vitals.mjs';

const LANES = 8;
const SAMPLES = 100;
const PHANTOMS = 60;
const SIDE = 256;
const BROKEN_EVERY = 50;
/** Growth that 100,000 requests may show; a buffer of 1 KiB lost by each would show 98. */
const FLAT_MIB = 16;

/** The request of a number: two files, then a tensor; some cut short in the middle of the image. */
function requestOf(number, files, tensor) {
  if (number % 3 === 2) return tensor;
  const file = files[number % files.length];
  if (number % BROKEN_EVERY !== 0) return file;
  const body = Buffer.from(file.body);
  body.fill(0, 300, body.length - 200);
  return { ...file, body };
}

async function soak({ url, pid }, total) {
  const files = await phantomUploads(PHANTOMS, SIDE);
  const tensor = tensorRequest('model');
  const client = new Client(url, LANES);
  const every = Math.ceil(total / SAMPLES);
  const statuses = {};
  const samples = [];
  let sent = 0;
  const lane = async () => {
    while (sent < total) {
      const number = sent++;
      const { status } = await client.send(requestOf(number, files, tensor));
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (number % every === 0) samples.push({ requests: number, ...vitalsOf(pid) });
      if (number % (every * 10) === 0)
        console.log(`${number} requests, ${samples.at(-1).rssMib.toFixed(0)} MiB`);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  client.close();
  const idle = await untilIdle(url);
  return { statuses, samples: [...samples, { requests: total, ...vitalsOf(pid) }], idle };
}

async function main() {
  const { values } = parseArgs({ options: { requests: { type: 'string', default: '100000' } } });
  const total = Number(values.requests);
  const folder = await mkdtemp(join(tmpdir(), 'thorax-soak-'));
  const server = await startThorax(await writeTinyModel(folder), 2, { RESULT_CACHE: 'off' });
  try {
    const started = performance.now();
    const { statuses, samples, idle } = await soak(server, total);
    const late = samples.filter(({ requests }) => requests >= total / 2);
    const growthMib = slopeOf(late.map(({ requests, rssMib }) => [requests, rssMib])) * 100_000;
    const result = {
      requests: total,
      seconds: Math.round((performance.now() - started) / 1000),
      statuses,
      rssMibAtStart: samples[0].rssMib,
      rssMibAtHalf: late[0].rssMib,
      rssMibAtEnd: samples.at(-1).rssMib,
      growthMibPer100000: growthMib,
      flat: growthMib <= FLAT_MIB,
      filesOpenedAndKept: samples.at(-1).files - samples[1].files,
      heldAtTheEnd: idle,
    };
    console.log(result);
    await writeFile(
      join(root, 'bench/results/soak.json'),
      `${JSON.stringify({ ...result, samples }, null, 2)}\n`,
    );
    await writeFile(
      join(root, 'bench/results/soak.svg'),
      drawLine({
        title: 'Resident memory of the application, MiB, over requests',
        points: samples.map(({ requests, rssMib }) => [requests, rssMib]),
      }),
    );
    if (!result.flat || !idle.idle) process.exitCode = 1;
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

await main();
