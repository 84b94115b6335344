import type { ImageLimits } from './gray-image';

/** Why an image was refused. Stable: clients branch on it, so a code is never renamed or reused. */
export type RefusalCode =
  | 'EMPTY_IMAGE'
  | 'UNSUPPORTED_IMAGE_FORMAT'
  | 'CORRUPT_IMAGE'
  | 'IMAGE_TOO_LARGE'
  | 'UNSUPPORTED_TRANSFER_SYNTAX'
  | 'UNSUPPORTED_PIXEL_FORMAT'
  | 'SEVERAL_FRAMES'
  | 'NO_PIXEL_DATA'
  | 'NOT_A_FRONTAL_CHEST_RADIOGRAPH';

/** What the sender can do about each refusal, when the place that refuses knows nothing better. */
const REMEDIES: Readonly<Record<RefusalCode, string>> = {
  EMPTY_IMAGE: 'Send the bytes of one JPEG, PNG or DICOM file.',
  UNSUPPORTED_IMAGE_FORMAT: 'Send a JPEG, a PNG or a DICOM Part 10 file.',
  CORRUPT_IMAGE: 'Export the image again from its source and check that the whole file was transferred.',
  IMAGE_TOO_LARGE:
    'Send one radiograph at its original size, or ask the administrator to raise the image limits.',
  UNSUPPORTED_TRANSFER_SYNTAX:
    'Transcode the file, for instance to Explicit VR Little Endian (1.2.840.10008.1.2.1), and send it again.',
  UNSUPPORTED_PIXEL_FORMAT:
    'Send the original grayscale image (MONOCHROME1 or MONOCHROME2, 8 or 16 bits allocated).',
  SEVERAL_FRAMES: 'Send each radiograph as a file of its own.',
  NO_PIXEL_DATA: 'Send the image object itself, not a report, presentation state or header without pixels.',
  NOT_A_FRONTAL_CHEST_RADIOGRAPH: 'Send a frontal (PA or AP) chest radiograph.',
};

/** A refusal as plain JSON, as it crosses a worker thread or a queue. */
export interface RefusedImageJson {
  name: 'RefusedImageError';
  code: RefusalCode;
  detail: string;
  remedy: string;
}

/**
 * The one error that reading an image throws. `detail` says what was expected and what came, in terms of the
 * file format alone: no attribute that could identify a patient is ever put into it.
 */
export class RefusedImageError extends Error {
  override readonly name = 'RefusedImageError';

  constructor(
    readonly code: RefusalCode,
    readonly detail: string,
    readonly remedy: string = REMEDIES[code],
  ) {
    super(`${code}: ${detail}`);
  }

  /** Plain data for `postMessage` or a queue; {@link RefusedImageError.fromJSON} is the way back. */
  toJSON(): RefusedImageJson {
    return { name: 'RefusedImageError', code: this.code, detail: this.detail, remedy: this.remedy };
  }

  /** Rebuilds the error on the other side of a worker boundary. */
  static fromJSON(json: Pick<RefusedImageJson, 'code' | 'detail' | 'remedy'>): RefusedImageError {
    return new RefusedImageError(json.code, json.detail, json.remedy);
  }
}

/**
 * Refuses a size that is zero or beyond the limits; call it on what a header announces, before any pixel is
 * decoded. Throws `CORRUPT_IMAGE` or `IMAGE_TOO_LARGE`.
 */
export function refuseBadSize(width: number, height: number, limits: ImageLimits): void {
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
    throw new RefusedImageError('CORRUPT_IMAGE', 'The header announces no width or no height.');
  }
  if (width > limits.maxSidePx || height > limits.maxSidePx || width * height > limits.maxPixels) {
    throw new RefusedImageError(
      'IMAGE_TOO_LARGE',
      `The image is ${width} × ${height} pixels; at most ${limits.maxSidePx} a side and ${limits.maxPixels} in all are read.`,
    );
  }
}
