import { endianness } from 'node:os';
import { crc32 } from 'node:zlib';
import { CachedResult, MAX_CANDIDATES } from './candidate-set';

/** Raise it with every change of the layout below. Machines that keep numbers the other way round have their own. */
const FORMAT_VERSION = endianness() === 'LE' ? 1 : 0x81;
const SOURCES = ['jpeg', 'png', 'dicom'] as const;

/** version u8, source u8, scores u16, locations u16, nothing u16, width u32, height u32, floor f64 */
const HEADER_BYTES = 24;
const BYTES_PER_LOCATION = 4 * 8;
const BYTES_PER_SCORE = 8 + 2 + 2;
const CHECKSUM_BYTES = 4;

/** Bytes that the largest result takes. */
export const MAX_ENCODED_BYTES =
  HEADER_BYTES + MAX_CANDIDATES * (BYTES_PER_LOCATION + BYTES_PER_SCORE) + CHECKSUM_BYTES;

/**
 * A result as bytes: a header, then boxes, scores, locations and classes as arrays, then a CRC-32 of all that
 * and of `word`, the key it is kept under, so that neither damage nor another key's entry passes.
 */
export function encodeResult(word: string, { source, width, height, candidates }: CachedResult): Buffer {
  const { floor, boxes, scores, locations, classes } = candidates;
  const arrays = [boxes, scores, locations, classes];
  const bodyBytes = arrays.reduce((sum, { byteLength }) => sum + byteLength, HEADER_BYTES);
  const bytes = Buffer.alloc(bodyBytes + CHECKSUM_BYTES);
  bytes.writeUInt8(FORMAT_VERSION, 0);
  bytes.writeUInt8(SOURCES.indexOf(source), 1);
  bytes.writeUInt16LE(scores.length, 2);
  bytes.writeUInt16LE(boxes.length / 4, 4);
  bytes.writeUInt32LE(width, 8);
  bytes.writeUInt32LE(height, 12);
  bytes.writeDoubleLE(floor, 16);
  let offset = HEADER_BYTES;
  for (const { buffer, byteOffset, byteLength } of arrays) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), offset);
    offset += byteLength;
  }
  bytes.writeUInt32LE(checksumOf(word, bytes.subarray(0, bodyBytes)), bodyBytes);
  return bytes;
}

/** The result again, in memory of its own; `undefined` for anything but what {@link encodeResult} made of this word. */
export function decodeResult(word: string, bytes: Uint8Array): CachedResult | undefined {
  const { buffer, byteOffset, byteLength } = bytes;
  if (byteLength < HEADER_BYTES + CHECKSUM_BYTES || byteLength > MAX_ENCODED_BYTES) return undefined;
  const view = new DataView(buffer, byteOffset, byteLength);
  const [scores, locations] = [view.getUint16(2, true), view.getUint16(4, true)];
  const bodyBytes = HEADER_BYTES + locations * BYTES_PER_LOCATION + scores * BYTES_PER_SCORE;
  const source = SOURCES[view.getUint8(1)];
  if (view.getUint8(0) !== FORMAT_VERSION || !source || byteLength !== bodyBytes + CHECKSUM_BYTES)
    return undefined;
  if (view.getUint32(bodyBytes, true) !== checksumOf(word, bytes.subarray(0, bodyBytes))) return undefined;
  // A copy, because arrays of doubles must begin at multiples of eight, and the bytes are part of a larger buffer.
  const body = new Uint8Array(bytes.subarray(HEADER_BYTES, bodyBytes)).buffer;
  const candidates = {
    floor: view.getFloat64(16, true),
    boxes: new Float64Array(body, 0, 4 * locations),
    scores: new Float64Array(body, 32 * locations, scores),
    locations: new Uint16Array(body, 32 * locations + 8 * scores, scores),
    classes: new Uint16Array(body, 32 * locations + 10 * scores, scores),
  };
  if (candidates.locations.some((location) => location >= locations)) return undefined;
  return { source, width: view.getUint32(8, true), height: view.getUint32(12, true), candidates };
}

function checksumOf(word: string, body: Uint8Array): number {
  return crc32(body, crc32(word));
}
