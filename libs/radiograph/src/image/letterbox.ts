import type { Box } from '../finding/box';
import type { GrayImage } from './gray-image';

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
  for (let y = 0; y < contentHeight; y++) {
    const upper = rows.first[y] * image.width;
    const lower = rows.second[y] * image.width;
    blendRow(image.pixels, upper, lower, rows.weight[y], columns, into, (padTop + y) * targetWidth + padLeft);
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

/** For every target position along one axis: the two source positions it lies between, and the weight of the second. */
interface InterpolationTable {
  readonly first: Int32Array;
  readonly second: Int32Array;
  /** 0–2048: OpenCV's fixed point of 11 bits. */
  readonly weight: Int32Array;
}

const WEIGHT_ONE = 2048;

function interpolationTable(source: number, target: number): InterpolationTable {
  const table = {
    first: new Int32Array(target),
    second: new Int32Array(target),
    weight: new Int32Array(target),
  };
  const step = source / target;
  for (let i = 0; i < target; i++) {
    const position = Math.min(Math.max((i + 0.5) * step - 0.5, 0), source - 1);
    const first = Math.floor(position);
    table.first[i] = first;
    table.second[i] = Math.min(first + 1, source - 1);
    table.weight[i] = Math.round((position - first) * WEIGHT_ONE);
  }
  return table;
}

function blendRow(
  pixels: Uint8Array,
  upper: number,
  lower: number,
  weight: number,
  { first, second, weight: weights }: InterpolationTable,
  into: Uint8Array,
  at: number,
): void {
  const rest = WEIGHT_ONE - weight;
  for (let x = 0; x < first.length; x++) {
    const right = weights[x];
    const left = WEIGHT_ONE - right;
    const above = pixels[upper + first[x]] * left + pixels[upper + second[x]] * right;
    const below = pixels[lower + first[x]] * left + pixels[lower + second[x]] * right;
    // 8 + 11 + 11 bits and the half for rounding: fits 31 bits.
    into[at + x] = (above * rest + below * weight + (1 << 21)) >> 22;
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
