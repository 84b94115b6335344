import { expectedShares } from './arm-assignment';
import { ArmSummary, NOTHING_SEEN } from './arm.observations';
import { GuardName, measureAll, Measurement } from './rollout.guards';
import { exposureOfStep, RolloutPlan, RolloutStep } from './rollout.plan';
import { alwaysValidPOfExcess } from './statistics/mixture-sprt';
import { sampleRatioOf } from './statistics/sample-ratio-mismatch';

/** The summaries of a step, by arm. */
export type ArmSummaries = Readonly<Record<string, ArmSummary>>;

/**
 * - `passed`: within its limit
 * - `breached`: beyond it, beyond doubt
 * - `undecided`: beyond it, but that may be chance
 * - `no-data`: nothing seen yet
 */
export type GuardOutcome = 'passed' | 'breached' | 'undecided' | 'no-data';

/** How one arm stands to one guard. */
export interface Finding {
  readonly guard: GuardName;
  /** Absent for what concerns all arms together. */
  readonly arm?: string;
  /** See `Measurement`; for `sample-ratio` the p of a single look at chi². */
  readonly value?: number;
  readonly limit: number;
  readonly outcome: GuardOutcome;
  /** Always valid: looking often does not make it smaller. */
  readonly p: number;
  /** The p at or below which it counts as breached. */
  readonly alpha: number;
  readonly observations: number;
}

export const RECOMMENDATIONS = ['continue', 'advance', 'await-approval', 'rollback'] as const;

/** What to do, and why in words. */
export interface Recommendation {
  readonly kind: (typeof RECOMMENDATIONS)[number];
  readonly reasons: readonly string[];
}

/** What the next analysis of the same step must know; its own JSON. */
export interface AnalysisState {
  readonly step: number;
  readonly stepEnteredAtMs: number;
  /** Always-valid p by guard and arm. */
  readonly p: Readonly<Record<string, number>>;
}

export interface Analysis {
  readonly atMs: number;
  readonly findings: readonly Finding[];
  readonly recommendation: Recommendation;
  readonly state: AnalysisState;
}

/**
 * Judges a step by all that was seen since it began. Pure; call it once an analysis interval, with the state that the
 * analysis before returned.
 *
 * Any breach of any treatment recommends a roll-back of the whole rollout, in every step and at any time. A step is passed when every treatment has its
 * observations and its time, and every guard is passed; readers' feedback may be missing, and so may agreement in live
 * steps, where not every image is seen by both. Equal limits, but doubt, keep the step going.
 *
 * `alpha` is shared equally by the tests of a step, so all of them together keep it.
 *
 * @param previous of the same step (and the same entry to it); undefined at first
 */
export function analyse(
  plan: RolloutPlan,
  { step, stepEnteredAtMs }: Pick<AnalysisState, 'step' | 'stepEnteredAtMs'>,
  summaries: ArmSummaries,
  previous: AnalysisState | undefined,
  nowMs: number,
): Analysis {
  const here = plan.steps[step];
  const isSameEntry = previous?.step === step && previous.stepEnteredAtMs === stepEnteredAtMs;
  const knownP = isSameEntry ? previous.p : {};
  const findings = [
    ...plan.treatments.flatMap(({ arm }) => treatmentFindings(plan, arm, summaries, knownP)),
    ...ratioFindings(plan, here, summaries, knownP),
  ];
  return {
    atMs: nowMs,
    findings,
    recommendation: recommend(plan, here, summaries, findings, nowMs - stepEnteredAtMs),
    state: { step, stepEnteredAtMs, p: Object.fromEntries(findings.map((one) => [keyOf(one), one.p])) },
  };
}

type KnownP = Readonly<Record<string, number>>;

function treatmentFindings(
  plan: RolloutPlan,
  arm: string,
  summaries: ArmSummaries,
  knownP: KnownP,
): Finding[] {
  const control = summaries[plan.control] ?? NOTHING_SEEN;
  const measurements = measureAll(control, summaries[arm] ?? NOTHING_SEEN, plan.guards);
  const alpha = plan.test.alpha / (measurements.length * plan.treatments.length);
  return measurements.map((measurement) => {
    const { guard, value, limit, observations, excess } = measurement;
    const before = knownP[keyOf({ guard, arm })] ?? 1;
    const p = excess ? alwaysValidPOfExcess(before, excess, plan.test.tauSquared) : before;
    return { guard, arm, value, limit, observations, p, alpha, outcome: outcomeOf(measurement, p, alpha) };
  });
}

/** A p that was small once stays so; a value back within its limit is passed all the same. */
function outcomeOf({ value, isWithinLimit }: Measurement, p: number, alpha: number): GuardOutcome {
  if (value === undefined) return 'no-data';
  if (isWithinLimit) return 'passed';
  return p <= alpha ? 'breached' : 'undecided';
}

/** Copies may be left out under load, so shadows promise no ratio. */
function ratioFindings(
  plan: RolloutPlan,
  step: RolloutStep,
  summaries: ArmSummaries,
  knownP: KnownP,
): Finding[] {
  if (step.traffic === 'shadow') return [];
  const arms = [...expectedShares(exposureOfStep(plan, step).split)].map(([arm, expectedShare]) => ({
    observed: summaries[arm]?.units ?? 0,
    expectedShare,
  }));
  const observations = arms.reduce((sum, { observed }) => sum + observed, 0);
  const guard = 'sample-ratio' as const;
  const alpha = plan.test.sampleRatioAlpha;
  const { p: value, alwaysValidP: p } = sampleRatioOf(arms, knownP[keyOf({ guard })] ?? 1);
  const outcome = observations === 0 ? 'no-data' : p <= alpha ? 'breached' : 'passed';
  return [{ guard, value, limit: alpha, observations, p, alpha, outcome }];
}

function keyOf({ guard, arm = '' }: Pick<Finding, 'guard' | 'arm'>): string {
  return `${guard} ${arm}`.trim();
}

function recommend(
  plan: RolloutPlan,
  step: RolloutStep,
  summaries: ArmSummaries,
  findings: readonly Finding[],
  elapsedMs: number,
): Recommendation {
  const breaches = findings.filter(({ outcome }) => outcome === 'breached');
  if (breaches.length > 0) return { kind: 'rollback', reasons: breaches.map(inWords) };
  const reasons = [
    ...plan.treatments
      .map(({ arm }) => ({ arm, requests: summaries[arm]?.requests ?? 0 }))
      .filter(({ requests }) => requests < step.minObservations)
      .map(({ arm, requests }) => `${arm} has ${requests} of ${step.minObservations} requests.`),
    ...(elapsedMs < step.minDurationMs
      ? [`The step has lasted ${elapsedMs / 1_000} of ${step.minDurationMs / 1_000} s.`]
      : []),
    ...findings.filter((one) => !mayPass(one, step)).map(inWords),
  ];
  if (reasons.length > 0) return { kind: 'continue', reasons };
  const kind = step.approval === 'manual' ? 'await-approval' : 'advance';
  return { kind, reasons: [`Every guard of the step "${step.name}" is passed.`] };
}

function mayPass({ guard, outcome }: Finding, { traffic }: RolloutStep): boolean {
  if (outcome === 'passed') return true;
  return outcome === 'no-data' && (guard === 'feedback' || (guard === 'agreement' && traffic === 'live'));
}

function inWords({ guard, arm, value, limit, outcome, p, alpha, observations }: Finding): string {
  const who = arm === undefined ? '' : ` of ${arm}`;
  const what = value === undefined ? 'nothing seen' : `${shown(value)} against ${shown(limit)}`;
  return `${guard}${who}: ${outcome}, ${what} after ${observations}; always-valid p ${shown(p)}, α ${shown(alpha)}.`;
}

function shown(value: number): string {
  return String(Number(value.toPrecision(4)));
}
