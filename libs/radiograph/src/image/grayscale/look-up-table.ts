import type { DataSet } from '../dicom/data-set';
import { Tag } from '../dicom/dicom.tag';
import { RefusedImageError } from '../refused-image.error';

/** One item of a Modality or VOI LUT Sequence (PS3.3 C.11.1.1, C.11.2.1.1). */
export interface LookUpTable {
  /** Input value that the first entry belongs to; lower inputs take it too, higher ones than the last take the last. */
  readonly firstMapped: number;
  readonly entries: Uint16Array;
  /** Bits of an entry, 1–16: white is 2^bits − 1. */
  readonly bits: number;
}

/**
 * Reads the first item of a LUT sequence. `signedInput` says how to read the first mapped value where the VR does
 * not (implicit VR; PS3.3 C.11.1.1.1). Throws `CORRUPT_IMAGE` when the data is shorter than the descriptor says.
 */
export function readLookUpTable(item: DataSet, signedInput: boolean): LookUpTable {
  const count = item.uint16(Tag.LUTDescriptor, 0);
  const first = item.uint16(Tag.LUTDescriptor, 1);
  const described = item.uint16(Tag.LUTDescriptor, 2);
  const data = item.element(Tag.LUTData);
  if (count === undefined || first === undefined || described === undefined || !data) {
    throw new RefusedImageError(
      'CORRUPT_IMAGE',
      'A look-up table has no descriptor (0028,3002) or no data (0028,3006).',
    );
  }
  const size = count === 0 ? 65536 : count;
  const entries = readEntries(item, size, data.offset, data.length);
  const vr = item.element(Tag.LUTDescriptor)?.vr;
  const signed = vr === 'SS' || (vr !== 'US' && signedInput);
  const brightest = entries.reduce((most, entry) => Math.max(most, entry), 0);
  const needed = Math.max(1, Math.ceil(Math.log2(brightest + 1)));
  // A descriptor that cannot hold its own entries is wrong; the entries are what was meant.
  const bits = described < needed || described > 16 ? needed : described;
  return { firstMapped: signed && first > 0x7fff ? first - 0x10000 : first, entries, bits };
}

/** The entry for `value`; between two values, as after a rescale with fractions, the nearest counts. */
export function lookUp(table: LookUpTable, value: number): number {
  const index = Math.round(value) - table.firstMapped;
  const last = table.entries.length - 1;
  return table.entries[index < 0 ? 0 : index > last ? last : index];
}

/** 16-bit entries, or 8-bit ones packed two to a word, which PS3.3 C.11.1.1.1 allows for 8 bits. */
function readEntries(item: DataSet, size: number, offset: number, length: number): Uint16Array {
  const { bytes, coding } = item;
  const packed = length < size * 2;
  if (length < size)
    throw new RefusedImageError(
      'CORRUPT_IMAGE',
      `A look-up table of ${size} entries has ${length} bytes of data.`,
    );
  const entries = new Uint16Array(size);
  for (let i = 0; i < size; i++) {
    if (packed) entries[i] = bytes[offset + (coding.bigEndian ? i ^ 1 : i)];
    else entries[i] = item.uint16(Tag.LUTData, i) ?? 0;
  }
  return entries;
}
