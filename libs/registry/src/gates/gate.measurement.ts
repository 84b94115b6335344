import { EvaluationEvidence } from './evaluation-evidence';
import { GatePolicy } from './gate.policy';
import { averagePrecision } from './statistics/average-precision';
import { detectionCalibrationError } from './statistics/expected-calibration-error';
import { OperatingPoints } from './statistics/operating-points';
import { Interval, percentile, percentileInterval } from './statistics/percentile';
import { Random } from './statistics/random';
import { drawResample, ResamplingUnits } from './statistics/resample';
import { sensitivityAt } from './statistics/sensitivity';
import { ImageWeights, ScoredOutcomes } from './statistics/scored-outcomes';

/** One figure of the candidate, beside the incumbent's where there is one. Null where it does not exist. */
export interface MeasuredFigure {
  readonly candidate: number | null;
  readonly incumbent: number | null;
  /** What is judged: the difference candidate − incumbent where there is an incumbent, else the candidate's. */
  readonly value: number | null;
  readonly interval: Interval | null;
}

export interface MeasuredClass {
  readonly name: string;
  /** Truths in the test set. */
  readonly support: number;
  /** Whether the incumbent knows the class, so that `value` is a difference. */
  readonly compared: boolean;
  readonly averagePrecision: MeasuredFigure;
  readonly sensitivity: MeasuredFigure;
}

/** Everything that the gate judges. */
export interface GateMeasurement {
  readonly classes: readonly MeasuredClass[];
  readonly calibration: MeasuredFigure;
  readonly latencyP95Ms: MeasuredFigure;
}

const ones = (length: number) => new Int32Array(length).fill(1);

/** A figure of a model that is measured again on every resample. */
class Series {
  private readonly resamples: Float64Array;
  private candidate = NaN;
  private incumbent = NaN;

  constructor(
    count: number,
    private readonly compared: boolean,
  ) {
    this.resamples = new Float64Array(count);
  }

  /** @param resample −1 for the test set itself */
  record(resample: number, candidate: number, incumbent: number): void {
    if (resample >= 0) this.resamples[resample] = this.compared ? candidate - incumbent : candidate;
    else [this.candidate, this.incumbent] = [candidate, incumbent];
  }

  measured(confidence: number): MeasuredFigure {
    return {
      candidate: known(this.candidate),
      incumbent: this.compared ? known(this.incumbent) : null,
      value: known(this.compared ? this.candidate - this.incumbent : this.candidate),
      interval: percentileInterval(this.resamples, confidence),
    };
  }
}

/**
 * Measures both versions on the test set and on resamples of it: the paired bootstrap, whose every resample is the same
 * images for both. The order of draws is fixed, so equal randomness gives equal intervals.
 */
export function measure(
  policy: GatePolicy,
  candidate: EvaluationEvidence,
  incumbent: EvaluationEvidence | undefined,
  random: Random,
): GateMeasurement {
  const { resamples, confidence, unit } = policy.bootstrap;
  const pairs = candidate.classes.map((name, index) => {
    const other = incumbent ? incumbent.classes.indexOf(name) : -1;
    const compared = other >= 0;
    return {
      name,
      candidate: candidate.outcomes[index],
      incumbent: compared ? incumbent!.outcomes[other] : undefined,
      precision: new Series(resamples, compared),
      sensitivity: new Series(resamples, compared),
    };
  });
  const calibration = new Series(resamples, false);
  const points = new OperatingPoints(largest(candidate.outcomes, incumbent?.outcomes ?? []));
  const figures = (outcomes: ScoredOutcomes | undefined, weights: ImageWeights) => {
    if (!outcomes) return [NaN, NaN];
    points.trace(outcomes, weights);
    return [
      averagePrecision(points, policy.averagePrecisionMethod),
      sensitivityAt(points, policy.falsePositivesPerImage),
    ];
  };
  const units: ResamplingUnits = unit === 'patient' ? candidate.patients : eachByItself(candidate);
  const weights = ones(candidate.imageIds.length);
  for (let resample = -1; resample < resamples; resample++) {
    if (resample >= 0) drawResample(units, random, weights);
    for (const pair of pairs) {
      const [precision, sensitivity] = figures(pair.candidate, weights);
      const [otherPrecision, otherSensitivity] = figures(pair.incumbent, weights);
      pair.precision.record(resample, precision, otherPrecision);
      pair.sensitivity.record(resample, sensitivity, otherSensitivity);
    }
    calibration.record(
      resample,
      detectionCalibrationError(candidate.outcomes, weights, policy.calibration),
      NaN,
    );
  }
  return {
    classes: pairs.map((pair) => ({
      name: pair.name,
      support: pair.candidate.truths.reduce((sum, count) => sum + count, 0),
      compared: pair.incumbent !== undefined,
      averagePrecision: pair.precision.measured(confidence),
      sensitivity: pair.sensitivity.measured(confidence),
    })),
    calibration: calibration.measured(confidence),
    latencyP95Ms: measureLatency(policy, candidate, random),
  };
}

/** The 95th percentile of the samples, which are taken for independent. */
function measureLatency(
  policy: GatePolicy,
  { latency: { samplesMs } }: EvaluationEvidence,
  random: Random,
): MeasuredFigure {
  const { resamples, confidence } = policy.bootstrap;
  const series = new Series(resamples, false);
  series.record(-1, percentile(samplesMs, 0.95), NaN);
  // The order statistic of sorted samples needs how often each was drawn, and no second sort.
  const drawn = new Int32Array(samplesMs.length);
  for (let resample = 0; resample < resamples; resample++) {
    drawn.fill(0);
    for (let draw = 0; draw < drawn.length; draw++) drawn[Math.floor(random() * drawn.length)]++;
    series.record(resample, weightedPercentile(samplesMs, drawn, 0.95), NaN);
  }
  return series.measured(confidence);
}

/** The percentile of samples that each occur as often as drawn, without interpolation. */
function weightedPercentile(sorted: Float64Array, drawn: Int32Array, share: number): number {
  let left = Math.ceil(share * sorted.length);
  for (let index = 0; index < sorted.length; index++) {
    left -= drawn[index];
    if (left <= 0) return sorted[index];
  }
  return NaN;
}

function eachByItself({ imageIds }: EvaluationEvidence): ResamplingUnits {
  return { unitOfImage: Int32Array.from(imageIds, (_, index) => index), count: imageIds.length };
}

function largest(...sets: readonly (readonly ScoredOutcomes[])[]): number {
  return Math.max(0, ...sets.flat().map(({ scores }) => scores.length));
}

function known(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
