import { ImageWeights, ScoredOutcomes } from './scored-outcomes';

/**
 * What a class finds and raises wrongly as its threshold falls: one point for each distinct score, counts included up
 * to it. Detections of equal score are one point, so their order does not matter.
 */
export class OperatingPoints {
  readonly truePositives: Float64Array;
  readonly falsePositives: Float64Array;
  count = 0;
  truths = 0;
  images = 0;

  /** @param capacity detections of the largest outcomes that will be traced; memory is reused */
  constructor(capacity: number) {
    this.truePositives = new Float64Array(capacity);
    this.falsePositives = new Float64Array(capacity);
  }

  /** Replaces the points by those of these outcomes, every image counted as often as its weight says. */
  trace({ scores, matched, images, truths }: ScoredOutcomes, weights: ImageWeights): void {
    this.truths = 0;
    this.images = 0;
    for (let image = 0; image < weights.length; image++) {
      this.images += weights[image];
      this.truths += weights[image] * truths[image];
    }
    let count = 0;
    let found = 0;
    let raised = 0;
    for (let index = 0; index < scores.length; index++) {
      const weight = weights[images[index]];
      if (matched[index]) found += weight;
      else raised += weight;
      if (index + 1 < scores.length && scores[index + 1] === scores[index]) continue;
      const last = count - 1;
      const unchanged =
        count === 0
          ? found + raised === 0
          : this.truePositives[last] === found && this.falsePositives[last] === raised;
      if (unchanged) continue;
      this.truePositives[count] = found;
      this.falsePositives[count] = raised;
      count++;
    }
    this.count = count;
  }
}
