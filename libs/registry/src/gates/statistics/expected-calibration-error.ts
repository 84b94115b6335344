import { ImageWeights, ScoredOutcomes } from './scored-outcomes';

export interface CalibrationBins {
  /** Of equal width between 0 and 1. */
  readonly bins: number;
  /** Detections below this score are left out, 0..1. */
  readonly minimumScore: number;
}

/**
 * Detection expected calibration error, 0..1, over the detections of all classes together:
 *
 *     Σ over bins  (detections of the bin / all detections) · |precision of the bin − mean score of the bin|
 *
 * (D-ECE of Küppers et al. 2020, binned by score alone.) NaN without detections. It says nothing of what was missed.
 */
export function detectionCalibrationError(
  classes: readonly ScoredOutcomes[],
  weights: ImageWeights,
  { bins, minimumScore }: CalibrationBins,
): number {
  const excess = new Float64Array(bins);
  let total = 0;
  for (const { scores, matched, images } of classes) {
    for (let index = 0; index < scores.length && scores[index] >= minimumScore; index++) {
      const weight = weights[images[index]];
      const bin = Math.min(bins - 1, Math.floor(scores[index] * bins));
      excess[bin] += weight * (matched[index] - scores[index]);
      total += weight;
    }
  }
  // n · |precision − mean score| of a bin is |Σ matched − Σ score|.
  return total === 0 ? NaN : excess.reduce((sum, value) => sum + Math.abs(value), 0) / total;
}

/** Detections that the error stands on. */
export function calibrationSupport(classes: readonly ScoredOutcomes[], minimumScore: number): number {
  let support = 0;
  for (const { scores } of classes) {
    for (let index = 0; index < scores.length && scores[index] >= minimumScore; index++) support++;
  }
  return support;
}
