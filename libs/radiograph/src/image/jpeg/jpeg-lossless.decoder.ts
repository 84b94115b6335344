import type { EntropyReader } from './entropy.reader';
import type { HuffmanTable } from './huffman.table';
import { corruptJpeg } from './jpeg-frame.reader';
import { readGrayScan } from './jpeg-scan.reader';

/**
 * Decodes a lossless JPEG of one component and 2–16 bits (T.81 annex H; DICOM transfer syntaxes .57 and .70), all
 * seven predictors, bit by bit exact. The caller has compared the frame's size with the limits. Throws `CORRUPT_IMAGE`.
 */
export function decodeLosslessJpeg(bytes: Uint8Array): Uint16Array {
  const scan = readGrayScan(bytes);
  const { width, height, precision, pointTransform } = scan;
  const table = scan.huffman.get(scan.dcSelector);
  if (!table) throw corruptJpeg('a scan refers to a Huffman table that is not there');
  if (scan.spectralStart < 1 || scan.spectralStart > 7) throw corruptJpeg('the predictor is none of 1 to 7');
  if (precision < 2 || precision > 16 || pointTransform >= precision)
    throw corruptJpeg('the precision is none of 2 to 16 bits');
  // H.1.1: a restart interval is a whole number of rows.
  const rowsPerSegment = scan.restartInterval === 0 ? height : scan.restartInterval / width;
  if (!Number.isInteger(rowsPerSegment)) throw corruptJpeg('the restart interval is no whole number of rows');
  const output = new Uint16Array(width * height);
  const initial = 1 << (precision - pointTransform - 1);
  for (let row = 0; row < height; row++) {
    const segment = scan.segments[Math.floor(row / rowsPerSegment)];
    if (!segment) throw corruptJpeg('a restart segment is missing');
    const first = row % rowsPerSegment === 0;
    decodeRow(segment, table, output.subarray(row * width, (row + 1) * width), {
      above: first ? undefined : output.subarray((row - 1) * width, row * width),
      predictor: scan.spectralStart,
      initial,
    });
    segment.refuseOverrun();
  }
  if (pointTransform > 0) for (let i = 0; i < output.length; i++) output[i] <<= pointTransform;
  return output;
}

interface RowContext {
  /** The row before, absent at the start of a scan or restart segment, where only the left neighbour predicts. */
  above: Uint16Array | undefined;
  predictor: number;
  initial: number;
}

function decodeRow(reader: EntropyReader, table: HuffmanTable, row: Uint16Array, context: RowContext): void {
  const { above, predictor } = context;
  let left = (above ? above[0] : context.initial) + difference(reader, table);
  row[0] = left;
  left = row[0];
  for (let x = 1; x < row.length; x++) {
    const prediction = above ? predict(predictor, left, above[x], above[x - 1]) : left;
    row[x] = prediction + difference(reader, table);
    left = row[x];
  }
}

/** Table H.2: Category 16 stands for 32768 and carries no further bits. */
function difference(reader: EntropyReader, table: HuffmanTable): number {
  const category = reader.symbol(table);
  if (category > 16) throw corruptJpeg('a difference has more than 16 bits');
  return category === 16 ? 32768 : reader.difference(category);
}

/** Table H.1 of T.81: Ra is the left neighbour, Rb the one above, Rc the one above left. */
function predict(predictor: number, ra: number, rb: number, rc: number): number {
  switch (predictor) {
    case 1:
      return ra;
    case 2:
      return rb;
    case 3:
      return rc;
    case 4:
      return ra + rb - rc;
    case 5:
      return ra + ((rb - rc) >> 1);
    case 6:
      return rb + ((ra - rc) >> 1);
    default:
      return (ra + rb) >> 1;
  }
}
