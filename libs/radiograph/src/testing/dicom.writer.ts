import { Tag } from '../image/dicom/dicom.tag';

/** A value to write: text, numbers, bytes as they are, or the items of a sequence. */
export type DicomValue = string | number | readonly number[] | Uint8Array | readonly DicomAttributes[];

/** Attributes by keyword; `undefined` leaves one out. */
export type DicomAttributes = { [keyword in keyof typeof Tag]?: DicomValue | undefined };

/** How a data set is written. */
export interface WriterCoding {
  readonly implicit: boolean;
  readonly bigEndian: boolean;
}

export const EXPLICIT_LITTLE_ENDIAN: WriterCoding = { implicit: false, bigEndian: false };

const LONG_VRS = new Set(['OB', 'OW', 'SQ', 'UN']);
const VR_BY_KEYWORD: Readonly<Record<keyof typeof Tag, string>> = {
  TransferSyntaxUID: 'UI',
  SOPClassUID: 'UI',
  SOPInstanceUID: 'UI',
  StudyDate: 'DA',
  Modality: 'CS',
  PresentationIntentType: 'CS',
  CodeValue: 'SH',
  CodingSchemeDesignator: 'SH',
  PatientBirthDate: 'DA',
  PatientAge: 'AS',
  BodyPartExamined: 'CS',
  ImagerPixelSpacing: 'DS',
  ViewPosition: 'CS',
  StudyInstanceUID: 'UI',
  SeriesInstanceUID: 'UI',
  PatientOrientation: 'CS',
  SamplesPerPixel: 'US',
  PhotometricInterpretation: 'CS',
  PlanarConfiguration: 'US',
  NumberOfFrames: 'IS',
  Rows: 'US',
  Columns: 'US',
  PixelSpacing: 'DS',
  BitsAllocated: 'US',
  BitsStored: 'US',
  HighBit: 'US',
  PixelRepresentation: 'US',
  PixelPaddingValue: 'US',
  PixelPaddingRangeLimit: 'US',
  BurnedInAnnotation: 'CS',
  WindowCenter: 'DS',
  WindowWidth: 'DS',
  RescaleIntercept: 'DS',
  RescaleSlope: 'DS',
  VOILUTFunction: 'CS',
  ModalityLUTSequence: 'SQ',
  LUTDescriptor: 'US',
  LUTData: 'OW',
  VOILUTSequence: 'SQ',
  ViewCodeSequence: 'SQ',
  PresentationLUTShape: 'CS',
  PixelData: 'OW',
};

/** Writes attributes in tag order. Negative numbers turn US into SS; bytes in Pixel Data are written as given. */
export function writeDataSet(attributes: DicomAttributes, coding: WriterCoding): Uint8Array {
  const written = (Object.keys(attributes) as (keyof typeof Tag)[])
    .filter((keyword) => attributes[keyword] !== undefined)
    .sort((a, b) => Tag[a] - Tag[b])
    .map((keyword) => {
      const value = attributes[keyword] as DicomValue;
      const vr = vrOf(keyword, value);
      return writeElement(Tag[keyword], vr, encodeValue(vr, value, coding), coding);
    });
  return concatenate(written);
}

/** One element with its header; `length` may lie about the value, for files that are meant to be refused. */
export function writeElement(
  tag: number,
  vr: string,
  value: Uint8Array,
  coding: WriterCoding,
  length: number = value.length,
): Uint8Array {
  const little = !coding.bigEndian;
  const long = !coding.implicit && LONG_VRS.has(vr);
  const header = new DataView(new ArrayBuffer(long ? 12 : 8));
  header.setUint16(0, Math.floor(tag / 0x10000), little);
  header.setUint16(2, tag & 0xffff, little);
  if (coding.implicit) {
    header.setUint32(4, length, little);
  } else {
    header.setUint8(4, vr.charCodeAt(0));
    header.setUint8(5, vr.charCodeAt(1));
    if (long) header.setUint32(8, length, little);
    else header.setUint16(6, length, little);
  }
  return concatenate([new Uint8Array(header.buffer), value]);
}

/** Joins byte arrays. */
export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Bytes of 16-bit words in the given order. */
export function wordsToBytes(words: ArrayLike<number>, bigEndian = false): Uint8Array {
  const view = new DataView(new ArrayBuffer(words.length * 2));
  for (let i = 0; i < words.length; i++) view.setUint16(i * 2, words[i] & 0xffff, !bigEndian);
  return new Uint8Array(view.buffer);
}

/** US, or SS where a negative number asks for it; a LUT Descriptor's sign is that of its first mapped value. */
function vrOf(keyword: keyof typeof Tag, value: DicomValue): string {
  const vr = VR_BY_KEYWORD[keyword];
  const numbers: readonly unknown[] = Array.isArray(value) ? value : [value];
  return vr === 'US' && numbers.some((number) => typeof number === 'number' && number < 0) ? 'SS' : vr;
}

function encodeValue(vr: string, value: DicomValue, coding: WriterCoding): Uint8Array {
  if (value instanceof Uint8Array) return padded(value, 0);
  if (vr === 'SQ') return encodeItems(value as readonly DicomAttributes[], coding);
  const values = (Array.isArray(value) ? value : [value]) as readonly (string | number)[];
  if (vr === 'US' || vr === 'SS' || vr === 'OW') return wordsToBytes(values.map(Number), coding.bigEndian);
  return padded(new TextEncoder().encode(values.join('\\')), vr === 'UI' ? 0 : 0x20);
}

function encodeItems(items: readonly DicomAttributes[], coding: WriterCoding): Uint8Array {
  // Item headers have no VR in any coding (PS3.5 7.5).
  const itemCoding = { ...coding, implicit: true };
  return concatenate(
    items.map((item) => writeElement(0xfffee000, '', writeDataSet(item, coding), itemCoding)),
  );
}

function padded(bytes: Uint8Array, filler: number): Uint8Array {
  return bytes.length % 2 === 0 ? bytes : concatenate([bytes, Uint8Array.of(filler)]);
}
