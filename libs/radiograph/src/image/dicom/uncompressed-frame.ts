import { RefusedImageError } from '../refused-image.error';
import type { DataSet } from './data-set';
import type { DicomElement } from './data-set.walker';
import type { DecodedSamples } from './decoded-samples';
import type { PixelFormat } from './pixel-format';

/**
 * Native pixel data as samples in the byte order of this machine: where the file has them so, they are a view of its
 * bytes, otherwise a copy. Throws `CORRUPT_IMAGE` when it is too short.
 */
export function readUncompressed(
  dataSet: DataSet,
  element: DicomElement,
  format: PixelFormat,
): DecodedSamples {
  const { bitsAllocated, samplesPerPixel, photometric } = format;
  const subsampled = photometric === 'YBR_FULL_422';
  // PS3.3 C.7.6.3.1.2: two pixels share one pair of chroma samples.
  const samples = format.columns * format.rows * (subsampled ? 2 : samplesPerPixel);
  const size = (samples * bitsAllocated) / 8;
  if (element.length < size) {
    throw new RefusedImageError(
      'CORRUPT_IMAGE',
      `The pixel data has ${element.length} bytes where Rows and Columns need ${size}.`,
    );
  }
  const layout = subsampled ? 'ybr422' : format.planar ? 'plane' : 'pixel';
  const { bytes, coding } = dataSet;
  // Big endian swaps the bytes of every 16-bit word, also of two 8-bit pixels that share one (PS3.5 A.3, OW).
  const swapped = coding.bigEndian && (bitsAllocated === 16 || element.vr === 'OW');
  const start = element.offset;
  const aligned = bitsAllocated === 8 || (bytes.byteOffset + start) % 2 === 0;
  const read = swapped
    ? withBytesSwapped(bytes.slice(start, start + size + (size % 2)))
    : aligned
      ? bytes.subarray(start, start + size)
      : bytes.slice(start, start + size);
  if (bitsAllocated === 8) return { samples: read.subarray(0, size), layout };
  return { samples: new Uint16Array(read.buffer, read.byteOffset, samples), layout };
}

function withBytesSwapped(bytes: Uint8Array): Uint8Array {
  for (let i = 0; i + 1 < bytes.length; i += 2) {
    const low = bytes[i];
    bytes[i] = bytes[i + 1];
    bytes[i + 1] = low;
  }
  return bytes;
}
