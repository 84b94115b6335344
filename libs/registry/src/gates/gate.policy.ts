import { AveragePrecisionMethod } from './statistics/average-precision';

/** What an outcome that is neither good nor bad comes to. */
export const UNDECIDED = ['needs-approval', 'fail'] as const;
export type Undecided = (typeof UNDECIDED)[number];

/** What one figure of one class must keep, as fractions 0..1. */
export interface FigureRules {
  /** The interval of candidate − incumbent must not reach below −margin. */
  readonly margin: number;
  /** The difference itself must not be below −maxRegression; at most `margin`. */
  readonly maxRegression: number;
  /** Least value of a class that no incumbent is known for. */
  readonly minimum: number;
}

/** What is asked of one class. */
export interface ClassRules {
  /** Truths of the class in the test set, at least; with fewer nothing is concluded. */
  readonly minimumSupport: number;
  readonly averagePrecision: FigureRules;
  readonly sensitivity: FigureRules;
  /** Where the interval holds both what is allowed and what is not. */
  readonly inconclusive: Undecided;
  readonly notEnoughSupport: Undecided;
}

/** The rules of promotion, as `default-gate.yaml` documents them. */
export interface GatePolicy {
  readonly name: string;
  readonly version: string;
  /** Of the policy's text, lower-case hex. */
  readonly sha256: string;
  /** The text itself, kept with every run that was judged by it. */
  readonly text: string;
  /** The frozen test set that all evidence must be of; any, the same for both versions, when absent. */
  readonly testSetSha256?: string;
  readonly bootstrap: {
    readonly resamples: number;
    /** Coverage of intervals, 0..1. */
    readonly confidence: number;
    /** What is drawn: images of one patient resemble each other. */
    readonly unit: 'image' | 'patient';
  };
  readonly averagePrecisionMethod: AveragePrecisionMethod;
  /** Where sensitivity is read: false positives of the class an image, > 0. */
  readonly falsePositivesPerImage: number;
  readonly everyClass: ClassRules;
  readonly criticalClasses: readonly string[];
  /** By class name, critical ones included; other classes follow `everyClass`. */
  readonly classRules: Readonly<Record<string, ClassRules>>;
  readonly calibration: CalibrationRules;
  readonly latency: LatencyRules;
  readonly approvals: {
    /** Persons other than the one who asked. */
    readonly required: number;
    /** `always` asks for approval of runs that passed, too. */
    readonly when: 'needs-approval' | 'always';
  };
}

export interface CalibrationRules {
  readonly bins: number;
  /** Detections below this score are left out, 0..1. */
  readonly minimumScore: number;
  /** Largest detection expected calibration error, 0..1. */
  readonly maximum: number;
  /** Detections, at least. */
  readonly minimumSupport: number;
  readonly inconclusive: Undecided;
  readonly notEnoughSupport: Undecided;
}

export interface LatencyRules {
  readonly p95BudgetMs: number;
  readonly minimumSamples: number;
  readonly inconclusive: Undecided;
  /** Also where the samples come from another host. */
  readonly notEnoughSupport: Undecided;
}

/** The rules of one class. */
export function rulesOf(policy: GatePolicy, className: string): ClassRules {
  return Object.hasOwn(policy.classRules, className) ? policy.classRules[className] : policy.everyClass;
}
