import type { ImageLimits } from '../gray-image';
import { refuseBadSize, RefusedImageError } from '../refused-image.error';
import type { RasterHeader } from './raster-header';

/** Text, profile and vendor chunks beyond this are not read: compressed ones are a way to smuggle a bomb. */
const MAX_ANCILLARY_BYTES = 1024 * 1024;
const MAX_CHUNKS = 100_000;
const SIGNATURE_BYTES = 8;

/**
 * Walks the chunks of a PNG without decompressing anything (PNG 5.3): IHDR comes first and within the limits, every
 * chunk ends inside the file, ancillary chunks stay small, IEND is there. Throws `CORRUPT_IMAGE` or `IMAGE_TOO_LARGE`.
 */
export function checkPng(bytes: Uint8Array, limits: ImageLimits): RasterHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 33 || chunkType(view, SIGNATURE_BYTES + 4) !== 'IHDR')
    throw corrupt('it does not begin with an IHDR chunk');
  const header = readHeader(view);
  refuseBadSize(header.width, header.height, limits);
  let at = SIGNATURE_BYTES;
  for (let chunks = 0; chunks < MAX_CHUNKS; chunks++) {
    if (at + 12 > bytes.length) throw corrupt('it ends before its IEND chunk');
    const length = view.getUint32(at);
    const type = chunkType(view, at + 4);
    if (at + 12 + length > bytes.length) throw corrupt('a chunk runs past the end of the file');
    // Lower-case first letter: ancillary (PNG 5.4).
    if ((view.getUint8(at + 4) & 0x20) !== 0 && length > MAX_ANCILLARY_BYTES) {
      throw new RefusedImageError(
        'IMAGE_TOO_LARGE',
        `The PNG carries a metadata chunk of more than ${MAX_ANCILLARY_BYTES} bytes.`,
      );
    }
    if (type === 'IEND') return header;
    at += 12 + length;
  }
  throw corrupt(`it has more than ${MAX_CHUNKS} chunks`);
}

function readHeader(view: DataView): RasterHeader {
  const colourType = view.getUint8(25);
  return {
    width: view.getUint32(16),
    height: view.getUint32(20),
    deep: view.getUint8(24) === 16,
    gray: colourType === 0 || colourType === 4,
  };
}

function chunkType(view: DataView, at: number): string {
  return String.fromCharCode(
    view.getUint8(at),
    view.getUint8(at + 1),
    view.getUint8(at + 2),
    view.getUint8(at + 3),
  );
}

function corrupt(what: string): RefusedImageError {
  return new RefusedImageError('CORRUPT_IMAGE', `The PNG is damaged: ${what}.`);
}
