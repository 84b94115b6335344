import { crc32, deflateRawSync, deflateSync } from 'node:zlib';
import { Tag } from '../image/dicom/dicom.tag';
import { dicomFile, fileMeta } from './dicom-file';
import { concatenate, EXPLICIT_LITTLE_ENDIAN, writeDataSet, writeElement } from './dicom.writer';

const EXPLICIT_LITTLE = '1.2.840.10008.1.2.1';
const ITEMS = { implicit: true, bigEndian: false };

/** Files that attacked a parser once. Each must be refused quickly and without memory; none is a valid image. */
export const hostileDicom = {
  /** Rows = Columns = 65535 and no pixel data. */
  hugeWithoutPixels: (): Uint8Array =>
    dicomFile({ pixels: null, attributes: { Rows: 65535, Columns: 65535 } }),

  /** An attribute that says it is 2 GB long. */
  twoGigabyteLength: (): Uint8Array =>
    concatenate([
      fileMeta(EXPLICIT_LITTLE),
      writeElement(0x00091001, 'OB', new Uint8Array(1024), EXPLICIT_LITTLE_ENDIAN, 0x7ffffffe),
      writeDataSet({ Modality: 'CR' }, EXPLICIT_LITTLE_ENDIAN),
    ]),

  /** Sequences in sequences, all of undefined length. */
  nestedSequences: (depth = 20_000): Uint8Array => {
    const level = concatenate([
      writeElement(0x00081140, 'SQ', new Uint8Array(0), EXPLICIT_LITTLE_ENDIAN, 0xffffffff),
      writeElement(0xfffee000, '', new Uint8Array(0), ITEMS, 0xffffffff),
    ]);
    return concatenate([fileMeta(EXPLICIT_LITTLE), ...Array<Uint8Array>(depth).fill(level)]);
  },

  /** Empty attributes by the hundred thousand. */
  manyElements: (count = 500_000): Uint8Array => {
    const element = writeElement(0x00091001, 'LO', new Uint8Array(0), EXPLICIT_LITTLE_ENDIAN);
    const body = new Uint8Array(count * element.length);
    for (let i = 0; i < count; i++) body.set(element, i * element.length);
    return concatenate([fileMeta(EXPLICIT_LITTLE), body]);
  },

  /** A deflated data set of a few hundred kilobytes that inflates to `inflatedBytes`. */
  deflateBomb: (inflatedBytes = 400 * 1024 * 1024): Uint8Array =>
    concatenate([fileMeta('1.2.840.10008.1.2.1.99'), deflateRawSync(new Uint8Array(inflatedBytes))]),

  /** A good file cut off in its pixel data. */
  truncated: (): Uint8Array => {
    const whole = dicomFile();
    return whole.subarray(0, whole.length - 1000);
  },

  /** A good header whose JPEG 2000 frame announces another size than Rows and Columns. */
  codestreamOfAnotherSize: (): Uint8Array => {
    const siz = new DataView(new ArrayBuffer(100));
    siz.setUint32(0, 0xff4fff51);
    siz.setUint16(4, 41);
    for (const [at, value] of [
      [8, 30_000],
      [12, 30_000],
      [24, 30_000],
      [28, 30_000],
    ]) {
      siz.setUint32(at, value);
    }
    siz.setUint16(40, 1);
    siz.setUint32(42, 0x0b010100);
    siz.setUint16(98, 0xffd9);
    return dicomFile({
      transferSyntaxUid: '1.2.840.10008.1.2.4.90',
      pixels: { frame: new Uint8Array(siz.buffer) },
    });
  },

  /** Pixel data cut into fragments without end. */
  endlessFragments: (): Uint8Array => {
    const good = dicomFile({ pixels: null, transferSyntaxUid: '1.2.840.10008.1.2.5' });
    const pixelData = writeElement(
      Tag.PixelData,
      'OB',
      new Uint8Array(0),
      EXPLICIT_LITTLE_ENDIAN,
      0xffffffff,
    );
    return concatenate([good, pixelData, writeElement(0xfffee000, '', new Uint8Array(4), ITEMS, 0x7ffffffe)]);
  },
};

/** A PNG of 57 bytes whose header announces `width` × `height` pixels. */
export function pngBombHeader(width = 60_000, height = 60_000): Uint8Array {
  return pngOf(width, height, deflateSync(new Uint8Array(8)));
}

/** A valid, blank 8-bit grey PNG that is some thousand times smaller than its pixels. */
export function pngDecompressionBomb(width = 20_000, height = 20_000): Uint8Array {
  return pngOf(width, height, deflateSync(new Uint8Array((width + 1) * height)));
}

function pngOf(width: number, height: number, compressed: Uint8Array): Uint8Array {
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint8(8, 8);
  return concatenate([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    pngChunk('IHDR', new Uint8Array(header.buffer)),
    pngChunk('IDAT', compressed),
    pngChunk('IEND', new Uint8Array(0)),
  ]);
}

/** One PNG chunk with its checksum (PNG 5.3). */
export function pngChunk(type: string, data: Uint8Array): Uint8Array {
  const typed = concatenate([new TextEncoder().encode(type), data]);
  const frame = new DataView(new ArrayBuffer(8));
  frame.setUint32(0, data.length);
  frame.setUint32(4, crc32(typed));
  return concatenate([new Uint8Array(frame.buffer, 0, 4), typed, new Uint8Array(frame.buffer, 4, 4)]);
}
