import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { drawPhantom, type Phantom } from '@thorax/radiograph';
import { writeDicom, writePng16, writePng8, yoloDataset, yoloLabels } from './phantom-writer';

const USAGE = `Writes synthetic chest radiographs with known findings.

  node write-phantoms.js [--out samples] [--count 12] [--seed 1] [--size 640]
      [--layout flat|yolo]           flat: files to try by hand and truth.json; yolo: a training set
      [--format png|dicom|both]      which files (yolo adds dicom/SPLIT/ beside images/SPLIT/)
      [--split train=0.9,val=0.05,test=0.05]   shares or counts, in order; yolo only

Phantom number i (from 0) is drawn from seed + i, so the same command writes the same files.
`;

interface Settings {
  readonly out: string;
  readonly count: number;
  readonly seed: number;
  readonly size: number;
  readonly layout: 'flat' | 'yolo';
  readonly format: 'png' | 'dicom' | 'both';
  readonly split: ReadonlyMap<string, number>;
}

/** What is wrong with the command line, for whoever typed it. */
class UsageError extends Error {}

function readSettings(args: string[]): Settings {
  const { values } = parseArgs({
    args,
    options: {
      out: { type: 'string', default: 'samples' },
      count: { type: 'string', default: '12' },
      seed: { type: 'string', default: '1' },
      size: { type: 'string', default: '640' },
      layout: { type: 'string', default: 'flat' },
      format: { type: 'string', default: 'both' },
      split: { type: 'string', default: 'train=0.9,val=0.05,test=0.05' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    process.exit(0);
  }
  return {
    out: resolve(values.out),
    count: integer('count', values.count, 1, 1_000_000),
    seed: integer('seed', values.seed, 0, 4294967295),
    size: integer('size', values.size, 64, 4096),
    layout: oneOf('layout', values.layout, ['flat', 'yolo']),
    format: oneOf('format', values.format, ['png', 'dicom', 'both']),
    split: readSplit(values.split),
  };
}

function integer(name: string, text: string, low: number, high: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new UsageError(`--${name} must be an integer from ${low} to ${high}, got "${text}"`);
  }
  return value;
}

function oneOf<T extends string>(name: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((item) => item === text);
  if (!found) throw new UsageError(`--${name} must be one of ${allowed.join(', ')}, got "${text}"`);
  return found;
}

/** Shares by split name, normalised to a sum of 1. */
function readSplit(text: string): Map<string, number> {
  const parts = text.split(',').map((part) => /^([a-z]+)=(\d+(?:\.\d+)?)$/.exec(part.trim()));
  const weights = parts.map((part) => {
    if (!part) throw new UsageError(`--split must look like train=0.9,val=0.05,test=0.05, got "${text}"`);
    return [part[1] as string, Number(part[2])] as const;
  });
  const sum = weights.reduce((total, [, weight]) => total + weight, 0);
  if (sum <= 0) throw new UsageError('--split needs at least one share above zero');
  return new Map(weights.map(([name, weight]) => [name, weight / sum]));
}

/** The split of the phantom at an index: splits follow one another in the order they were given. */
function splitOf(settings: Settings, index: number): string {
  let end = 0;
  let last = '';
  for (const [name, share] of settings.split) {
    end += share;
    last = name;
    if (index < Math.round(end * settings.count)) return name;
  }
  return last;
}

async function writeYolo(settings: Settings): Promise<void> {
  const { out, format, split } = settings;
  const folders = [
    'labels',
    ...(format === 'dicom' ? [] : ['images']),
    ...(format === 'png' ? [] : ['dicom']),
  ];
  for (const name of split.keys()) {
    for (const folder of folders) await mkdir(join(out, folder, name), { recursive: true });
  }
  await eachPhantom(settings, async (phantom, name, index) => {
    const part = splitOf(settings, index);
    await writeFile(join(out, 'labels', part, `${name}.txt`), yoloLabels(phantom));
    if (format !== 'dicom') await writePng8(join(out, 'images', part, `${name}.png`), phantom);
    if (format !== 'png') await writeDicom(join(out, 'dicom', part, `${name}.dcm`), phantom, 'MONOCHROME2');
  });
  await writeFile(join(out, 'data.yaml'), yoloDataset(out, [...split.keys()]));
}

/** The kinds of file a department may send, in turn. */
const FLAT_KINDS = {
  png: [
    { suffix: '8-bit.png', write: writePng8 },
    { suffix: '16-bit.png', write: writePng16 },
  ],
  dicom: [
    {
      suffix: 'monochrome1.dcm',
      write: (file: string, phantom: Phantom) => writeDicom(file, phantom, 'MONOCHROME1'),
    },
    {
      suffix: 'monochrome2.dcm',
      write: (file: string, phantom: Phantom) => writeDicom(file, phantom, 'MONOCHROME2'),
    },
  ],
};

async function writeFlat(settings: Settings): Promise<void> {
  const { png, dicom } = FLAT_KINDS;
  const kinds = { png, dicom, both: [png[0]!, dicom[0]!, png[1]!, dicom[1]!] }[settings.format];
  await mkdir(settings.out, { recursive: true });
  const truth: object[] = [];
  await eachPhantom(settings, async (phantom, name, index) => {
    const kind = kinds[index % kinds.length]!;
    const file = `${name}-${kind.suffix}`;
    await kind.write(join(settings.out, file), phantom);
    const { seed, width, height, findings } = phantom;
    truth.push({ file, seed, width, height, findings });
  });
  await writeFile(join(settings.out, 'truth.json'), `${JSON.stringify(truth, null, 2)}\n`);
}

/** Draws the phantoms one after another and says how far it is on one line of stderr. */
async function eachPhantom(
  { count, seed, size }: Settings,
  write: (phantom: Phantom, name: string, index: number) => Promise<void>,
): Promise<void> {
  for (let index = 0; index < count; index++) {
    const phantom = drawPhantom({ seed: seed + index, width: size, height: size });
    await write(phantom, `phantom-${String(seed + index).padStart(6, '0')}`, index);
    showProgress(index + 1, count);
  }
  process.stderr.write('\n');
}

function showProgress(done: number, count: number): void {
  if (done !== count && !process.stderr.isTTY && done % 100 !== 0) return;
  const bar = '#'.repeat(Math.floor((30 * done) / count)).padEnd(30, '.');
  process.stderr.write(`\r[${bar}] ${done}/${count}`);
}

async function main(): Promise<void> {
  const settings = readSettings(process.argv.slice(2));
  await (settings.layout === 'yolo' ? writeYolo(settings) : writeFlat(settings));
  process.stderr.write(`${settings.count} phantoms in ${settings.out}\n`);
}

main().catch((error: unknown) => {
  const known = error instanceof UsageError || (error instanceof TypeError && 'code' in error);
  process.stderr.write(known ? `${(error as Error).message}\n\n${USAGE}` : `${String(error)}\n`);
  process.exitCode = 1;
});
