import { agreementMoments, ArmSummary } from './arm.observations';
import { RolloutGuards } from './rollout.plan';
import { countAbove, countIn, quantileOf } from './statistics/latency-histogram';
import { differenceOf, Estimate, exactly, meanEstimate, proportionEstimate } from './statistics/mixture-sprt';

export const GUARD_NAMES = ['error-rate', 'p95-latency', 'agreement', 'feedback', 'sample-ratio'] as const;
export type GuardName = (typeof GUARD_NAMES)[number];

/** Observations of an arm before it is tested: the estimates' normality needs some dozens. */
export const LEAST_OBSERVATIONS = 50;

/** How a treatment stands to one limit. */
export interface Measurement {
  readonly guard: GuardName;
  /** In the guard's unit: a difference of rates, a ratio, a mean, a rate. Absent without data. */
  readonly value?: number;
  readonly limit: number;
  readonly isWithinLimit: boolean;
  /** Of the treatment. */
  readonly observations: number;
  /** What the sequential test tests: how far beyond the limit it is; above zero is harm. Absent with too little data. */
  readonly excess?: Estimate;
}

/** The error rate over control's. */
export function measureErrors(control: ArmSummary, treatment: ArmSummary, limit: number): Measurement {
  const observations = treatment.requests;
  if (observations === 0 || control.requests === 0) return withoutData('error-rate', limit, observations);
  const difference = differenceOf(
    proportionEstimate(control.errors, control.requests),
    proportionEstimate(treatment.errors, treatment.requests),
  );
  return measured('error-rate', difference.value, limit, {
    observations,
    least: Math.min(control.requests, observations),
    excess: { ...difference, value: difference.value - limit },
  });
}

/**
 * The 95th percentile of latency over control's. A percentile has no mean to test; tested instead is the share of the
 * treatment's requests that took longer than `limit` times control's percentile, against the 5 % that may.
 */
export function measureLatency(control: ArmSummary, treatment: ArmSummary, limit: number): Measurement {
  const observations = countIn(treatment.latency);
  const [before, after] = [quantileOf(control.latency, 0.95), quantileOf(treatment.latency, 0.95)];
  if (before === undefined || after === undefined) return withoutData('p95-latency', limit, observations);
  const controls = countIn(control.latency);
  return measured('p95-latency', after / before, limit, {
    observations,
    least: Math.min(controls, observations),
    excess: differenceOf(
      proportionEstimate(0.05 * controls, controls),
      proportionEstimate(countAbove(treatment.latency, limit * before), observations),
    ),
  });
}

/** Mean agreement with the incumbent on the same images. */
export function measureAgreement(treatment: ArmSummary, limit: number): Measurement {
  const moments = agreementMoments(treatment);
  if (moments.count === 0) return withoutData('agreement', limit, 0);
  const mean = meanEstimate(moments);
  const measurement = measured('agreement', mean.value, limit, {
    observations: moments.count,
    least: moments.count,
    excess: differenceOf(mean, exactly(limit)),
  });
  return { ...measurement, isWithinLimit: mean.value >= limit };
}

/** How many of readers' answers reject what the treatment said. */
export function measureFeedback({ feedback }: ArmSummary, limit: number): Measurement {
  const observations = feedback.accepted + feedback.rejected;
  if (observations === 0) return withoutData('feedback', limit, 0);
  const rate = proportionEstimate(feedback.rejected, observations);
  return measured('feedback', rate.value, limit, {
    observations,
    least: observations,
    excess: differenceOf(exactly(limit), rate),
  });
}

/** Every guard of a plan that a treatment has, but the ratio of samples, which is of all arms. */
export function measureAll(control: ArmSummary, treatment: ArmSummary, guards: RolloutGuards): Measurement[] {
  const { minAgreement, maxFeedbackRejectRate } = guards;
  return [
    measureErrors(control, treatment, guards.maxErrorRateIncrease),
    measureLatency(control, treatment, guards.maxP95LatencyRatio),
    ...(minAgreement === undefined ? [] : [measureAgreement(treatment, minAgreement)]),
    ...(maxFeedbackRejectRate === undefined ? [] : [measureFeedback(treatment, maxFeedbackRejectRate)]),
  ];
}

function withoutData(guard: GuardName, limit: number, observations: number): Measurement {
  return { guard, limit, observations, isWithinLimit: false };
}

function measured(
  guard: GuardName,
  value: number,
  limit: number,
  { observations, least, excess }: { observations: number; least: number; excess: Estimate },
): Measurement {
  const tested = least >= LEAST_OBSERVATIONS ? { excess } : {};
  return { guard, value, limit, observations, isWithinLimit: value <= limit, ...tested };
}
