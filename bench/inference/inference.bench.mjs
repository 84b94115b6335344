/** Thorax and its Python peers on one detector, against the limit of the machine: `npm run bench:inference`. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { loadFilm } from './inputs/films.mjs';
import { writeInputs } from './inputs/write-inputs.mjs';
import { measureRound } from './measure.mjs';
import { drawPlot } from './report/plot.mjs';
import { summarise } from './report/summary.mjs';
import { writeTables } from './report/tables.mjs';
import { preparePython, pythonFolder } from './servers/python-environment.mjs';
import { readSettings } from './settings.mjs';
import { cacheFolder, root } from './workspace.mjs';

const say = (text) => process.stderr.write(`bench: ${text}\n`);

/** Models and films, made if they are not there. */
async function prepareFiles({ models, films }) {
  const folder = await cacheFolder();
  const missing = models.filter((name) => !existsSync(join(folder, `${name}.onnx`)));
  for (const name of missing) {
    say(`writing ${name}`);
    const problem = preparePython('models');
    if (problem) throw new Error(`The models cannot be written: ${problem}`);
    const script = join(root, 'bench/inference/models/write_models.py');
    const options = ['--out', folder, '--variants', name[0], '--sizes', name.slice(1)];
    execFileSync(join(pythonFolder('models'), 'bin/python'), ['-B', script, ...options]);
  }
  const filmFolder = await cacheFolder('films');
  const load = () => Promise.all(films.map((name) => loadFilm(name, filmFolder)));
  return {
    modelPath: (name) => join(folder, `${name}.onnx`),
    films: await load().catch(async () => {
      await writeInputs(filmFolder);
      return load();
    }),
  };
}

/** Those that can be started, and why the others cannot. */
function prepareContestants(contestants) {
  const absent = {};
  for (const { name, environment } of contestants) {
    const problem = environment && preparePython(environment);
    if (problem) absent[name] = problem;
  }
  preparePython('openvino');
  return { present: contestants.filter(({ name }) => !absent[name]), absent };
}

async function main() {
  const settings = readSettings(process.argv.slice(2));
  const { modelPath, films } = await prepareFiles(settings);
  const { present, absent } = prepareContestants(settings.contestants);
  const models = {};
  for (const name of settings.models) {
    const rounds = [];
    for (let round = 1; round <= settings.rounds; round++) {
      const talk = (text) => say(`${name}, round ${round} of ${settings.rounds}: ${text}`);
      const options = { ...settings, model: modelPath(name), side: Number(name.slice(1)), films };
      rounds.push(await measureRound({ ...options, contestants: present }, talk));
      models[name] = summarise(rounds, { films, contestants: present });
      await writeResults({ settings, models, absent });
    }
  }
}

/** After every round, so that a run that is stopped has said what it knows. */
async function writeResults({ settings: { rounds, seconds, concurrency, label }, models, absent }) {
  const folder = join(root, 'bench/results');
  await mkdir(folder, { recursive: true });
  const about = { cores: cpus().length, node: process.versions.node, rounds, seconds, concurrency };
  const result = { about, absent, models };
  await writeFile(join(folder, `${label}.json`), `${JSON.stringify(result, rounded, 2)}\n`);
  await writeFile(join(folder, `${label}.md`), writeTables(result));
  await writeFile(join(folder, `${label}.svg`), drawPlot(result));
  say(`written: bench/results/${label}.json, .md, .svg`);
}

function rounded(_name, value) {
  return typeof value === 'number' ? Number(value.toPrecision(4)) : value;
}

await main();
