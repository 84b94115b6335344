import { OutputTensor } from '../model-runner';

/** How far two sets of outputs are apart. `Infinity` where shapes differ or a number is none. */
export interface OutputDifference {
  /** Largest difference of two scores, or, of another layout, of any two numbers relative to max(1, |number|). */
  readonly scores: number;
  /** Largest difference of two box coordinates, pixels of the input; 0 for other layouts. */
  readonly pixels: number;
}

/** Two equal sets of outputs. */
export const NO_DIFFERENCE: OutputDifference = { scores: 0, pixels: 0 };

/** A rewritten graph may be this far from the stock one and still be the same model. */
export const TOLERANCE: OutputDifference = { scores: 1e-3, pixels: 0.5 };

/** Boxes of anchors nobody will ever see may drift; from here on they count. */
const RELEVANT_SCORE = 0.05;
/** Warm-up images may show nothing: the boxes of the best anchors are compared in any case. */
const ALWAYS_RELEVANT = 64;

const APART: OutputDifference = { scores: Infinity, pixels: Infinity };

/**
 * Compares the outputs of a rewritten graph with the stock graph's. `isAnchorFree` tells that the only output is
 * [B, 4 + C, N] with boxes in its first four rows.
 */
export function compareOutputs(
  stock: readonly OutputTensor[],
  rewritten: readonly OutputTensor[],
  isAnchorFree: boolean,
): OutputDifference {
  const alike =
    stock.length === rewritten.length &&
    stock.every(({ dims }, place) => dims.join() === rewritten[place]!.dims.join());
  if (!alike) return APART;
  if (isAnchorFree && stock.length === 1 && stock[0]!.dims.length === 3) {
    return compareAnchorFree(stock[0]!, rewritten[0]!);
  }
  return stock
    .map(({ data }, place) => ({ scores: largestGap(data, rewritten[place]!.data), pixels: 0 }))
    .reduce(larger, NO_DIFFERENCE);
}

/** The larger difference of each kind. */
export function larger(one: OutputDifference, other: OutputDifference): OutputDifference {
  return { scores: Math.max(one.scores, other.scores), pixels: Math.max(one.pixels, other.pixels) };
}

/** Whether a difference stays within {@link TOLERANCE}. */
export function isTolerable({ scores, pixels }: OutputDifference): boolean {
  return scores <= TOLERANCE.scores && pixels <= TOLERANCE.pixels;
}

function compareAnchorFree(stock: OutputTensor, rewritten: OutputTensor): OutputDifference {
  const [images, rows, anchors] = stock.dims as [number, number, number];
  let difference = NO_DIFFERENCE;
  for (let image = 0; image < images; image++) {
    const from = image * rows * anchors;
    const part = ({ data }: OutputTensor, firstRow: number, endRow: number): Float32Array =>
      data.subarray(from + firstRow * anchors, from + endRow * anchors);
    const scores = largestDistance(part(stock, 4, rows), part(rewritten, 4, rows));
    const relevant = relevantAnchors(part(stock, 4, rows), anchors);
    const boxes = [part(stock, 0, 4), part(rewritten, 0, 4)] as const;
    const moved = relevant.flatMap((anchor) =>
      [0, 1, 2, 3].map((row) =>
        distance(boxes[0][row * anchors + anchor]!, boxes[1][row * anchors + anchor]!),
      ),
    );
    const pixels = moved.reduce((largest, one) => Math.max(largest, one), 0);
    difference = larger(difference, { scores, pixels });
  }
  return difference;
}

/** Anchors whose boxes matter; at most all those above the score, at least the best few. */
function relevantAnchors(scores: Float32Array, anchors: number): number[] {
  const best = new Float32Array(anchors);
  for (let place = 0; place < scores.length; place++) {
    best[place % anchors] = Math.max(best[place % anchors]!, scores[place]!);
  }
  const byScore = Array.from(best.keys()).sort((a, b) => best[b]! - best[a]!);
  return byScore.filter((anchor, rank) => rank < ALWAYS_RELEVANT || best[anchor]! >= RELEVANT_SCORE);
}

function largestDistance(one: Float32Array, other: Float32Array): number {
  return one.reduce((largest, value, place) => Math.max(largest, distance(value, other[place]!)), 0);
}

function largestGap(one: Float32Array, other: Float32Array): number {
  return one.reduce(
    (largest, value, place) =>
      Math.max(largest, distance(value, other[place]!) / Math.max(1, Math.abs(value))),
    0,
  );
}

/** Infinite where only one is a number; equal infinities are equal. */
function distance(one: number, other: number): number {
  if (one === other || (Number.isNaN(one) && Number.isNaN(other))) return 0;
  const gap = Math.abs(one - other);
  return Number.isNaN(gap) ? Infinity : gap;
}
