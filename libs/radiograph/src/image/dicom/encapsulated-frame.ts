import { RefusedImageError } from '../refused-image.error';
import type { DicomElement } from './data-set.walker';

const ITEM = 0xfffee000;
const SEQUENCE_END = 0xfffee0dd;

/**
 * The codestream of a single-frame encapsulated image: all fragments after the Basic Offset Table, joined (PS3.5
 * A.4). A single fragment is not copied. Throws `CORRUPT_IMAGE` when a fragment or the delimiter is cut off.
 */
export function joinFragments(bytes: Uint8Array, pixelData: DicomElement): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fragments = measureFragments(view, pixelData.offset);
  if (fragments.count === 0) throw damaged('it has no fragment');
  if (fragments.count === 1)
    return bytes.subarray(fragments.first + 8, fragments.first + 8 + fragments.total);
  const joined = new Uint8Array(fragments.total);
  let at = fragments.first;
  let size = 0;
  for (let i = 0; i < fragments.count; i++) {
    const length = view.getUint32(at + 4, true);
    joined.set(bytes.subarray(at + 8, at + 8 + length), size);
    size += length;
    at += 8 + length;
  }
  return joined;
}

function measureFragments(view: DataView, start: number): { first: number; count: number; total: number } {
  let at = start;
  let count = -1; // The first item is the offset table.
  let total = 0;
  let first = 0;
  for (;;) {
    if (at + 8 > view.byteLength) throw damaged('its end is missing');
    const tag = view.getUint16(at, true) * 0x10000 + view.getUint16(at + 2, true);
    const length = view.getUint32(at + 4, true);
    if (tag === SEQUENCE_END) return { first, count: Math.max(count, 0), total };
    if (tag !== ITEM || at + 8 + length > view.byteLength) throw damaged('a fragment is cut off');
    at += 8 + length;
    if (count === -1) first = at;
    else total += length;
    count += 1;
  }
}

function damaged(what: string): RefusedImageError {
  return new RefusedImageError('CORRUPT_IMAGE', `The compressed pixel data is damaged: ${what}.`);
}
