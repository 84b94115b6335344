import type { ImageLimits } from '../gray-image';
import { readJpegFrame } from '../jpeg/jpeg-frame.reader';
import { refuseBadSize, RefusedImageError } from '../refused-image.error';
import type { RasterHeader } from './raster-header';

/** A progressive JPEG repeats the work of decoding once a scan; encoders write about ten. */
const MAX_SCANS = 24;

/**
 * Reads the markers of a JPEG without decoding: the frame is an 8-bit DCT one and within the limits, the scans are
 * few, the end marker is there. Throws `CORRUPT_IMAGE`, `IMAGE_TOO_LARGE` or `UNSUPPORTED_PIXEL_FORMAT`.
 */
export function checkJpeg(bytes: Uint8Array, limits: ImageLimits): RasterHeader {
  const frame = readJpegFrame(bytes);
  refuseBadSize(frame.width, frame.height, limits);
  if (frame.precision !== 8 || !['baseline', 'extended', 'progressive'].includes(frame.process)) {
    throw new RefusedImageError(
      'UNSUPPORTED_PIXEL_FORMAT',
      `An 8-bit baseline or progressive JPEG was expected, but the file is ${frame.precision}-bit ${frame.process}.`,
      'Send this image as DICOM, or as an 8-bit JPEG or a PNG.',
    );
  }
  if (frame.scans > MAX_SCANS) {
    throw new RefusedImageError(
      'IMAGE_TOO_LARGE',
      `The JPEG has more than ${MAX_SCANS} scans, which no encoder writes.`,
    );
  }
  return { width: frame.width, height: frame.height, deep: false, gray: frame.components === 1 };
}
