/**
 * Detections of one class on a test set, matched with its truths.
 *
 * `scores`, `matched` and `images` run together, sorted by score, the highest first.
 */
export interface ScoredOutcomes {
  /** 0..1 */
  readonly scores: Float64Array;
  /** 1 where the detection found a truth, 0 where it is a false positive. */
  readonly matched: Uint8Array;
  /** Index of the image. */
  readonly images: Int32Array;
  /** Truths of the class in each image. */
  readonly truths: Int32Array;
}

/** How often each image counts; a resample draws some several times and others not at all. */
export type ImageWeights = Int32Array;

/** Sorts detections by score, the highest first. */
export function sortedOutcomes(
  detections: readonly { readonly score: number; readonly matched: boolean; readonly image: number }[],
  truths: Int32Array,
): ScoredOutcomes {
  const sorted = [...detections].sort((a, b) => b.score - a.score);
  return {
    scores: Float64Array.from(sorted, ({ score }) => score),
    matched: Uint8Array.from(sorted, ({ matched }) => Number(matched)),
    images: Int32Array.from(sorted, ({ image }) => image),
    truths,
  };
}
