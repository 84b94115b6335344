import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { GrayImage } from '../image/gray-image';

/** Real files beside the checkout; they are never copied into it. */
export const SHARED_DICOM = resolve(__dirname, '../../../../../shared/data/dicom');

/** Whether a command is installed here. */
export function hasCommand(command: string): boolean {
  return spawnSync('which', [command]).status === 0;
}

/** `describe` where `present`, else a skipped suite whose name says what is missing and where it comes from. */
export function describeWhere(present: boolean, name: string, missing: string): (suite: () => void) => void {
  if (present) return (suite) => describe(name, suite);
  return (suite) => describe.skip(`${name} (skipped: ${missing})`, suite);
}

/** Runs a command line tool; throws with what it said when it fails. */
export function run(command: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${stderr}`);
}

/** A folder for one suite; call `remove` when done. */
export function scratchFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'thorax-radiograph-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Renders a DICOM file with dcmtk to 8-bit grey; dcmj2pnm knows JPEG, dcm2pnm everything uncompressed. */
export function renderWithDcmtk(folder: string, file: Uint8Array, options: readonly string[]): GrayImage {
  const input = join(folder, 'reference-in.dcm');
  writeFileSync(input, file);
  return renderFileWithDcmtk(folder, input, options);
}

/** The same for a file on disk. */
export function renderFileWithDcmtk(folder: string, input: string, options: readonly string[]): GrayImage {
  const output = join(folder, 'reference-out.pgm');
  rmSync(output, { force: true });
  run('dcmj2pnm', ['-O', ...options, input, output]);
  if (!existsSync(output)) throw new Error('dcmj2pnm wrote no image.');
  return parsePgm(readFileSync(output));
}

/** Largest difference between two images of the same size, in grey levels. */
export function largestDifference(a: GrayImage, b: GrayImage): number {
  if (a.width !== b.width || a.height !== b.height) return Infinity;
  let largest = 0;
  for (let i = 0; i < a.pixels.length; i++) largest = Math.max(largest, Math.abs(a.pixels[i] - b.pixels[i]));
  return largest;
}

/** Binary PGM with a comment line, as dcmtk writes it. */
export function parsePgm(bytes: Buffer): GrayImage {
  const header = /^P5\s+(?:#[^\n]*\s+)*(\d+)\s+(\d+)\s+255\s/.exec(
    bytes.subarray(0, 1024).toString('latin1'),
  );
  if (!header) throw new Error('Not an 8-bit binary PGM.');
  const [width, height] = [Number(header[1]), Number(header[2])];
  return {
    width,
    height,
    pixels: new Uint8Array(bytes.subarray(header[0].length, header[0].length + width * height)),
  };
}
