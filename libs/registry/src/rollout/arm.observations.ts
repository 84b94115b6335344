import { histogramOf, LatencyHistogram, mergeHistograms } from './statistics/latency-histogram';
import { Moments } from './statistics/mixture-sprt';

/**
 * What an arm has seen, without anything of the patients: its own JSON. Whole numbers only, so that adding and merging
 * give the same whatever the order, and every replica can count for itself.
 */
export interface ArmSummary {
  /** Requests that the arm answered or failed to. */
  readonly requests: number;
  readonly errors: number;
  /** Units (see `unitDigest`) as they came for the first time, as far as the replica knows. */
  readonly units: number;
  /** Of requests without error. */
  readonly latency: LatencyHistogram;
  /** With the incumbent on the same image, in thousandths. */
  readonly agreement: Moments;
  readonly feedback: { readonly accepted: number; readonly rejected: number };
}

/** One thing that happened in an arm. */
export type ArmObservation =
  | {
      readonly kind: 'request';
      readonly failed: boolean;
      /** From acceptance to answer, in milliseconds; left out of account for failed requests. */
      readonly latencyMs: number;
      readonly firstOfUnit: boolean;
    }
  /** The score of `agreementOf` with the incumbent, 0..1. */
  | { readonly kind: 'agreement'; readonly score: number }
  /** A reader's word on an answer of this arm. */
  | { readonly kind: 'feedback'; readonly accepted: boolean };

/** Nothing seen; neutral in {@link mergeSummaries}. */
export const NOTHING_SEEN: ArmSummary = {
  requests: 0,
  errors: 0,
  units: 0,
  latency: {},
  agreement: { count: 0, sum: 0, sumOfSquares: 0 },
  feedback: { accepted: 0, rejected: 0 },
};

/** The summary with one observation more. */
export function observe(summary: ArmSummary, observation: ArmObservation): ArmSummary {
  return mergeSummaries(summary, { ...NOTHING_SEEN, ...seen(observation) });
}

/** Both together; associative and commutative. */
export function mergeSummaries(a: ArmSummary, b: ArmSummary): ArmSummary {
  return {
    requests: a.requests + b.requests,
    errors: a.errors + b.errors,
    units: a.units + b.units,
    latency: mergeHistograms(a.latency, b.latency),
    agreement: {
      count: a.agreement.count + b.agreement.count,
      sum: a.agreement.sum + b.agreement.sum,
      sumOfSquares: a.agreement.sumOfSquares + b.agreement.sumOfSquares,
    },
    feedback: {
      accepted: a.feedback.accepted + b.feedback.accepted,
      rejected: a.feedback.rejected + b.feedback.rejected,
    },
  };
}

/** How many observations there are in it: of two states of one summary, the later has more. */
export function observationsIn({ requests, agreement, feedback }: ArmSummary): number {
  return requests + agreement.count + feedback.accepted + feedback.rejected;
}

/** Agreement on its scale of 0..1. */
export function agreementMoments({ agreement: { count, sum, sumOfSquares } }: ArmSummary): Moments {
  return { count, sum: sum / 1_000, sumOfSquares: sumOfSquares / 1_000_000 };
}

function seen(observation: ArmObservation): Partial<ArmSummary> {
  switch (observation.kind) {
    case 'request':
      return {
        requests: 1,
        errors: observation.failed ? 1 : 0,
        units: observation.firstOfUnit ? 1 : 0,
        latency: observation.failed ? {} : histogramOf(observation.latencyMs),
      };
    case 'agreement': {
      const thousandths = Math.round(observation.score * 1_000);
      return { agreement: { count: 1, sum: thousandths, sumOfSquares: thousandths * thousandths } };
    }
    case 'feedback':
      return { feedback: { accepted: observation.accepted ? 1 : 0, rejected: observation.accepted ? 0 : 1 } };
  }
}
