/**
 * What eight bits gain: `npm run bench:int8 -- [--models n640,l640,demonstration] [--threads 1,2] [--batches 1,2,4]
 * [--rounds 15] [--seconds 40] [--label int8]`.
 *
 * Float and INT8 files of the same detector, as they are and with their heads cut off, run in turns. The models with
 * random weights are quantised on the first run by the trainer: BENCH_TRAINER_PYTHON names a Python that has its
 * packages, otherwise they are installed under bench/models-cache. Results go to bench/results/NAME.json and .md.
 */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { requireOfInference, root } from './inference/workspace.mjs';
import { measurePair } from './int8/measure.mjs';
import { modelPair } from './int8/models.mjs';
import { writeTables } from './int8/tables.mjs';

const say = (text) => process.stderr.write(`bench: ${text}\n`);
/** What decides how fast bytes are multiplied. */
const INSTRUCTIONS = /^(avx2|avx512f|avx512_vnni|avx_vnni|avx_vnni_int8|amx_int8|asimddp|i8mm)$/;

function readSettings() {
  const { values } = parseArgs({
    options: {
      models: { type: 'string', default: 'n640,l640,demonstration' },
      threads: { type: 'string', default: '1,2' },
      batches: { type: 'string', default: '1,2,4' },
      rounds: { type: 'string', default: '15' },
      seconds: { type: 'string', default: '40' },
      label: { type: 'string', default: 'int8' },
    },
  });
  const numbers = (text) => text.split(',').map(positive);
  return {
    models: values.models.split(','),
    threads: numbers(values.threads),
    batches: [...new Set([1, ...numbers(values.batches)])],
    rounds: positive(values.rounds),
    seconds: positive(values.seconds),
    label: values.label,
  };
}

function positive(text) {
  const value = Number(text);
  if (value > 0) return value;
  throw new Error(`bench:int8: "${text}" is no positive number`);
}

function aboutMachine() {
  const file = '/proc/cpuinfo';
  const line = existsSync(file) && /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync(file, 'utf8'));
  const instructions = (line ? line[1].trim().split(/\s+/) : []).filter((one) => INSTRUCTIONS.test(one));
  return {
    processor: `${cpus().length} cores of ${cpus()[0].model.trim()}`,
    instructions,
    node: process.versions.node,
    onnxruntime: requireOfInference('onnxruntime-node').env.versions.node,
  };
}

async function main() {
  const settings = readSettings();
  const models = [];
  for (const name of settings.models) {
    const pair = await modelPair(name, say);
    const measured = await measurePair(pair, settings, (text) => say(`${name}: ${text}`));
    models.push({ name, quantisation: pair.quantisation, ...measured });
    await writeResults(settings, models);
  }
}

/** After every model, so that a run that is stopped has said what it knows. */
async function writeResults({ label }, models) {
  const folder = join(root, 'bench/results');
  await mkdir(folder, { recursive: true });
  const result = { about: aboutMachine(), models };
  const rounded = (_, value) => (typeof value === 'number' ? Number(value.toPrecision(5)) : value);
  await writeFile(join(folder, `${label}.json`), `${JSON.stringify(result, rounded, 2)}\n`);
  await writeFile(join(folder, `${label}.md`), writeTables(result));
  say(`written: bench/results/${label}.json, .md`);
}

await main();
