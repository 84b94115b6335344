import { quoted } from '../errors';
import { EvaluationEvidence } from './evaluation-evidence';
import { assertPaired } from './evidence.rules';
import { judgeCeiling, judgeFloor, withSupport } from './gate.checks';
import { GateMeasurement, MeasuredClass, measure } from './gate.measurement';
import { FigureRules, GatePolicy, rulesOf } from './gate.policy';
import { GateCheck, GateDecision, GateReport, ReportedVersion } from './gate.report';
import { calibrationSupport } from './statistics/expected-calibration-error';
import { Random } from './statistics/random';

/** What a judgement needs from outside. */
export interface JudgeSurroundings {
  /** Uniform in [0, 1); equal randomness gives the equal report. */
  readonly random: Random;
  /** This host, as `describeHost` names it: latency that was measured elsewhere says nothing of it. */
  readonly host: string;
}

/**
 * Whether a version may serve, by the policy and what both versions did on one test set. Without an incumbent the
 * figures must reach the policy's minima; with one, they must not be worse than its, beyond the margins.
 *
 * @throws EvidenceMismatchError where the two are not of the same images and truths
 */
export function judge(
  policy: GatePolicy,
  candidate: EvaluationEvidence,
  incumbent: EvaluationEvidence | undefined,
  { random, host }: JudgeSurroundings,
): GateReport {
  if (incumbent) assertPaired(candidate, incumbent);
  const measurement = measure(policy, candidate, incumbent, random);
  const checks = [
    ...measurement.classes.flatMap((measured) => classChecks(policy, measured)),
    ...absentCriticalClasses(policy, candidate),
    calibrationCheck(policy, candidate, measurement),
    latencyCheck(policy, candidate, measurement, host),
  ];
  const decision = decide(policy, checks);
  return {
    format: 1,
    policy: { name: policy.name, version: policy.version, sha256: policy.sha256 },
    candidate: reported(candidate),
    incumbent: incumbent ? reported(incumbent) : null,
    testSet: {
      ...candidate.testSet,
      images: candidate.imageIds.length,
      patients: candidate.patients.count,
    },
    method: {
      ...policy.bootstrap,
      averagePrecision: policy.averagePrecisionMethod,
      falsePositivesPerImage: policy.falsePositivesPerImage,
    },
    host,
    checks,
    decision,
    reasons: reasonsOf(policy, checks),
    approvalsRequired: decision === 'needs-approval' ? policy.approvals.required : 0,
  };
}

/** The worst check decides; where all pass, the policy may still want a second person. */
function decide({ approvals }: GatePolicy, checks: readonly GateCheck[]): GateDecision {
  if (checks.some(({ decides }) => decides === 'fail')) return 'fail';
  if (checks.some(({ decides }) => decides === 'needs-approval')) return 'needs-approval';
  return approvals.when === 'always' ? 'needs-approval' : 'pass';
}

function reasonsOf({ approvals }: GatePolicy, checks: readonly GateCheck[]): string[] {
  const reasons = checks.filter(({ decides }) => decides !== 'pass').map(({ reason }) => reason);
  if (reasons.length > 0) return reasons;
  return [
    `All ${checks.length} checks passed.`,
    ...(approvals.when === 'always' ? ['The policy asks for approval of every run.'] : []),
  ];
}

function classChecks(policy: GatePolicy, measured: MeasuredClass): GateCheck[] {
  const rules = rulesOf(policy, measured.name);
  const check = (name: 'average-precision' | 'sensitivity', figures: FigureRules): GateCheck => {
    const figure = name === 'sensitivity' ? measured.sensitivity : measured.averagePrecision;
    const subject = {
      name,
      class: measured.name,
      critical: policy.criticalClasses.includes(measured.name),
      ...figure,
      compares: measured.compared ? ('difference' as const) : ('absolute' as const),
      limit: measured.compared ? -figures.margin : figures.minimum,
      support: measured.support,
      minimumSupport: rules.minimumSupport,
    };
    const worstValue = measured.compared ? -figures.maxRegression : figures.minimum;
    return withSupport(subject, rules, () => judgeFloor(subject, worstValue, rules));
  };
  return [check('average-precision', rules.averagePrecision), check('sensitivity', rules.sensitivity)];
}

/** A critical class that was not evaluated must not be missed by being left out. */
function absentCriticalClasses(policy: GatePolicy, { classes }: EvaluationEvidence): GateCheck[] {
  return policy.criticalClasses
    .filter((name) => !classes.includes(name))
    .map((name) => {
      const rules = rulesOf(policy, name);
      return {
        name: 'sensitivity',
        class: name,
        critical: true,
        ...{ candidate: null, incumbent: null, value: null, interval: null },
        compares: 'absolute',
        limit: rules.sensitivity.minimum,
        support: 0,
        minimumSupport: rules.minimumSupport,
        outcome: 'not-enough-support',
        decides: rules.notEnoughSupport,
        reason: `The critical class ${quoted(name)} was not evaluated.`,
      };
    });
}

function calibrationCheck(
  { calibration }: GatePolicy,
  candidate: EvaluationEvidence,
  measurement: GateMeasurement,
): GateCheck {
  const subject = {
    name: 'calibration' as const,
    critical: false,
    ...measurement.calibration,
    compares: 'absolute' as const,
    limit: calibration.maximum,
    support: calibrationSupport(candidate.outcomes, calibration.minimumScore),
    minimumSupport: calibration.minimumSupport,
  };
  return withSupport(subject, calibration, () => judgeCeiling(subject, calibration));
}

function latencyCheck(
  { latency }: GatePolicy,
  { latency: { host: measuredOn, samplesMs } }: EvaluationEvidence,
  { latencyP95Ms }: GateMeasurement,
  host: string,
): GateCheck {
  const elsewhere = samplesMs.length > 0 && measuredOn !== host;
  const subject = {
    name: 'latency-p95' as const,
    critical: false,
    ...latencyP95Ms,
    compares: 'absolute' as const,
    limit: latency.p95BudgetMs,
    support: elsewhere ? 0 : samplesMs.length,
    minimumSupport: latency.minimumSamples,
  };
  const check = withSupport(subject, latency, () => judgeCeiling(subject, latency));
  if (!elsewhere) return check;
  return {
    ...check,
    reason: `Latency was measured on ${quoted(measuredOn)}, which says nothing of this host, ${quoted(host)}.`,
  };
}

function reported({ model: { name, version }, sha256 }: EvaluationEvidence): ReportedVersion {
  return { name, version, evidenceSha256: sha256 };
}
