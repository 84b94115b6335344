/** The pairs of float and INT8 files to compare; what is missing is made and kept in the cache. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { preparePython, pythonFolder } from '../inference/servers/python-environment.mjs';
import { cacheFolder, root } from '../inference/workspace.mjs';

const CALIBRATION_IMAGES = 16;
/** Seeds far from those that the demonstration detector was trained on. */
const PHANTOM_SEED = 900_000;

/**
 * Resolves with `{ name, float, int8, quantisation }`: paths, and the trainer's report. The demonstration detector
 * comes as shipped; the others have random weights, are quantised here and cannot be judged.
 */
export async function modelPair(name, say) {
  if (name === 'demonstration') return demonstrationPair();
  const float = await writtenModel(name, say);
  const folder = await cacheFolder('int8', name);
  const int8 = join(folder, 'model.onnx');
  if (!existsSync(int8)) {
    say(`${name}: quantising`);
    const images = await phantoms();
    const args = ['--model', float, '--output', int8, '--calibration', images, '--without-judgement'];
    quantise([...args, '--images', String(CALIBRATION_IMAGES)]);
  }
  return { name, float, int8, quantisation: reportIn(folder) };
}

function demonstrationPair() {
  const [float, int8] = ['demonstration', 'demonstration-int8'].map((one) => join(root, 'models', one));
  const files = { float: join(float, 'model.onnx'), int8: join(int8, 'model.onnx') };
  return { name: 'demonstration', ...files, quantisation: reportIn(int8) };
}

function reportIn(folder) {
  return JSON.parse(readFileSync(join(folder, 'quantisation.json'), 'utf8'));
}

/** A detector of bench/inference, random weights. */
async function writtenModel(name, say) {
  const folder = await cacheFolder();
  const path = join(folder, `${name}.onnx`);
  if (existsSync(path)) return path;
  say(`${name}: writing`);
  refuse(preparePython('models'));
  const script = join(root, 'bench/inference/models/write_models.py');
  const options = ['--out', folder, '--variants', name[0], '--sizes', name.slice(1)];
  execFileSync(join(pythonFolder('models'), 'bin/python'), ['-B', script, ...options]);
  return path;
}

/** A folder of phantoms as the product writes them. */
async function phantoms() {
  const folder = await cacheFolder('int8', 'phantoms');
  const images = join(folder, 'images/train');
  if (existsSync(images)) return images;
  const program = join(root, 'apps/api/dist/cli/write-phantoms.js');
  const options = ['--count', String(CALIBRATION_IMAGES), '--seed', String(PHANTOM_SEED), '--size', '640'];
  const layout = ['--layout', 'yolo', '--format', 'png', '--split', `train=${CALIBRATION_IMAGES}`];
  execFileSync(process.execPath, [program, '--out', folder, ...options, ...layout], { stdio: 'ignore' });
  return images;
}

/** Calls the trainer with the Python that BENCH_TRAINER_PYTHON names, or with one of the cache. */
function quantise(args) {
  const given = process.env.BENCH_TRAINER_PYTHON;
  if (!given) refuse(preparePython('quantiser'));
  const python = given ?? join(pythonFolder('quantiser'), 'bin/python');
  const path = [join(root, 'trainer'), process.env.PYTHONPATH].filter(Boolean).join(delimiter);
  execFileSync(python, ['-B', '-m', 'thorax_trainer', 'quantise', ...args], {
    env: { ...process.env, PYTHONPATH: path },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

function refuse(problem) {
  if (problem) throw new Error(`The Python packages could not be installed: ${problem}`);
}
