import { deflateRawSync } from 'node:zlib';
import { Tag } from '../image/dicom/dicom.tag';
import { TRANSFER_SYNTAXES } from '../image/dicom/transfer-syntax';
import {
  concatenate,
  type DicomAttributes,
  EXPLICIT_LITTLE_ENDIAN,
  type WriterCoding,
  wordsToBytes,
  writeDataSet,
  writeElement,
} from './dicom.writer';

/** What to write; everything has a default that makes a good frontal chest radiograph. */
export interface DicomFileOptions {
  transferSyntaxUid?: string;
  columns?: number;
  rows?: number;
  /** Samples, or one already compressed frame. Default: a diagonal ramp over the stored range. `null` writes none. */
  pixels?: Uint8Array | Uint16Array | { frame: Uint8Array } | null;
  /** Attributes that replace or, when `undefined`, remove the default ones. */
  attributes?: DicomAttributes;
}

const EXPLICIT_LITTLE = '1.2.840.10008.1.2.1';
/** A root that is nobody's (PS3.5 B.2: UUID derived). */
const UID_ROOT = '2.25.2718281828';

/**
 * Writes a small valid DICOM Part 10 file: by default a CR of a PA chest, 64 × 80, 12 bits, MONOCHROME2, Explicit VR
 * Little Endian, without any patient data.
 *
 * ```ts
 * dicomFile({ attributes: { ViewPosition: 'LL' } });
 * dicomFile({ columns: 2, rows: 1, pixels: Uint16Array.of(0, 4095) });
 * ```
 */
export function dicomFile(options: DicomFileOptions = {}): Uint8Array {
  const transferSyntaxUid = options.transferSyntaxUid ?? EXPLICIT_LITTLE;
  const syntax = TRANSFER_SYNTAXES.get(transferSyntaxUid);
  const coding: WriterCoding = syntax ?? EXPLICIT_LITTLE_ENDIAN;
  const columns = options.columns ?? 64;
  const rows = options.rows ?? 80;
  const attributes = { ...defaultAttributes(columns, rows), ...options.attributes };
  const body = writeDataSet(attributes, coding);
  const pixelData =
    options.pixels === null ? new Uint8Array(0) : writePixels(options.pixels ?? ramp(columns, rows), coding);
  const dataSet = concatenate([body, pixelData]);
  return concatenate([fileMeta(transferSyntaxUid), syntax?.deflated ? deflateRawSync(dataSet) : dataSet]);
}

/** The 128-byte preamble, "DICM" and the meta group (PS3.10 7.1). */
export function fileMeta(transferSyntaxUid: string): Uint8Array {
  const meta = concatenate([
    writeElement(0x00020001, 'OB', Uint8Array.of(0, 1), EXPLICIT_LITTLE_ENDIAN),
    writeElement(0x00020002, 'UI', even('1.2.840.10008.5.1.4.1.1.1'), EXPLICIT_LITTLE_ENDIAN),
    writeElement(0x00020003, 'UI', even(`${UID_ROOT}.3`), EXPLICIT_LITTLE_ENDIAN),
    writeElement(Tag.TransferSyntaxUID, 'UI', even(transferSyntaxUid), EXPLICIT_LITTLE_ENDIAN),
    writeElement(0x00020012, 'UI', even(`${UID_ROOT}.0`), EXPLICIT_LITTLE_ENDIAN),
  ]);
  const length = new DataView(new ArrayBuffer(4));
  length.setUint32(0, meta.length, true);
  const group = writeElement(0x00020000, 'UL', new Uint8Array(length.buffer), EXPLICIT_LITTLE_ENDIAN);
  return concatenate([new Uint8Array(128), new TextEncoder().encode('DICM'), group, meta]);
}

function defaultAttributes(columns: number, rows: number): DicomAttributes {
  return {
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.1',
    SOPInstanceUID: `${UID_ROOT}.3`,
    StudyInstanceUID: `${UID_ROOT}.1`,
    SeriesInstanceUID: `${UID_ROOT}.2`,
    Modality: 'CR',
    ViewPosition: 'PA',
    BodyPartExamined: 'CHEST',
    PatientAge: '054Y',
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: rows,
    Columns: columns,
    BitsAllocated: 16,
    BitsStored: 12,
    HighBit: 11,
    PixelRepresentation: 0,
  };
}

function writePixels(
  pixels: Uint8Array | Uint16Array | { frame: Uint8Array },
  coding: WriterCoding,
): Uint8Array {
  if ('frame' in pixels) return encapsulate(pixels.frame);
  // OB where the transfer syntax allows it: bytes in it are never swapped (PS3.5 A.2, A.3).
  const wide = pixels instanceof Uint16Array;
  const bytes = wide ? wordsToBytes(pixels, coding.bigEndian) : pixels;
  const even = bytes.length % 2 === 0 ? bytes : concatenate([bytes, new Uint8Array(1)]);
  return writeElement(Tag.PixelData, wide ? 'OW' : 'OB', even, coding);
}

/** Pixel Data of one fragment with an empty offset table (PS3.5 A.4). */
function encapsulate(frame: Uint8Array): Uint8Array {
  const items = { implicit: true, bigEndian: false };
  const even = frame.length % 2 === 0 ? frame : concatenate([frame, new Uint8Array(1)]);
  return concatenate([
    writeElement(Tag.PixelData, 'OB', new Uint8Array(0), EXPLICIT_LITTLE_ENDIAN, 0xffffffff),
    writeElement(0xfffee000, '', new Uint8Array(0), items),
    writeElement(0xfffee000, '', even, items),
    writeElement(0xfffee0dd, '', new Uint8Array(0), items),
  ]);
}

function ramp(columns: number, rows: number): Uint16Array {
  const pixels = new Uint16Array(columns * rows);
  for (let i = 0; i < pixels.length; i++) {
    pixels[i] = Math.round(
      (((i % columns) + Math.floor(i / columns)) * 4095) / Math.max(1, columns + rows - 2),
    );
  }
  return pixels;
}

function even(uid: string): Uint8Array {
  return new TextEncoder().encode(uid.length % 2 === 0 ? uid : `${uid}\0`);
}
