import { parseArgs } from 'node:util';
import { CONTESTANTS } from './servers/contestants.mjs';
import { FILMS } from './inputs/films.mjs';

export const USAGE = `Serves one detector with Thorax and with its Python peers, and measures them in turns.

  npm run bench:inference -- [--models n640,l640] [--films ${Object.keys(FILMS).join(',')}]
      [--contestants ${CONTESTANTS.map(({ name }) => name).join(',')}]
      [--rounds 3] [--seconds 5] [--concurrency 1,8] [--label NAME]

Results go to bench/results/NAME.json, .md and .svg. A contestant whose Python cannot be installed is left out
and said so. Absolute numbers belong to the machine and the hour; compare ratios within one run.
`;

/** Reads the command line; a word that is not known ends the program with the usage. */
export function readSettings(args) {
  const { values } = parseArgs({
    args,
    options: {
      models: { type: 'string', default: 'n640' },
      films: { type: 'string', default: Object.keys(FILMS).join(',') },
      contestants: { type: 'string', default: CONTESTANTS.map(({ name }) => name).join(',') },
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '5' },
      concurrency: { type: 'string', default: '1,8' },
      label: { type: 'string', default: 'inference' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    process.exit(0);
  }
  const names = values.contestants.split(',');
  return {
    models: values.models.split(',').map((name) => matching('model', /^[nl]\d{3,4}$/, name)),
    films: values.films.split(',').map((name) => known('film', name, Object.keys(FILMS))),
    contestants: names.map((name) =>
      CONTESTANTS.find((one) => one.name === known('contestant', name, nameOfAll())),
    ),
    rounds: positive('rounds', values.rounds),
    seconds: positive('seconds', values.seconds),
    concurrency: values.concurrency.split(',').map((text) => positive('concurrency', text)),
    label: matching('label', /^[\w-]+$/, values.label),
  };
}

const nameOfAll = () => CONTESTANTS.map(({ name }) => name);

function known(what, name, all) {
  if (!all.includes(name)) refuse(`no ${what} is called "${name}": ${all.join(', ')}`);
  return name;
}

function matching(what, pattern, text) {
  if (!pattern.test(text)) refuse(`"${text}" is no ${what}`);
  return text;
}

function positive(what, text) {
  const value = Number(text);
  if (!(value > 0)) refuse(`${what} must be positive, got "${text}"`);
  return value;
}

function refuse(problem) {
  process.stderr.write(`bench:inference: ${problem}\n\n${USAGE}`);
  process.exit(2);
}
