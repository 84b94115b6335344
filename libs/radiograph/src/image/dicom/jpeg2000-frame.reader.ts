import { RefusedImageError } from '../refused-image.error';

/** What a JPEG 2000 codestream says about itself in its SIZ segment (ISO/IEC 15444-1 A.5.1). */
export interface Jpeg2000Frame {
  width: number;
  height: number;
  components: number;
  /** Bits of the first component. */
  precision: number;
}

/** A tile costs the decoder several kilobytes before it has a single pixel. */
const MAX_TILES = 4096;
const SOT = 0xff90;
const EOC = 0xffd9;

/**
 * Reads SIZ without decoding. Tiles are at most 4,096, components are not subsampled and equally deep, and
 * every tile-part is complete, for the decoder fills what a truncated file lacks with grey. Throws
 * `CORRUPT_IMAGE` or `IMAGE_TOO_LARGE`.
 */
export function readJpeg2000Frame(bytes: Uint8Array): Jpeg2000Frame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // SOC, then SIZ, which must come first (A.3).
  if (bytes.length < 64 || view.getUint32(0) !== 0xff4fff51)
    throw damaged('it does not begin with SOC and SIZ');
  const components = view.getUint16(40);
  if (components < 1 || components > 4 || view.getUint16(4) !== 38 + components * 3)
    throw damaged('its SIZ segment has a wrong length');
  const width = view.getUint32(8) - view.getUint32(16);
  const height = view.getUint32(12) - view.getUint32(20);
  const tileWidth = view.getUint32(24);
  const tileHeight = view.getUint32(28);
  if (tileWidth === 0 || tileHeight === 0) throw damaged('its tiles have no size');
  if (Math.ceil(width / tileWidth) * Math.ceil(height / tileHeight) > MAX_TILES) {
    throw new RefusedImageError(
      'IMAGE_TOO_LARGE',
      `The JPEG 2000 codestream has more than ${MAX_TILES} tiles.`,
    );
  }
  for (let i = 0; i < components; i++) {
    const at = 42 + i * 3;
    if (bytes[at] !== bytes[42] || bytes[at + 1] !== 1 || bytes[at + 2] !== 1)
      throw damaged('its components differ in depth or size');
  }
  refuseTruncation(bytes, view);
  return { width, height, components, precision: (bytes[42] & 0x7f) + 1 };
}

/**
 * Follows the main header and the tile-parts from one to the next (A.4.2) up to EOC. Throws when one of them runs past
 * the end, as in a truncated file.
 */
function refuseTruncation(bytes: Uint8Array, view: DataView): void {
  let at = 2;
  for (;;) {
    if (at + 2 > bytes.length) throw damaged('its end-of-codestream marker is missing');
    const marker = view.getUint16(at);
    if (marker === EOC) return;
    if (at + 12 > bytes.length || marker < 0xff00)
      throw damaged('a marker was expected between two segments');
    const tilePart = marker === SOT ? view.getUint32(at + 6) : 0;
    // Psot of 0: the last tile-part, which ends where the codestream does.
    if (marker === SOT && tilePart === 0) return refuseMissingEnd(bytes);
    if (marker === SOT && tilePart < 14) throw damaged('a tile-part is shorter than its header');
    at += marker === SOT ? tilePart : 2 + view.getUint16(at + 2);
  }
}

/** EOC as the last marker, allowing for the zero bytes that pad a fragment. */
function refuseMissingEnd(bytes: Uint8Array): void {
  let end = bytes.length;
  while (end > 2 && bytes[end - 1] === 0) end -= 1;
  if (bytes[end - 2] !== 0xff || bytes[end - 1] !== 0xd9)
    throw damaged('its end-of-codestream marker is missing');
}

function damaged(what: string): RefusedImageError {
  return new RefusedImageError('CORRUPT_IMAGE', `The JPEG 2000 codestream is damaged: ${what}.`);
}
