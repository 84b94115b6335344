import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { ALL_BASIS_POINTS, TreatmentWeight } from './arm-assignment';
import { invalidPlan, PlanSection } from './plan-section';
import {
  ROLLOUT_MODES,
  RolloutGuards,
  RolloutMode,
  RolloutPlan,
  RolloutStep,
  SequentialTestRules,
  STEP_APPROVALS,
  STEP_TRAFFICS,
} from './rollout.plan';

/** The policy that ships with Thorax, for rollouts that name none. */
export const DEFAULT_ROLLOUT_PLAN_PATH = join(__dirname, '../../policies/default-rollout.yaml');

const MAX_PLAN_CHARACTERS = 64 * 1024;
const MOST_STEPS = 20;
const MOST_TREATMENTS = 8;
const MOST_SECONDS = 90 * 24 * 3_600;
/** Control keeps some traffic to compare with; only completion gives all of it away. */
const MOST_SHARE = 9_900;

const PLAN_KEYS = [
  'version', 'name', 'mode', 'salt', 'analysis_interval_seconds', 'agreement_iou', 'control', 'treatments', 'guards',
  'test', 'steps',
]; // prettier-ignore
const GUARD_KEYS = [
  'max_error_rate_increase',
  'max_p95_latency_ratio',
  'min_agreement',
  'max_feedback_reject_rate',
];
const TEST_KEYS = ['alpha', 'tau_squared', 'sample_ratio_alpha'];
const STEP_KEYS = [
  'name', 'traffic', 'share_basis_points', 'min_observations', 'min_duration_seconds', 'approval',
]; // prettier-ignore

/**
 * Reads a rollout plan from YAML, or from JSON, which is YAML too; `policies/default-rollout.yaml` shows every key.
 *
 * @throws InvalidRolloutPlanError that names the path, for the first thing wrong: unknown keys, aliases and more than
 * 64 Ki characters included
 */
export function readRolloutPlan(text: string): RolloutPlan {
  if (text.length > MAX_PLAN_CHARACTERS) {
    throw invalidPlan('content', `at most ${MAX_PLAN_CHARACTERS} characters`, text.length);
  }
  const document = parseDocument(text, { uniqueKeys: true, logLevel: 'silent' });
  if (document.errors.length > 0) {
    throw invalidPlan('content', 'one YAML or JSON document', document.errors[0].message.split('\n')[0]);
  }
  return rolloutPlanOf(contentOf(document));
}

/** The same for a plan that is parsed already. @throws InvalidRolloutPlanError */
export function rolloutPlanOf(value: unknown): RolloutPlan {
  const plan = new PlanSection(value, '', PLAN_KEYS);
  const version = plan.integer('version', 1, 1) as 1;
  const mode = plan.choice('mode', ROLLOUT_MODES);
  const arms = armsOf(plan, mode);
  return {
    version,
    name: plan.name('name'),
    mode,
    ...(plan.has('salt') ? { salt: plan.name('salt') } : {}),
    analysisIntervalMs: 1_000 * plan.number('analysis_interval_seconds', 1, 24 * 3_600),
    agreementIou: plan.has('agreement_iou') ? plan.number('agreement_iou', 0.05, 1) : 0.4,
    ...arms,
    guards: guardsOf(plan.section('guards', GUARD_KEYS)),
    test: testOf(plan.section('test', TEST_KEYS)),
    steps: stepsOf(plan, mode),
  };
}

function contentOf(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch {
    throw invalidPlan('content', 'no aliases', 'one');
  }
}

/** `control` and `treatments` are named in A/B plans alone; elsewhere there is one candidate. */
function armsOf(plan: PlanSection, mode: RolloutMode): Pick<RolloutPlan, 'control' | 'treatments'> {
  if (mode !== 'ab') {
    for (const key of ['control', 'treatments']) {
      if (plan.has(key)) throw invalidPlan(plan.at(key), `nothing in a plan whose mode is ${mode}`, 'some');
    }
    return { control: 'control', treatments: [{ arm: 'candidate', basisPoints: ALL_BASIS_POINTS }] };
  }
  const control = plan.name('control');
  const treatments = plan.list('treatments', ['arm', 'basis_points'], 1, MOST_TREATMENTS).map(
    (one): TreatmentWeight => ({
      arm: one.name('arm'),
      basisPoints: one.integer('basis_points', 1, ALL_BASIS_POINTS),
    }),
  );
  const names = [control, ...treatments.map(({ arm }) => arm)];
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw invalidPlan('treatments', 'arms of different names', twice);
  const sum = treatments.reduce((total, { basisPoints }) => total + basisPoints, 0);
  if (sum !== ALL_BASIS_POINTS) {
    throw invalidPlan('treatments', `basis_points that sum up to ${ALL_BASIS_POINTS}`, sum);
  }
  return { control, treatments };
}

function guardsOf(guards: PlanSection): RolloutGuards {
  return {
    maxErrorRateIncrease: guards.number('max_error_rate_increase', 0, 1),
    maxP95LatencyRatio: guards.number('max_p95_latency_ratio', 1, 1_000),
    ...(guards.has('min_agreement') ? { minAgreement: guards.number('min_agreement', 0, 1) } : {}),
    ...(guards.has('max_feedback_reject_rate')
      ? { maxFeedbackRejectRate: guards.number('max_feedback_reject_rate', 0, 1) }
      : {}),
  };
}

function testOf(test: PlanSection): SequentialTestRules {
  return {
    alpha: test.number('alpha', 1e-9, 0.5),
    tauSquared: test.number('tau_squared', 1e-9, 1),
    sampleRatioAlpha: test.number('sample_ratio_alpha', 1e-9, 0.5),
  };
}

function stepsOf(plan: PlanSection, mode: RolloutMode): RolloutStep[] {
  const steps = plan.list('steps', STEP_KEYS, 1, MOST_STEPS).map((step): RolloutStep => {
    const traffic = step.choice('traffic', STEP_TRAFFICS);
    return {
      name: step.name('name'),
      traffic,
      shareBasisPoints: step.integer(
        'share_basis_points',
        1,
        traffic === 'live' ? MOST_SHARE : ALL_BASIS_POINTS,
      ),
      minObservations: step.integer('min_observations', 1, 10_000_000),
      minDurationMs: 1_000 * step.number('min_duration_seconds', 0, MOST_SECONDS),
      approval: step.choice('approval', STEP_APPROVALS),
    };
  });
  for (const [index, step] of steps.entries()) assertInOrder(step, steps[index - 1], index, mode);
  const last = steps.length - 1;
  if (mode === 'canary' && steps[last].traffic !== 'live') {
    throw invalidPlan(`steps[${last}].traffic`, 'live: what answers all must have answered some', 'shadow');
  }
  if (mode === 'ab' && steps[last].approval !== 'manual') {
    throw invalidPlan(`steps[${last}].approval`, 'manual: a person chooses the winner', steps[last].approval);
  }
  return steps;
}

/** Shadows come first, and live shares never shrink: a unit that was treated stays so until the end. */
function assertInOrder(
  step: RolloutStep,
  before: RolloutStep | undefined,
  index: number,
  mode: RolloutMode,
): void {
  const { traffic, shareBasisPoints } = step;
  const only = { canary: undefined, shadow: 'shadow', ab: 'live' }[mode];
  if (only !== undefined && traffic !== only) {
    throw invalidPlan(`steps[${index}].traffic`, `${only} in a plan whose mode is ${mode}`, traffic);
  }
  if (before?.traffic !== 'live') return;
  if (traffic !== 'live') throw invalidPlan(`steps[${index}].traffic`, 'live after a live step', traffic);
  if (shareBasisPoints < before.shareBasisPoints) {
    throw invalidPlan(
      `steps[${index}].share_basis_points`,
      `${before.shareBasisPoints} or more, as the step before`,
      shareBasisPoints,
    );
  }
}
