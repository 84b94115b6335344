import { constants, inflateRawSync } from 'node:zlib';
import type { ImageLimits } from '../gray-image';
import { RefusedImageError } from '../refused-image.error';
import { DataSet } from './data-set';
import { DataSetWalker } from './data-set.walker';
import { Tag } from './dicom.tag';
import { TRANSFER_SYNTAXES, type TransferSyntax } from './transfer-syntax';

/** A DICOM file opened, not decoded. */
export interface DicomFile {
  readonly transferSyntaxUid: string;
  readonly transferSyntax: TransferSyntax;
  readonly dataSet: DataSet;
}

/**
 * Opens a Part 10 file (PS3.10 7.1): reads the meta group, inflates a deflated data set within the limits, and notes
 * where the attributes lie. Throws `CORRUPT_IMAGE`, `UNSUPPORTED_TRANSFER_SYNTAX` or `IMAGE_TOO_LARGE`.
 */
export function openDicomFile(bytes: Uint8Array, limits: ImageLimits): DicomFile {
  const meta = DataSetWalker.walkFileMeta(bytes);
  const coding = { implicit: false, bigEndian: false };
  const transferSyntaxUid = new DataSet(bytes, coding, meta.found).text(Tag.TransferSyntaxUID);
  if (!transferSyntaxUid) {
    throw new RefusedImageError(
      'CORRUPT_IMAGE',
      'The DICOM file meta group names no transfer syntax (0002,0010).',
    );
  }
  const transferSyntax = TRANSFER_SYNTAXES.get(transferSyntaxUid);
  if (!transferSyntax) {
    // The UID is quoted only if it is one: anything else in that place is the sender's free text.
    const named = /^[0-9.]{1,64}$/.test(transferSyntaxUid) ? ` ${transferSyntaxUid}` : '';
    throw new RefusedImageError(
      'UNSUPPORTED_TRANSFER_SYNTAX',
      `The transfer syntax${named} is not one that is read.`,
    );
  }
  const body = transferSyntax.deflated ? inflate(bytes.subarray(meta.end), limits.maxInflatedBytes) : bytes;
  const elements = new DataSetWalker(body, transferSyntax).walk(transferSyntax.deflated ? 0 : meta.end);
  return { transferSyntaxUid, transferSyntax, dataSet: new DataSet(body, transferSyntax, elements) };
}

/** Raw deflate (PS3.5 A.5), stopped by zlib as soon as the output would exceed `most` bytes. */
function inflate(deflated: Uint8Array, most: number): Uint8Array {
  try {
    const options = { maxOutputLength: most, chunkSize: 1024 * 1024, finishFlush: constants.Z_FINISH };
    const inflated = inflateRawSync(deflated, options);
    return new Uint8Array(inflated.buffer, inflated.byteOffset, inflated.length);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new RefusedImageError(
        'IMAGE_TOO_LARGE',
        `The deflated data set inflates to more than ${most} bytes.`,
      );
    }
    throw new RefusedImageError('CORRUPT_IMAGE', 'The deflated data set is damaged or truncated.');
  }
}
