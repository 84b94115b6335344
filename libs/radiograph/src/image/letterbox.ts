import type { Box } from '../finding/box';
import type { GrayImage } from './gray-image';
import { type GrayLevels, SampledImage } from './sampled-image';

/** How an image was placed into a model's input; enough to carry boxes both ways. Lengths in pixels. */
export interface LetterboxTransform {
  /** Target pixels for one source pixel. */
  readonly scale: number;
  readonly padLeft: number;
  readonly padTop: number;
  /** Size of the scaled image inside the padding: the side times `scale`, rounded, so not exactly `scale` times. */
  readonly contentWidth: number;
  readonly contentHeight: number;
  readonly sourceWidth: number;
  readonly sourceHeight: number;
  readonly targetWidth: number;
  readonly targetHeight: number;
}

/** Grey of the padding that YOLO models are trained with. */
export const LETTERBOX_PAD_VALUE = 114;

/** Where an image of this size goes, with Ultralytics' arithmetic: round half to even, odd padding below and right. */
export function fitLetterbox(
  source: { width: number; height: number },
  targetWidth: number,
  targetHeight: number,
): LetterboxTransform {
  const scale = Math.min(targetHeight / source.height, targetWidth / source.width);
  // A very thin image would vanish: one row or column always stays.
  const contentWidth = Math.max(1, roundHalfToEven(source.width * scale));
  const contentHeight = Math.max(1, roundHalfToEven(source.height * scale));
  return {
    scale,
    // An odd rest goes to the right and below; without the maximum, no rest would give −0.
    padLeft: Math.max(0, Math.round((targetWidth - contentWidth) / 2 - 0.1)),
    padTop: Math.max(0, Math.round((targetHeight - contentHeight) / 2 - 0.1)),
    contentWidth,
    contentHeight,
    sourceWidth: source.width,
    sourceHeight: source.height,
    targetWidth,
    targetHeight,
  };
}

/**
 * Scales an image into `into` (at least `targetWidth * targetHeight` bytes, row-major, overwritten entirely), keeping
 * its proportions, centred on `padValue`. Equal to OpenCV's `INTER_LINEAR` within one grey level: bilinear with
 * half-pixel centres and edges repeated. Shrinking more than twofold aliases, and that is kept on purpose: trainers
 * letterbox with OpenCV, and a model must meet in production the pixels it was trained on. Throws `RangeError` when
 * `into` is too small.
 */
export function letterbox(
  image: GrayImage,
  targetWidth: number,
  targetHeight: number,
  into: Uint8Array,
  padValue = LETTERBOX_PAD_VALUE,
): LetterboxTransform {
  if (into.length < targetWidth * targetHeight) {
    throw new RangeError(
      `The target needs ${targetWidth * targetHeight} bytes, but the buffer has ${into.length}.`,
    );
  }
  const transform = fitLetterbox(image, targetWidth, targetHeight);
  const { contentWidth, contentHeight, padLeft, padTop } = transform;
  if (contentWidth < targetWidth || contentHeight < targetHeight)
    into.fill(padValue, 0, targetWidth * targetHeight);
  const columns = interpolationTable(image.width, contentWidth);
  const rows = interpolationTable(image.height, contentHeight);
  const rowOf = (y: number): TargetRow => ({
    upper: rows.first[y] * image.width,
    lower: (rows.first[y] + rows.step) * image.width,
    weight: rows.weight[y],
    at: (padTop + y) * targetWidth + padLeft,
  });
  // Shrunk, most pixels are never read; enlarged, each is read several times.
  if (image instanceof SampledImage && contentWidth * 2 < image.width) {
    const { samples, levels } = image;
    for (let y = 0; y < contentHeight; y++) blendLookedUpRow(samples, levels, rowOf(y), columns, into);
  } else {
    const { pixels } = image;
    for (let y = 0; y < contentHeight; y++) blendRow(pixels, rowOf(y), columns, into);
  }
  return transform;
}

/** A box in target pixels as one in source pixels, clamped to the source image. */
export function boxToSource(box: Box, t: LetterboxTransform): Box {
  const x = (value: number): number =>
    clamp(((value - t.padLeft) * t.sourceWidth) / t.contentWidth, t.sourceWidth);
  const y = (value: number): number =>
    clamp(((value - t.padTop) * t.sourceHeight) / t.contentHeight, t.sourceHeight);
  return { xMin: x(box.xMin), yMin: y(box.yMin), xMax: x(box.xMax), yMax: y(box.yMax) };
}

/** A box in source pixels as one in target pixels, clamped to the target. */
export function boxToTarget(box: Box, t: LetterboxTransform): Box {
  const x = (value: number): number =>
    clamp((value * t.contentWidth) / t.sourceWidth + t.padLeft, t.targetWidth);
  const y = (value: number): number =>
    clamp((value * t.contentHeight) / t.sourceHeight + t.padTop, t.targetHeight);
  return { xMin: x(box.xMin), yMin: y(box.yMin), xMax: x(box.xMax), yMax: y(box.yMax) };
}

/** For every target position along one axis: the source position before it, and the weight of the next one. */
interface InterpolationTable {
  readonly first: Int32Array;
  /** 0–2048: OpenCV's fixed point of 11 bits. */
  readonly weight: Int32Array;
  /** From a source position to the next: 1, or 0 where there is only one. */
  readonly step: number;
}

/** One row to be written: where the source rows it lies between begin, the lower one's weight, and where it goes. */
interface TargetRow {
  readonly upper: number;
  readonly lower: number;
  readonly weight: number;
  readonly at: number;
}

const WEIGHT_BITS = 11;
/** Half of the two weights' product, for rounding. */
const HALF = 1 << (2 * WEIGHT_BITS - 1);

function interpolationTable(source: number, target: number): InterpolationTable {
  const first = new Int32Array(target);
  const weight = new Int32Array(target);
  const step = source / target;
  // At the far edge the last position has all the weight, so that there is always a next one to read.
  const last = Math.max(source - 2, 0);
  for (let i = 0; i < target; i++) {
    const position = Math.min(Math.max((i + 0.5) * step - 0.5, 0), source - 1);
    first[i] = Math.min(Math.floor(position), last);
    weight[i] = Math.round((position - first[i]) * (1 << WEIGHT_BITS));
  }
  return { first, weight, step: Math.min(source - 1, 1) };
}

/*
 * Both blends weigh in integers: 8 + 11 + 11 bits and the half fit 31 bits. They are written out twice, without a call
 * or a choice for each pixel, because this is where an image's time goes after decoding.
 */

function blendRow(
  pixels: Uint8Array,
  { upper, lower, weight: down, at }: TargetRow,
  { first, weight, step }: InterpolationTable,
  into: Uint8Array,
): void {
  for (let x = 0; x < first.length; x++) {
    const left = first[x];
    const right = weight[x];
    const upperLeft = pixels[upper + left];
    const lowerLeft = pixels[lower + left];
    const above = (upperLeft << WEIGHT_BITS) + Math.imul(pixels[upper + left + step] - upperLeft, right);
    const below = (lowerLeft << WEIGHT_BITS) + Math.imul(pixels[lower + left + step] - lowerLeft, right);
    into[at + x] = ((above << WEIGHT_BITS) + Math.imul(below - above, down) + HALF) >> (2 * WEIGHT_BITS);
  }
}

function blendLookedUpRow(
  samples: Uint8Array | Uint16Array,
  { table, shift, mask }: GrayLevels,
  { upper, lower, weight: down, at }: TargetRow,
  { first, weight, step }: InterpolationTable,
  into: Uint8Array,
): void {
  for (let x = 0; x < first.length; x++) {
    const left = first[x];
    const right = weight[x];
    const upperLeft = table[(samples[upper + left] >> shift) & mask];
    const lowerLeft = table[(samples[lower + left] >> shift) & mask];
    const upperRight = table[(samples[upper + left + step] >> shift) & mask];
    const lowerRight = table[(samples[lower + left + step] >> shift) & mask];
    const above = (upperLeft << WEIGHT_BITS) + Math.imul(upperRight - upperLeft, right);
    const below = (lowerLeft << WEIGHT_BITS) + Math.imul(lowerRight - lowerLeft, right);
    into[at + x] = ((above << WEIGHT_BITS) + Math.imul(below - above, down) + HALF) >> (2 * WEIGHT_BITS);
  }
}

/** Python's `round`: 0.5 goes to the even neighbour. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

function clamp(value: number, most: number): number {
  return value < 0 ? 0 : value > most ? most : value;
}
