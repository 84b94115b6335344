import { Box, intersectionOverUnion } from '@thorax/radiograph';

/** What agreement needs to know of a finding. */
export interface ClassedBox {
  /** By name: two models may number their classes differently. */
  readonly class: string;
  /** Pixels of one and the same image. */
  readonly box: Box;
}

/** How two models' findings on one image relate. */
export interface BoxAgreement {
  /** Pairs of one class that overlap enough; every finding is in one pair at most. */
  readonly matched: number;
  /** Findings of the first without a partner. */
  readonly onlyFirst: number;
  readonly onlySecond: number;
  /** 2·matched / all findings, 0..1 (Dice, F₁); 1 where neither found anything. */
  readonly score: number;
}

/**
 * Class-aware greedy matching: of all pairs of one class with an IoU of `iouThreshold` or more, the best first.
 *
 * Promises: symmetric; the order of findings does not matter; 1 for a model with itself.
 */
export function agreementOf(
  first: readonly ClassedBox[],
  second: readonly ClassedBox[],
  iouThreshold: number,
): BoxAgreement {
  const takenFirst = new Set<number>();
  const takenSecond = new Set<number>();
  for (const { i, j } of overlappingPairs(first, second, iouThreshold)) {
    if (takenFirst.has(i) || takenSecond.has(j)) continue;
    takenFirst.add(i);
    takenSecond.add(j);
  }
  const matched = takenFirst.size;
  const all = first.length + second.length;
  return {
    matched,
    onlyFirst: first.length - matched,
    onlySecond: second.length - matched,
    score: all === 0 ? 1 : (2 * matched) / all,
  };
}

interface Pair {
  readonly i: number;
  readonly j: number;
  readonly iou: number;
  /** Sums of both boxes' coordinates: they order pairs of equal IoU whichever model comes first. */
  readonly place: readonly number[];
}

function overlappingPairs(
  first: readonly ClassedBox[],
  second: readonly ClassedBox[],
  iouThreshold: number,
): Pair[] {
  const pairs: Pair[] = [];
  for (const [i, a] of first.entries()) {
    for (const [j, b] of second.entries()) {
      if (a.class !== b.class) continue;
      const iou = intersectionOverUnion(a.box, b.box);
      if (iou > 0 && iou >= iouThreshold) pairs.push({ i, j, iou, place: placeOf(a.box, b.box) });
    }
  }
  return pairs.sort((p, q) => q.iou - p.iou || byPlace(p.place, q.place));
}

function placeOf(a: Box, b: Box): number[] {
  return [a.xMin + b.xMin, a.yMin + b.yMin, a.xMax + b.xMax, a.yMax + b.yMax];
}

function byPlace(a: readonly number[], b: readonly number[]): number {
  const differs = a.findIndex((value, index) => value !== b[index]);
  return differs < 0 ? 0 : a[differs] - b[differs];
}
