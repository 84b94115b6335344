import { RefusedImageError } from '../refused-image.error';

/** The coding processes of ITU-T T.81 that a marker can announce; `other` is arithmetic or hierarchical. */
export type JpegProcess = 'baseline' | 'extended' | 'progressive' | 'lossless' | 'jpeg-ls' | 'other';

/** What a JPEG codestream says about itself before any pixel is decoded. */
export interface JpegFrame {
  process: JpegProcess;
  /** Bits a sample, 2–16. */
  precision: number;
  width: number;
  height: number;
  components: number;
  /** Start-of-scan markers seen. */
  scans: number;
}

/** One marker segment: its second byte and the payload without the two length bytes. */
export interface JpegSegment {
  marker: number;
  start: number;
  end: number;
}

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;

const PROCESS_BY_SOF: Readonly<Record<number, JpegProcess>> = {
  0xc0: 'baseline',
  0xc1: 'extended',
  0xc2: 'progressive',
  0xc3: 'lossless',
  0xf7: 'jpeg-ls',
};

/**
 * Walks the marker segments of a JPEG or JPEG-LS codestream (T.81 B.1.1.4), entropy-coded data skipped. A start of
 * scan is yielded with `end` at the end of its header; its data follows, up to the next marker that is no restart.
 * Ends after EOI. Throws `CORRUPT_IMAGE` when a segment runs past the end or the end marker is missing.
 */
export function* jpegSegments(bytes: Uint8Array): Generator<JpegSegment> {
  if (bytes.length < 4 || bytes[0] !== 0xff || bytes[1] !== SOI)
    throw corruptJpeg('it does not begin with a start-of-image marker');
  let at = 2;
  for (;;) {
    if (at + 1 >= bytes.length) throw corruptJpeg('it ends before its end-of-image marker');
    if (bytes[at] !== 0xff) throw corruptJpeg('a marker was expected between two segments');
    const marker = bytes[at + 1];
    if (marker === 0xff) {
      at += 1; // Fill byte (B.1.1.2).
      continue;
    }
    if (marker === EOI) return;
    const start = at + 4;
    const end = at + 2 + (start <= bytes.length ? (bytes[at + 2] << 8) | bytes[at + 3] : 0);
    if (end < start || end > bytes.length) throw corruptJpeg('a segment runs past the end of the data');
    yield { marker, start, end };
    at = marker === SOS ? endOfEntropyData(bytes, end) : end;
  }
}

/** Index of the marker that ends the entropy-coded data starting at `from`; restart markers and stuffing are data. */
export function endOfEntropyData(bytes: Uint8Array, from: number): number {
  for (
    let at = bytes.indexOf(0xff, from);
    at >= 0 && at + 1 < bytes.length;
    at = bytes.indexOf(0xff, at + 1)
  ) {
    const next = bytes[at + 1];
    // Below 0x80: stuffing, of 0xFF 0x00 in T.81 and of one bit in JPEG-LS (T.87 9.1).
    if (next < 0x80 || next === 0xff || (next >= 0xd0 && next <= 0xd7)) continue;
    return at;
  }
  return bytes.length;
}

/** Reads the first frame header and counts the scans. Throws `CORRUPT_IMAGE` on a damaged or headless codestream. */
export function readJpegFrame(bytes: Uint8Array): JpegFrame {
  let frame: JpegFrame | undefined;
  for (const segment of jpegSegments(bytes)) {
    if (segment.marker === SOS) {
      if (!frame) throw corruptJpeg('a scan comes before the frame header');
      frame.scans += 1;
    } else if (isStartOfFrame(segment.marker)) {
      if (frame) throw corruptJpeg('it has several frame headers');
      frame = parseFrame(bytes, segment);
    }
  }
  if (!frame || frame.scans === 0) throw corruptJpeg('it has no frame or no scan');
  return frame;
}

/** Start-of-frame markers: SOF0–15 without DHT, JPG and DAC (T.81 table B.1), and SOF55 of JPEG-LS. */
export function isStartOfFrame(marker: number): boolean {
  return (
    (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) ||
    marker === 0xf7
  );
}

function parseFrame(bytes: Uint8Array, { marker, start, end }: JpegSegment): JpegFrame {
  if (end - start < 6) throw corruptJpeg('the frame header is too short');
  const components = bytes[start + 5];
  if (components === 0 || end - start < 6 + components * 3)
    throw corruptJpeg('the frame header is too short');
  return {
    process: PROCESS_BY_SOF[marker] ?? 'other',
    precision: bytes[start],
    height: (bytes[start + 1] << 8) | bytes[start + 2],
    width: (bytes[start + 3] << 8) | bytes[start + 4],
    components,
    scans: 0,
  };
}

/** The refusal every reader of JPEG codestreams throws. */
export function corruptJpeg(what: string): RefusedImageError {
  return new RefusedImageError('CORRUPT_IMAGE', `The JPEG codestream is damaged: ${what}.`);
}
