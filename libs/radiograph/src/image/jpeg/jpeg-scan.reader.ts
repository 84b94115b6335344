import { EntropyReader } from './entropy.reader';
import { type HuffmanTables, readHuffmanTables } from './huffman.table';
import {
  corruptJpeg,
  endOfEntropyData,
  isStartOfFrame,
  jpegSegments,
  type JpegSegment,
} from './jpeg-frame.reader';

/** Everything a decoder of one single-component scan needs (T.81 B.2). */
export interface JpegScan {
  precision: number;
  width: number;
  height: number;
  huffman: HuffmanTables;
  /** Quantization tables by destination, in zigzag order. */
  quantization: Map<number, Uint16Array>;
  quantizationSelector: number;
  dcSelector: number;
  acSelector: number;
  /** Ss: first coefficient, or the predictor of a lossless scan. */
  spectralStart: number;
  /** Al: the point transform. */
  pointTransform: number;
  /** Restart interval in MCU; 0 when there is none. */
  restartInterval: number;
  segments: EntropyReader[];
}

const DHT = 0xc4;
const DQT = 0xdb;
const DRI = 0xdd;
const SOS = 0xda;

/** Reads headers and tables up to the first scan of a codestream with one component. Throws `CORRUPT_IMAGE`. */
export function readGrayScan(bytes: Uint8Array): JpegScan {
  const scan: Partial<JpegScan> & Pick<JpegScan, 'huffman' | 'quantization'> = {
    huffman: new Map(),
    quantization: new Map(),
  };
  for (const segment of jpegSegments(bytes)) {
    const payload = bytes.subarray(segment.start, segment.end);
    if (segment.marker === DHT) readHuffmanTables(payload, scan.huffman);
    else if (segment.marker === DQT) readQuantization(payload, scan.quantization);
    else if (segment.marker === DRI)
      scan.restartInterval = payload.length < 2 ? 0 : (payload[0] << 8) | payload[1];
    else if (isStartOfFrame(segment.marker)) Object.assign(scan, frameOf(payload));
    else if (segment.marker === SOS) {
      if (scan.width === undefined) throw corruptJpeg('a scan comes before the frame header');
      return { restartInterval: 0, ...scan, ...scanHeaderOf(bytes, segment) } as JpegScan;
    }
  }
  throw corruptJpeg('it has no scan');
}

function frameOf(
  payload: Uint8Array,
): Pick<JpegScan, 'precision' | 'width' | 'height' | 'quantizationSelector'> {
  if (payload.length < 9 || payload[5] !== 1) throw corruptJpeg('one grey component was expected');
  return {
    precision: payload[0],
    height: (payload[1] << 8) | payload[2],
    width: (payload[3] << 8) | payload[4],
    quantizationSelector: payload[8],
  };
}

function scanHeaderOf(
  bytes: Uint8Array,
  { start, end }: JpegSegment,
): Pick<JpegScan, 'dcSelector' | 'acSelector' | 'spectralStart' | 'pointTransform' | 'segments'> {
  if (end - start < 6 || bytes[start] !== 1) throw corruptJpeg('a scan of one component was expected');
  return {
    dcSelector: bytes[start + 2] >> 4,
    acSelector: bytes[start + 2] & 15,
    spectralStart: bytes[start + 3],
    pointTransform: bytes[start + 5] & 15,
    segments: EntropyReader.segmentsOf(bytes, end, endOfEntropyData(bytes, end)),
  };
}

function readQuantization(payload: Uint8Array, tables: Map<number, Uint16Array>): void {
  let at = 0;
  while (at < payload.length) {
    const wide = payload[at] >> 4 === 1;
    const size = wide ? 128 : 64;
    if (at + 1 + size > payload.length) throw corruptJpeg('a quantization table is cut short');
    const table = new Uint16Array(64);
    for (let i = 0; i < 64; i++) {
      table[i] = wide ? (payload[at + 1 + i * 2] << 8) | payload[at + 2 + i * 2] : payload[at + 1 + i];
    }
    tables.set(payload[at] & 15, table);
    at += 1 + size;
  }
}
