/**
 * One 8-bit grey image as a screen would show it: row-major, no padding between rows, 0 black, 255 white.
 * `pixels.length` is always `width * height`.
 */
export interface GrayImage {
  /** Columns, in pixels, as displayed (after EXIF orientation). */
  readonly width: number;
  /** Rows, in pixels, as displayed (after EXIF orientation). */
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** What an image may cost before it is refused. Every limit is checked before the memory it guards is asked for. */
export interface ImageLimits {
  /** Most bytes of a file, as received. */
  maxBytes: number;
  /** Most pixels (width × height). */
  maxPixels: number;
  /** Most pixels along one side. */
  maxSidePx: number;
  /** Most bytes a deflated DICOM data set may inflate to. */
  maxInflatedBytes: number;
}

/**
 * Limits that let every radiograph made today through: the largest detectors give about 4,300 × 4,300 pixels,
 * digitised film about 5,000 × 6,000, and 100 MiB holds 40 megapixels of 16 bits with their header.
 */
export const DEFAULT_IMAGE_LIMITS: Readonly<ImageLimits> = Object.freeze({
  maxBytes: 100 * 1024 * 1024,
  maxPixels: 40_000_000,
  maxSidePx: 10_000,
  maxInflatedBytes: 64 * 1024 * 1024,
});

/** The limits given, and the default for each that is absent or `undefined`: a limit can be raised, never lost. */
export function completeLimits(limits: Partial<ImageLimits>): ImageLimits {
  return {
    maxBytes: limits.maxBytes ?? DEFAULT_IMAGE_LIMITS.maxBytes,
    maxPixels: limits.maxPixels ?? DEFAULT_IMAGE_LIMITS.maxPixels,
    maxSidePx: limits.maxSidePx ?? DEFAULT_IMAGE_LIMITS.maxSidePx,
    maxInflatedBytes: limits.maxInflatedBytes ?? DEFAULT_IMAGE_LIMITS.maxInflatedBytes,
  };
}
