/**
 * Writes the films of the benchmark to a folder: `node write-inputs.mjs FOLDER`. Phantoms, so nobody's image:
 * a gray JPEG and a 16-bit DICOM (CR, explicit little endian) as digital detectors give them, and a PNG as
 * datasets hold them. The same films every time.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { requireOfApi } from '../workspace.mjs';

const { drawPhantom, encodePhantomDicom, windowLevel } = requireOfApi('@thorax/radiograph');
const sharp = requireOfApi('sharp');

const DX_FOR_PRESENTATION = '1.2.840.10008.5.1.4.1.1.1.1';
const CR = '1.2.840.10008.5.1.4.1.1.1';

/** The phantom as 8-bit levels, as its window shows it. */
function shownOf({ width, height, pixels, exposure: { windowCenter, windowWidth } }) {
  const shades = Uint8Array.from({ length: 4096 }, (_, value) =>
    windowLevel(value, windowCenter, windowWidth),
  );
  const levels = Uint8Array.from(pixels, (value) => shades[value]);
  return sharp(levels, { raw: { width, height, channels: 1 } }).toColourspace('b-w');
}

/** Replaces equally long text in place; the shorter UID is padded with the zero byte that DICOM pads UIDs with. */
function replaceAll(bytes, from, to) {
  const file = Buffer.from(bytes);
  const padded = Buffer.alloc(from.length);
  padded.write(to, 'latin1');
  for (let at = file.indexOf(from); at >= 0; at = file.indexOf(from, at + 1)) padded.copy(file, at);
  return file;
}

/** Computed radiography: the phantom's own file is a digital radiograph (DX). */
function computedRadiography(phantom) {
  const dx = encodePhantomDicom(phantom);
  const modality = Buffer.from([0x08, 0x00, 0x60, 0x00, 0x43, 0x53, 0x02, 0x00]);
  const file = replaceAll(dx, DX_FOR_PRESENTATION, CR);
  const at = file.indexOf(modality);
  if (at < 0) throw new Error('The phantom has no Modality to replace.');
  file.write('CR', at + modality.length, 'latin1');
  return file;
}

/** Writes all films and resolves with their paths by name. */
export async function writeInputs(folder) {
  await mkdir(folder, { recursive: true });
  const film = drawPhantom({ seed: 3, width: 2048, height: 2500 });
  const square = drawPhantom({ seed: 3, width: 1024, height: 1024 });
  const files = {
    'film-2048x2500.jpg': await shownOf(film).jpeg({ quality: 92 }).toBuffer(),
    'film-1024x1024.png': await shownOf(square).png({ compressionLevel: 6 }).toBuffer(),
    'film-2048x2500.dcm': computedRadiography(film),
  };
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
}

if (process.argv[1] === import.meta.filename) await writeInputs(process.argv[2]);
