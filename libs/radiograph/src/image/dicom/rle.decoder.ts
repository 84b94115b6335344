import { RefusedImageError } from '../refused-image.error';

/**
 * Decodes DICOM RLE (PS3.5 annex G): one PackBits segment per byte plane, most significant first. Returns samples by
 * plane, `planes` × `bytesPerSample` segments of `pixels` bytes, as 8- or 16-bit values. Throws `CORRUPT_IMAGE`.
 */
export function decodeRle(
  bytes: Uint8Array,
  pixels: number,
  planes: number,
  bytesPerSample: 1 | 2,
): Uint8Array | Uint16Array {
  const wanted = planes * bytesPerSample;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 64 || view.getUint32(0, true) !== wanted)
    throw damaged(`${wanted} segments were expected`);
  const output = bytesPerSample === 1 ? new Uint8Array(pixels * planes) : new Uint16Array(pixels * planes);
  const segment = new Uint8Array(pixels);
  for (let index = 0; index < wanted; index++) {
    const start = view.getUint32(4 + index * 4, true);
    const end = index + 1 < wanted ? view.getUint32(8 + index * 4, true) : bytes.length;
    if (start < 64 || end < start || end > bytes.length) throw damaged('a segment lies outside the data');
    unpack(bytes, start, end, segment);
    const plane = Math.floor(index / bytesPerSample) * pixels;
    if (bytesPerSample === 1) output.set(segment, plane);
    else if (index % 2 === 0) for (let i = 0; i < pixels; i++) output[plane + i] = segment[i] << 8;
    else for (let i = 0; i < pixels; i++) output[plane + i] |= segment[i];
  }
  return output;
}

/** PackBits (PS3.5 G.3) until `into` is full; a segment that holds less is damaged, more is padding. */
function unpack(bytes: Uint8Array, start: number, end: number, into: Uint8Array): void {
  let at = start;
  let size = 0;
  while (size < into.length) {
    if (at + 1 >= end) throw damaged('a segment ends too early');
    const control = bytes[at++];
    if (control < 128) {
      const count = Math.min(control + 1, into.length - size);
      if (at + count > end) throw damaged('a segment ends too early');
      into.set(bytes.subarray(at, at + count), size);
      at += control + 1;
      size += count;
    } else if (control > 128) {
      const count = Math.min(257 - control, into.length - size);
      into.fill(bytes[at++], size, size + count);
      size += count;
    }
  }
}

function damaged(what: string): RefusedImageError {
  return new RefusedImageError('CORRUPT_IMAGE', `The RLE pixel data is damaged: ${what}.`);
}
