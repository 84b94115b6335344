import { OperatingPoints } from './operating-points';

/**
 * Share of the truths that are found, 0..1, at the lowest threshold that raises at most `falsePositivesPerImage`; NaN
 * where there is no truth. One point of the FROC curve, without interpolation between thresholds.
 */
export function sensitivityAt(points: OperatingPoints, falsePositivesPerImage: number): number {
  const { truePositives, falsePositives, count, truths, images } = points;
  if (truths === 0) return NaN;
  const allowed = falsePositivesPerImage * images;
  let [low, high] = [0, count];
  // Counts only grow: the first point past what is allowed.
  while (low < high) {
    const middle = (low + high) >> 1;
    if (falsePositives[middle] <= allowed) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? 0 : truePositives[low - 1] / truths;
}
