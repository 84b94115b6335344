import { OperatingPoints } from './operating-points';

/**
 * How the area under a precision-recall curve is taken. Both use the interpolated precision, the highest at this
 * recall or any higher one.
 *
 * - `coco-101`: its mean at the recalls 0, 0.01, …, 1 (COCO's evaluation)
 * - `all-point`: its integral over recall (PASCAL VOC from 2010 on)
 */
export const AVERAGE_PRECISION_METHODS = ['coco-101', 'all-point'] as const;
export type AveragePrecisionMethod = (typeof AVERAGE_PRECISION_METHODS)[number];

/** Average precision, 0..1; NaN where there is no truth. */
export function averagePrecision(points: OperatingPoints, method: AveragePrecisionMethod): number {
  if (points.truths === 0) return NaN;
  return method === 'coco-101' ? atRecalls(points) : underCurve(points);
}

/** From the lowest threshold upwards, so that the highest precision so far is the interpolated one. */
function underCurve({ truePositives, falsePositives, count, truths }: OperatingPoints): number {
  let area = 0;
  let highest = 0;
  for (let index = count - 1; index >= 0; index--) {
    const found = truePositives[index];
    highest = Math.max(highest, precisionOf(found, falsePositives[index]));
    const before = index === 0 ? 0 : truePositives[index - 1];
    area += (found - before) * highest;
  }
  return area / truths;
}

function atRecalls({ truePositives, falsePositives, count, truths }: OperatingPoints): number {
  let sum = 0;
  let highest = 0;
  let recall = 100;
  for (let index = count - 1; index >= 0; index--) {
    // Compared as whole numbers: no recall is missed by rounding.
    for (; recall >= 0 && recall * truths > 100 * truePositives[index]; recall--) sum += highest;
    highest = Math.max(highest, precisionOf(truePositives[index], falsePositives[index]));
  }
  return (sum + (recall + 1) * highest) / 101;
}

function precisionOf(found: number, raised: number): number {
  return found === 0 ? 0 : found / (found + raised);
}
