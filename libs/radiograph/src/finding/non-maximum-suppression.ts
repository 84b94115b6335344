import { Box, intersectionOverUnion } from './box';

/** What suppression needs to know of a candidate; callers' objects may carry more. */
export interface ScoredBox {
  readonly box: Box;
  /** Larger wins. */
  readonly confidence: number;
  /** Only boxes of the same class suppress each other. */
  readonly classIndex: number;
}

/** Limits of one suppression. */
export interface SuppressionOptions {
  /** Overlap, 0..1, above which the weaker of two boxes of one class goes; equality keeps both. */
  readonly iouThreshold: number;
  /** The strongest this many are kept over all classes. Default: no limit. */
  readonly maxKept?: number;
}

/**
 * Class-wise greedy non-maximum suppression: of overlapping boxes of one class only the strongest stays.
 *
 * Promises: the result is ordered by falling confidence; two kept boxes of one class never overlap by more
 * than the threshold; each suppressed box has a kept one of its class that is at least as strong and overlaps
 * it; the input's order does not matter, because equal confidences are ordered by class and coordinates.
 * The input is not modified and its elements are returned as they are.
 */
export function nonMaximumSuppression<T extends ScoredBox>(
  candidates: readonly T[],
  { iouThreshold, maxKept = Infinity }: SuppressionOptions,
): T[] {
  const kept: T[] = [];
  const keptOfClass = new Map<number, T[]>();
  for (const candidate of candidates.toSorted(strongestFirst)) {
    if (kept.length >= maxKept) break;
    const rivals = keptOfClass.get(candidate.classIndex);
    if (rivals?.some((rival) => intersectionOverUnion(rival.box, candidate.box) > iouThreshold)) continue;
    kept.push(candidate);
    if (rivals) rivals.push(candidate);
    else keptOfClass.set(candidate.classIndex, [candidate]);
  }
  return kept;
}

function strongestFirst(a: ScoredBox, b: ScoredBox): number {
  return (
    b.confidence - a.confidence ||
    a.classIndex - b.classIndex ||
    a.box.xMin - b.box.xMin ||
    a.box.yMin - b.box.yMin ||
    a.box.xMax - b.box.xMax ||
    a.box.yMax - b.box.yMax
  );
}
