import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

const DIGITS = 8;

/**
 * The films, each with a place for a number that does not change the image: so that every upload is another file
 * and no cache can answer for the detector. `prepare` makes room for it, `stamp` writes it into a copy.
 */
export const FILMS = {
  jpeg: { file: 'film-2048x2500.jpg', title: 'JPEG 2048 × 2500', prepare: withComment, stampAt: 6 },
  png: { file: 'film-1024x1024.png', title: 'PNG 1024²', prepare: withText, stampAt: 43, checked: 37 },
  dicom: { file: 'film-2048x2500.dcm', title: 'DICOM 2048 × 2500, 16 bit', prepare: Buffer.from, stampAt: 0 },
};

/** One film, ready for stamps. */
export async function loadFilm(name, folder) {
  const { file, title, prepare, stampAt, checked } = FILMS[name];
  const bytes = prepare(await readFile(join(folder, file)));
  return { name, title, file, path: join(folder, file), bytes, stampAt, checked };
}

let count = 0;

/** Makes the film that lies in `target` from `start` on one that has not been sent before. */
export function stamp(target, start, { stampAt, checked }) {
  count += 1;
  target.write(String(count).padStart(DIGITS, '0'), start + stampAt, 'latin1');
  if (checked === undefined) return;
  const from = start + checked;
  const to = start + stampAt + DIGITS;
  target.writeUInt32BE(crc32(target.subarray(from, to)), to);
}

/** A JPEG comment straight after the start of the image. */
function withComment(jpeg) {
  const segment = Buffer.alloc(4 + DIGITS);
  segment.writeUInt16BE(0xfffe, 0);
  segment.writeUInt16BE(2 + DIGITS, 2);
  return Buffer.concat([jpeg.subarray(0, 2), segment, jpeg.subarray(2)]);
}

/** A PNG text chunk straight after the header: length, "tEXt", a keyword, the digits, the checksum. */
function withText(png) {
  const afterHeader = 33;
  const chunk = Buffer.alloc(4 + 4 + 2 + DIGITS + 4);
  chunk.writeUInt32BE(2 + DIGITS, 0);
  chunk.write('tEXtn\0', 4, 'latin1');
  return Buffer.concat([png.subarray(0, afterHeader), chunk, png.subarray(afterHeader)]);
}
