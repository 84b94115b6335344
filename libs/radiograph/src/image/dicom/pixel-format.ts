import { refuseBadSize, RefusedImageError } from '../refused-image.error';
import type { ImageLimits } from '../gray-image';
import type { DataSet } from './data-set';
import { Tag } from './dicom.tag';

/** The Image Pixel Module (PS3.3 C.7.6.3), checked. */
export interface PixelFormat {
  readonly columns: number;
  readonly rows: number;
  readonly bitsAllocated: 8 | 16;
  /** 1 to `bitsAllocated`. */
  readonly bitsStored: number;
  readonly highBit: number;
  /** Pixel Representation 1: two's complement. */
  readonly signed: boolean;
  readonly samplesPerPixel: 1 | 3;
  readonly photometric: string;
  /** Colour by plane instead of by pixel. */
  readonly planar: boolean;
}

const GRAY = new Set(['MONOCHROME1', 'MONOCHROME2']);
const COLOUR = new Set(['RGB', 'YBR_FULL', 'YBR_FULL_422', 'YBR_ICT', 'YBR_RCT']);

/**
 * Reads and checks the shape of the pixels before anything is allocated for them: one frame, within the limits,
 * grey of 8 or 16 bits allocated or colour of 8. Throws `CORRUPT_IMAGE`, `IMAGE_TOO_LARGE`, `SEVERAL_FRAMES`,
 * `NO_PIXEL_DATA` (no Rows and Columns at all, as in a report) or `UNSUPPORTED_PIXEL_FORMAT`.
 */
export function readPixelFormat(dataSet: DataSet, limits: ImageLimits): PixelFormat {
  const rows = dataSet.uint16(Tag.Rows);
  const columns = dataSet.uint16(Tag.Columns);
  if (rows === undefined || columns === undefined) {
    throw new RefusedImageError('NO_PIXEL_DATA', 'The DICOM object has no Rows and Columns: it is no image.');
  }
  refuseBadSize(columns, rows, limits);
  const frames = dataSet.decimal(Tag.NumberOfFrames) ?? 1;
  if (frames !== 1)
    throw new RefusedImageError('SEVERAL_FRAMES', `One frame was expected, but the object has ${frames}.`);
  const samplesPerPixel = dataSet.uint16(Tag.SamplesPerPixel) ?? 1;
  const bitsAllocated = dataSet.uint16(Tag.BitsAllocated) ?? 16;
  const photometric = dataSet.codes(Tag.PhotometricInterpretation)[0] ?? 'MONOCHROME2';
  const gray =
    samplesPerPixel === 1 && GRAY.has(photometric) && (bitsAllocated === 8 || bitsAllocated === 16);
  const colour = samplesPerPixel === 3 && COLOUR.has(photometric) && bitsAllocated === 8;
  if (!gray && !colour) {
    const named = /^[A-Z0-9_ ]{1,16}$/.test(photometric)
      ? photometric
      : 'of an unknown photometric interpretation';
    throw new RefusedImageError(
      'UNSUPPORTED_PIXEL_FORMAT',
      `Grayscale of 8 or 16 bits (or 8-bit RGB or YBR) was expected, but the pixels are ${named}, ${samplesPerPixel} × ${bitsAllocated} bits.`,
    );
  }
  const bitsStored = dataSet.uint16(Tag.BitsStored) ?? bitsAllocated;
  const highBit = dataSet.uint16(Tag.HighBit) ?? bitsStored - 1;
  if (bitsStored < 1 || bitsStored > bitsAllocated || highBit >= bitsAllocated || highBit < bitsStored - 1) {
    throw new RefusedImageError(
      'CORRUPT_IMAGE',
      `Bits Stored ${bitsStored} and High Bit ${highBit} do not fit into ${bitsAllocated} bits allocated.`,
    );
  }
  return {
    columns,
    rows,
    bitsAllocated,
    bitsStored,
    highBit,
    signed: dataSet.uint16(Tag.PixelRepresentation) === 1,
    samplesPerPixel: samplesPerPixel as 1 | 3,
    photometric,
    planar: dataSet.uint16(Tag.PlanarConfiguration) === 1,
  };
}
