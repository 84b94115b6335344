import { DecoderUnavailableError } from './decoder-unavailable.error';
import { decodeDicom } from './dicom/dicom.decoder';
import { openDicomFile } from './dicom/dicom-file.reader';
import { type DicomHeader, readHeader } from './dicom/dicom-header';
import { completeLimits, type GrayImage, type ImageLimits } from './gray-image';
import { type RadiographSource, sniffImageFormat } from './image-format.sniffer';
import { decodeRaster } from './raster/raster.decoder';
import { RefusedImageError } from './refused-image.error';

/** An image that came in, decoded to what a reader would see. */
export interface Radiograph {
  readonly source: RadiographSource;
  readonly image: GrayImage;
  /** Of a DICOM file only. */
  readonly header?: DicomHeader;
}

/**
 * The one way in: reads a JPEG, PNG or DICOM file, recognised by its bytes, to 8-bit grey. Whoever prepares images for
 * training must end at the same pixels. It does not judge what the image shows; see `judgeProjection` for that.
 *
 * `bytes` is only read, but the image may lie in it: whoever changes the bytes changes the image. The work is synchronous inside and belongs into a worker thread. Whatever the bytes, it throws
 * nothing but {@link RefusedImageError}; {@link DecoderUnavailableError} says that this installation is broken.
 */
export async function readRadiograph(
  bytes: Uint8Array,
  limits: Partial<ImageLimits> = {},
): Promise<Radiograph> {
  const bounds = completeLimits(limits);
  try {
    const plain = asPlainBytes(bytes);
    const source = sniff(plain, bounds);
    if (source === 'dicom') return { source, ...(await decodeDicom(plain, bounds)) };
    return { source, image: await decodeRaster(plain, source, bounds) };
  } catch (error) {
    throw asRefusal(error);
  }
}

/**
 * The header of a DICOM file without decoding its pixels, for gates that want to answer first; `undefined` for JPEG
 * and PNG. Throws nothing but {@link RefusedImageError}.
 */
export function readDicomHeader(
  bytes: Uint8Array,
  limits: Partial<ImageLimits> = {},
): DicomHeader | undefined {
  const bounds = completeLimits(limits);
  try {
    const plain = asPlainBytes(bytes);
    return sniff(plain, bounds) === 'dicom' ? readHeader(openDicomFile(plain, bounds)) : undefined;
  } catch (error) {
    throw asRefusal(error);
  }
}

/** A Buffer is a Uint8Array whose `slice` does not copy: a trap for every decoder further in. */
function asPlainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function sniff(bytes: Uint8Array, limits: ImageLimits): RadiographSource {
  if (bytes.length > limits.maxBytes) {
    throw new RefusedImageError(
      'IMAGE_TOO_LARGE',
      `The file has ${bytes.length} bytes; at most ${limits.maxBytes} are read.`,
    );
  }
  return sniffImageFormat(bytes);
}

/** Whatever a decoder throws on bytes it cannot make sense of is the bytes' fault; its message stays inside. */
function asRefusal(error: unknown): Error {
  if (error instanceof RefusedImageError || error instanceof DecoderUnavailableError) return error;
  return new RefusedImageError('CORRUPT_IMAGE', 'The image cannot be decoded: its structure is damaged.');
}
