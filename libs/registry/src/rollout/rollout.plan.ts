import { ALL_BASIS_POINTS, TrafficSplit, TreatmentWeight } from './arm-assignment';

/**
 * What a rollout is for:
 *
 * - `canary`: a candidate takes the place of the incumbent, by growing shares of traffic; its first steps may be shadows
 * - `shadow`: a candidate sees copies of traffic and answers nobody; it ends with the incumbent in place
 * - `ab`: named arms are compared at fixed weights; a person chooses the winner
 */
export const ROLLOUT_MODES = ['canary', 'shadow', 'ab'] as const;
export type RolloutMode = (typeof ROLLOUT_MODES)[number];

/** `live`: the share is answered by treatments. `shadow`: the share is copied to them after it was answered. */
export const STEP_TRAFFICS = ['shadow', 'live'] as const;
export type StepTraffic = (typeof STEP_TRAFFICS)[number];

export const STEP_APPROVALS = ['automatic', 'manual'] as const;

/** One stretch of a rollout under one share. */
export interface RolloutStep {
  readonly name: string;
  readonly traffic: StepTraffic;
  /** Units outside control (live) or copied (shadow), of 10 000. */
  readonly shareBasisPoints: number;
  /** Requests of each treatment before the step can be passed. */
  readonly minObservations: number;
  readonly minDurationMs: number;
  /** Whether the rollout goes on by itself when the step is passed. */
  readonly approval: (typeof STEP_APPROVALS)[number];
}

/** What a treatment may not do. Absent limits are not watched. */
export interface RolloutGuards {
  /** Error rate minus control's, 0..1. */
  readonly maxErrorRateIncrease: number;
  /** 95th percentile of latency over control's, ≥ 1. */
  readonly maxP95LatencyRatio: number;
  /** Mean agreement with the incumbent, 0..1. */
  readonly minAgreement?: number;
  /** Share of readers' answers that reject, 0..1. */
  readonly maxFeedbackRejectRate?: number;
}

/** How sure a breach must be. */
export interface SequentialTestRules {
  /**
   * The probability, at most, that a step breaches any guard although the treatment is within all limits, over
   * however many analyses.
   */
  readonly alpha: number;
  /** τ²: the square of the differences beyond a limit that are worth finding soon. */
  readonly tauSquared: number;
  /** The same as `alpha`, for arms that do not get their share of units. */
  readonly sampleRatioAlpha: number;
}

/** A rollout as somebody planned it. */
export interface RolloutPlan {
  readonly version: 1;
  readonly name: string;
  readonly mode: RolloutMode;
  /** Absent: each rollout gets one of its own. */
  readonly salt?: string;
  readonly analysisIntervalMs: number;
  /** Overlap, 0..1, from which two boxes of one class are the same finding. */
  readonly agreementIou: number;
  readonly control: string;
  /** One for `canary` and `shadow`. */
  readonly treatments: readonly TreatmentWeight[];
  readonly guards: RolloutGuards;
  readonly test: SequentialTestRules;
  /** In order; at least one. */
  readonly steps: readonly RolloutStep[];
}

/** Whom traffic reaches: the split of answers, and the share that treatments see in copy. */
export interface Exposure {
  readonly split: TrafficSplit;
  readonly shadowBasisPoints: number;
}

/** Whom traffic reaches during a step. */
export function exposureOfStep(plan: RolloutPlan, { traffic, shareBasisPoints }: RolloutStep): Exposure {
  const live = traffic === 'live';
  return {
    split: splitOf(plan, live ? shareBasisPoints : 0),
    shadowBasisPoints: live ? 0 : shareBasisPoints,
  };
}

/** Whom traffic reaches before and after: one arm answers everything. */
export function exposureOfOneArm(plan: RolloutPlan, arm: string): Exposure {
  const { control, treatments } = plan;
  if (arm === control) return { split: splitOf(plan, 0), shadowBasisPoints: 0 };
  const alone = treatments.map((one) => ({ ...one, basisPoints: one.arm === arm ? ALL_BASIS_POINTS : 0 }));
  return {
    split: { control, treatments: alone, treatedBasisPoints: ALL_BASIS_POINTS },
    shadowBasisPoints: 0,
  };
}

function splitOf({ control, treatments }: RolloutPlan, treatedBasisPoints: number): TrafficSplit {
  return { control, treatments, treatedBasisPoints };
}
