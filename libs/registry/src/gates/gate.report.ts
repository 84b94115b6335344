import { Undecided } from './gate.policy';
import { Interval } from './statistics/percentile';

/** What a gate run comes to by itself, before anybody approves. */
export type GateDecision = 'pass' | 'fail' | 'needs-approval';

export type CheckOutcome = GateDecision | 'not-enough-support';

export type CheckName = 'average-precision' | 'sensitivity' | 'calibration' | 'latency-p95';

/** One thing that was looked at. Figures are fractions, those of latency milliseconds. */
export interface GateCheck {
  readonly name: CheckName;
  /** Absent where it is about all classes together. */
  readonly class?: string;
  readonly critical: boolean;
  /** Of the version itself; null where it does not exist. */
  readonly candidate: number | null;
  readonly incumbent: number | null;
  /** What was judged: candidate − incumbent for a `difference`, else the candidate's. */
  readonly value: number | null;
  readonly compares: 'difference' | 'absolute';
  readonly interval: Interval | null;
  /** What the whole interval must stay above (`average-precision`, `sensitivity`) or below (the others). */
  readonly limit: number;
  /** Truths, detections or samples that the value stands on. */
  readonly support: number;
  readonly minimumSupport: number;
  readonly outcome: CheckOutcome;
  /** What the outcome does to the decision. */
  readonly decides: 'pass' | Undecided;
  /** One sentence. */
  readonly reason: string;
}

/** What the gate found, complete: readable without anything else. */
export interface GateReport {
  readonly format: 1;
  readonly policy: { readonly name: string; readonly version: string; readonly sha256: string };
  readonly candidate: ReportedVersion;
  /** Null for a first version. */
  readonly incumbent: ReportedVersion | null;
  readonly testSet: {
    readonly name: string;
    readonly sha256: string;
    readonly images: number;
    readonly patients: number;
  };
  readonly method: {
    readonly resamples: number;
    readonly confidence: number;
    readonly unit: 'image' | 'patient';
    readonly averagePrecision: string;
    readonly falsePositivesPerImage: number;
  };
  /** Where the run was judged and latency had to be measured. */
  readonly host: string;
  readonly checks: readonly GateCheck[];
  readonly decision: GateDecision;
  /** Why, in sentences: of every check that did not pass, or that all did. */
  readonly reasons: readonly string[];
  /** Persons who must approve before the gate opens; 0 where it is open or shut for good. */
  readonly approvalsRequired: number;
}

export interface ReportedVersion {
  readonly name: string;
  readonly version: number;
  /** Of its evidence. */
  readonly evidenceSha256: string;
}
