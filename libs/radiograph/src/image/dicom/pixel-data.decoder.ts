import type { ImageLimits } from '../gray-image';
import { decodeExtendedJpeg } from '../jpeg/jpeg-extended.decoder';
import { readJpegFrame, type JpegFrame } from '../jpeg/jpeg-frame.reader';
import { decodeLosslessJpeg } from '../jpeg/jpeg-lossless.decoder';
import { decodeRaster } from '../raster/raster.decoder';
import { RefusedImageError } from '../refused-image.error';
import type { DicomElement } from './data-set.walker';
import type { DicomFile } from './dicom-file.reader';
import { Tag } from './dicom.tag';
import { joinFragments } from './encapsulated-frame';
import { readJpeg2000Frame } from './jpeg2000-frame.reader';
import { decodeNative } from './native-codec';
import type { PixelFormat } from './pixel-format';
import type { DecodedSamples } from './decoded-samples';
import { decodeRle } from './rle.decoder';
import { readUncompressed } from './uncompressed-frame';

/** A frame that expands further than this is a bomb, not a radiograph; small ones may be blank test images. */
const MAX_EXPANSION = 1000;
const EXPANSION_FREE_PIXELS = 4_000_000;

/**
 * Decodes the single frame of a file whose pixel format has been checked. A compressed frame's own header must
 * agree with Rows, Columns and Samples per Pixel before a decompressor sees it. Throws `NO_PIXEL_DATA`,
 * `CORRUPT_IMAGE`, `IMAGE_TOO_LARGE` or `UNSUPPORTED_PIXEL_FORMAT`.
 */
export async function decodePixelData(
  file: DicomFile,
  format: PixelFormat,
  limits: ImageLimits,
): Promise<DecodedSamples> {
  const { dataSet, transferSyntax } = file;
  const pixelData = dataSet.element(Tag.PixelData);
  if (!pixelData || (pixelData.length === 0 && !pixelData.encapsulated)) {
    throw new RefusedImageError('NO_PIXEL_DATA', 'The DICOM object has no Pixel Data (7FE0,0010).');
  }
  if ((pixelData.encapsulated ?? false) !== (transferSyntax.coding !== 'native')) {
    throw new RefusedImageError(
      'CORRUPT_IMAGE',
      'Pixel Data is encapsulated where the transfer syntax says native, or the reverse.',
    );
  }
  if (transferSyntax.coding === 'native') return readUncompressed(dataSet, pixelData, format);
  return decodeFrame(file, pixelData, format, limits);
}

async function decodeFrame(
  { dataSet, transferSyntax }: DicomFile,
  pixelData: DicomElement,
  format: PixelFormat,
  limits: ImageLimits,
): Promise<DecodedSamples> {
  const frame = joinFragments(dataSet.bytes, pixelData);
  const pixels = format.columns * format.rows;
  if (pixels > EXPANSION_FREE_PIXELS && pixels * format.samplesPerPixel > frame.length * MAX_EXPANSION) {
    throw new RefusedImageError(
      'IMAGE_TOO_LARGE',
      `The pixel data would expand more than ${MAX_EXPANSION} times.`,
    );
  }
  switch (transferSyntax.coding) {
    case 'rle': {
      const samples = decodeRle(frame, pixels, format.samplesPerPixel, format.bitsAllocated === 16 ? 2 : 1);
      return { samples, layout: 'plane' };
    }
    case 'jpeg':
    case 'jpeg-lossless':
      return decodeJpeg(frame, format, limits);
    case 'jpeg-ls': {
      compareWithHeader(readJpegFrame(frame), format);
      return { samples: await decodeNative('jpeg-ls', frame, format), layout: 'pixel' };
    }
    default: {
      const coding = transferSyntax.coding === 'htj2k' ? 'htj2k' : 'jpeg2000';
      compareWithHeader(readJpeg2000Frame(frame), format);
      return {
        samples: await decodeNative(coding, frame, format),
        layout: 'pixel',
        colour: format.samplesPerPixel === 3 ? 'rgb' : 'gray',
      };
    }
  }
}

/** One transfer syntax may hold several JPEG processes, so the frame header decides (PS3.5 8.2.1). */
async function decodeJpeg(
  bytes: Uint8Array,
  format: PixelFormat,
  limits: ImageLimits,
): Promise<DecodedSamples> {
  const frame = readJpegFrame(bytes);
  compareWithHeader(frame, format);
  if (frame.process === 'lossless') {
    refuseColour(frame);
    return { samples: decodeLosslessJpeg(bytes), layout: 'pixel' };
  }
  if (frame.precision === 8) {
    const { pixels } = await decodeRaster(bytes, 'jpeg', limits);
    return { samples: pixels, layout: 'pixel', colour: 'gray' };
  }
  if (frame.process !== 'extended' || frame.precision !== 12) {
    throw new RefusedImageError(
      'UNSUPPORTED_PIXEL_FORMAT',
      `A ${frame.precision}-bit ${frame.process} JPEG is not read.`,
    );
  }
  refuseColour(frame);
  return { samples: decodeExtendedJpeg(bytes), layout: 'pixel' };
}

function refuseColour(frame: JpegFrame): void {
  if (frame.components === 1) return;
  throw new RefusedImageError(
    'UNSUPPORTED_PIXEL_FORMAT',
    `A ${frame.process} JPEG of one component was expected, but it has ${frame.components}.`,
  );
}

function compareWithHeader(
  frame: { width: number; height: number; components: number; precision: number },
  format: PixelFormat,
): void {
  const same =
    frame.width === format.columns &&
    frame.height === format.rows &&
    frame.components === format.samplesPerPixel;
  if (same && frame.precision <= format.bitsAllocated) return;
  throw new RefusedImageError(
    'CORRUPT_IMAGE',
    `The header announces ${format.columns} × ${format.rows} × ${format.samplesPerPixel} samples of ${format.bitsAllocated} bits, ` +
      `the codestream ${frame.width} × ${frame.height} × ${frame.components} of ${frame.precision}.`,
  );
}
