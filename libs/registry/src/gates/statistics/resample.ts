import { Random } from './random';
import { ImageWeights } from './scored-outcomes';

/** Images that are drawn together: those of one patient, or each by itself. */
export interface ResamplingUnits {
  /** Index of the unit of each image, 0..count−1. */
  readonly unitOfImage: Int32Array;
  readonly count: number;
}

/**
 * Draws as many units as there are, with replacement, and writes how often each image was drawn. A bootstrap is paired
 * when both models are measured with the same weights.
 */
export function drawResample(
  { unitOfImage, count }: ResamplingUnits,
  random: Random,
  into: ImageWeights,
): void {
  const drawn = new Int32Array(count);
  for (let draw = 0; draw < count; draw++) drawn[Math.floor(random() * count)]++;
  for (let image = 0; image < into.length; image++) into[image] = drawn[unitOfImage[image]];
}
