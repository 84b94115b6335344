import type { EntropyReader } from './entropy.reader';
import type { HuffmanTable } from './huffman.table';
import { inverseDct } from './inverse-dct';
import { corruptJpeg } from './jpeg-frame.reader';
import { readGrayScan, type JpegScan } from './jpeg-scan.reader';

// Figure A.6 of T.81: position in the block of the k-th coefficient in zigzag order.
const ZIGZAG = buildZigzag();

/**
 * Decodes a sequential DCT JPEG of one component and 8 or 12 bits (T.81 annex F; DICOM transfer syntax .51). The
 * inverse DCT is done in floating point, so samples equal a reference decoder's within one step of 4096. The caller
 * has compared the frame's size with the limits. Throws `CORRUPT_IMAGE`.
 */
export function decodeExtendedJpeg(bytes: Uint8Array): Uint16Array {
  const scan = readGrayScan(bytes);
  const dc = scan.huffman.get(scan.dcSelector);
  const ac = scan.huffman.get(16 | scan.acSelector);
  const quantization = scan.quantization.get(scan.quantizationSelector);
  if (!dc || !ac || !quantization) throw corruptJpeg('a scan refers to a table that is not there');
  const across = Math.ceil(scan.width / 8);
  const blocks = across * Math.ceil(scan.height / 8);
  const output = new Uint16Array(scan.width * scan.height);
  const block = new Float64Array(64);
  let segmentIndex = 0;
  let predictor = 0;
  for (let index = 0; index < blocks; index++) {
    if (scan.restartInterval > 0 && index > 0 && index % scan.restartInterval === 0) {
      segmentIndex += 1;
      predictor = 0;
    }
    const segment = scan.segments[segmentIndex];
    if (!segment) throw corruptJpeg('a restart segment is missing');
    block.fill(0);
    predictor = readBlock(segment, dc, ac, quantization, predictor, block);
    segment.refuseOverrun();
    inverseDct(block);
    writeBlock(block, scan, (index % across) * 8, Math.floor(index / across) * 8, output);
  }
  return output;
}

/** Reads and dequantizes one block (T.81 F.2.2); returns the DC value that predicts the next. */
function readBlock(
  reader: EntropyReader,
  dc: HuffmanTable,
  ac: HuffmanTable,
  quantization: Uint16Array,
  predictor: number,
  block: Float64Array,
): number {
  const category = reader.symbol(dc);
  if (category > 15) throw corruptJpeg('a DC difference has more than 15 bits');
  const value = predictor + reader.difference(category);
  block[0] = value * quantization[0];
  for (let k = 1; k < 64; k++) {
    const symbol = reader.symbol(ac);
    const size = symbol & 15;
    if (size === 0) {
      if (symbol !== 0xf0) break;
      k += 15;
      continue;
    }
    k += symbol >> 4;
    if (k > 63) throw corruptJpeg('a block has more than 64 coefficients');
    block[ZIGZAG[k]] = reader.difference(size) * quantization[k];
  }
  return value;
}

function writeBlock(
  block: Float64Array,
  scan: JpegScan,
  left: number,
  top: number,
  output: Uint16Array,
): void {
  const level = 1 << (scan.precision - 1);
  const white = (1 << scan.precision) - 1;
  const columns = Math.min(8, scan.width - left);
  const rows = Math.min(8, scan.height - top);
  for (let y = 0; y < rows; y++) {
    const at = (top + y) * scan.width + left;
    for (let x = 0; x < columns; x++) {
      const sample = Math.round(block[y * 8 + x]) + level;
      output[at + x] = sample < 0 ? 0 : sample > white ? white : sample;
    }
  }
}

function buildZigzag(): Uint8Array {
  const order = new Uint8Array(64);
  let next = 0;
  for (let diagonal = 0; diagonal < 15; diagonal++) {
    const low = Math.max(0, diagonal - 7);
    const high = Math.min(7, diagonal);
    for (let i = low; i <= high; i++) {
      const row = diagonal % 2 === 0 ? low + high - i : i;
      order[next++] = row * 8 + (diagonal - row);
    }
  }
  return order;
}
