/** How the pixel data of a transfer syntax is coded; decides which decoder runs. */
export type PixelCoding = 'native' | 'rle' | 'jpeg' | 'jpeg-lossless' | 'jpeg-ls' | 'jpeg2000' | 'htj2k';

/** How to read a data set: PS3.5 annex A. */
export interface TransferSyntax {
  readonly implicit: boolean;
  readonly bigEndian: boolean;
  readonly deflated: boolean;
  readonly coding: PixelCoding;
}

const EXPLICIT_LITTLE = { implicit: false, bigEndian: false, deflated: false } as const;

/** Every transfer syntax that is read, by UID. What is not here is refused with `UNSUPPORTED_TRANSFER_SYNTAX`. */
export const TRANSFER_SYNTAXES: ReadonlyMap<string, TransferSyntax> = new Map<string, TransferSyntax>([
  ['1.2.840.10008.1.2', { ...EXPLICIT_LITTLE, implicit: true, coding: 'native' }],
  ['1.2.840.10008.1.2.1', { ...EXPLICIT_LITTLE, coding: 'native' }],
  ['1.2.840.10008.1.2.1.99', { ...EXPLICIT_LITTLE, deflated: true, coding: 'native' }],
  ['1.2.840.10008.1.2.2', { ...EXPLICIT_LITTLE, bigEndian: true, coding: 'native' }],
  ['1.2.840.10008.1.2.5', { ...EXPLICIT_LITTLE, coding: 'rle' }],
  ['1.2.840.10008.1.2.4.50', { ...EXPLICIT_LITTLE, coding: 'jpeg' }],
  ['1.2.840.10008.1.2.4.51', { ...EXPLICIT_LITTLE, coding: 'jpeg' }],
  ['1.2.840.10008.1.2.4.57', { ...EXPLICIT_LITTLE, coding: 'jpeg-lossless' }],
  ['1.2.840.10008.1.2.4.70', { ...EXPLICIT_LITTLE, coding: 'jpeg-lossless' }],
  ['1.2.840.10008.1.2.4.80', { ...EXPLICIT_LITTLE, coding: 'jpeg-ls' }],
  ['1.2.840.10008.1.2.4.81', { ...EXPLICIT_LITTLE, coding: 'jpeg-ls' }],
  ['1.2.840.10008.1.2.4.90', { ...EXPLICIT_LITTLE, coding: 'jpeg2000' }],
  ['1.2.840.10008.1.2.4.91', { ...EXPLICIT_LITTLE, coding: 'jpeg2000' }],
  ['1.2.840.10008.1.2.4.201', { ...EXPLICIT_LITTLE, coding: 'htj2k' }],
  ['1.2.840.10008.1.2.4.202', { ...EXPLICIT_LITTLE, coding: 'htj2k' }],
  ['1.2.840.10008.1.2.4.203', { ...EXPLICIT_LITTLE, coding: 'htj2k' }],
]);
