import { RefusedImageError } from './refused-image.error';

/** The kinds of file a radiograph may come in. */
export type RadiographSource = 'jpeg' | 'png' | 'dicom';

/** Formats that people do send and that deserve to be named in the refusal. */
const REFUSED_FORMATS: readonly { name: string; signature: string; at?: number }[] = [
  { name: 'TIFF', signature: '49492a00' },
  { name: 'TIFF', signature: '4d4d002a' },
  { name: 'BigTIFF', signature: '49492b00' },
  { name: 'GIF', signature: '47494638' },
  { name: 'WebP', signature: '57454250', at: 8 },
  { name: 'BMP', signature: '424d' },
  { name: 'PDF', signature: '25504446' },
  { name: 'ZIP archive', signature: '504b0304' },
  { name: 'gzip archive', signature: '1f8b' },
  { name: 'JPEG 2000 file', signature: '0000000c6a502020' },
  { name: 'HEIF or AVIF', signature: '66747970', at: 4 },
];

/**
 * Names the format by its magic bytes; a file name or a content type is never believed. DICOM must be a Part 10
 * file ("DICM" at byte 128): without a preamble nothing in the bytes tells a data set from noise (PS3.10 7.1).
 * Throws `EMPTY_IMAGE` or `UNSUPPORTED_IMAGE_FORMAT`.
 */
export function sniffImageFormat(bytes: Uint8Array): RadiographSource {
  if (bytes.length === 0)
    throw new RefusedImageError('EMPTY_IMAGE', 'An image was expected, but the body has 0 bytes.');
  // DICOM first: the 128 bytes before "DICM" are free and may well look like another format (PS3.10 7.1).
  if (startsWith(bytes, '4449434d', 128)) return 'dicom';
  if (startsWith(bytes, 'ffd8ff', 0)) return 'jpeg';
  if (startsWith(bytes, '89504e470d0a1a0a', 0)) return 'png';
  const known = REFUSED_FORMATS.find((format) => startsWith(bytes, format.signature, format.at ?? 0));
  throw new RefusedImageError(
    'UNSUPPORTED_IMAGE_FORMAT',
    `A JPEG, PNG or DICOM Part 10 file was expected, but ${known ? `a ${known.name} came` : 'the first bytes are none of these'}.`,
  );
}

function startsWith(bytes: Uint8Array, hex: string, at: number): boolean {
  if (bytes.length < at + hex.length / 2) return false;
  for (let i = 0; i < hex.length / 2; i++) {
    if (bytes[at + i] !== parseInt(hex.slice(i * 2, i * 2 + 2), 16)) return false;
  }
  return true;
}
