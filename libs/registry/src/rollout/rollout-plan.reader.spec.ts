import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { exposureOfOneArm, exposureOfStep } from './rollout.plan';
import { DEFAULT_ROLLOUT_PLAN_PATH, readRolloutPlan } from './rollout-plan.reader';
import { InvalidRolloutPlanError } from './rollout.errors';

const text = readFileSync(DEFAULT_ROLLOUT_PLAN_PATH, 'utf8');
type Tree = Record<string, unknown>;
const document = (changes: Tree = {}): Tree => ({ ...(parse(text) as Tree), ...changes });
const step = (changes: Tree = {}): Tree => ({ ...(document().steps as Tree[])[1], ...changes });
const ab = (changes: Tree = {}): Tree =>
  document({
    mode: 'ab',
    control: 'a',
    treatments: [
      { arm: 'b', basis_points: 4_000 },
      { arm: 'c', basis_points: 6_000 },
    ],
    steps: [step({ approval: 'manual' })],
    ...changes,
  });
const read = (plan: unknown) => readRolloutPlan(JSON.stringify(plan));
const refusal = (plan: unknown): InvalidRolloutPlanError['details'] => {
  try {
    read(plan);
  } catch (error) {
    if (error instanceof InvalidRolloutPlanError) return error.details;
    throw error;
  }
  throw new Error('The plan was accepted.');
};

describe('readRolloutPlan', () => {
  it('reads the default policy: a shadow, then 5 %, 25 % and, with approval, 50 %', () => {
    const { mode, steps, guards, test, salt, analysisIntervalMs } = readRolloutPlan(text);
    expect([mode, salt, analysisIntervalMs]).toEqual(['canary', undefined, 60_000]);
    expect(
      steps.map(({ traffic, shareBasisPoints, approval }) => [traffic, shareBasisPoints, approval]),
    ).toEqual([
      ['shadow', 2_000, 'automatic'],
      ['live', 500, 'automatic'],
      ['live', 2_500, 'automatic'],
      ['live', 5_000, 'manual'],
    ]);
    expect(guards).toEqual({
      maxErrorRateIncrease: 0.01,
      maxP95LatencyRatio: 1.5,
      minAgreement: 0.7,
      maxFeedbackRejectRate: 0.3,
    });
    expect(test).toEqual({ alpha: 0.05, tauSquared: 0.001, sampleRatioAlpha: 0.001 });
  });

  it('reads the same from YAML and from JSON', () => {
    expect(read(document())).toEqual(readRolloutPlan(text));
    expect(readRolloutPlan(stringify(ab()))).toEqual(read(ab()));
  });

  it('reads named arms of A/B plans', () => {
    const plan = read(ab());
    expect(plan.control).toBe('a');
    expect(plan.treatments.map(({ arm }) => arm)).toEqual(['b', 'c']);
  });

  it.each<[string, unknown]>([
    ['content', []],
    ['version', document({ version: 2 })],
    ['mode', document({ mode: 'big bang' })],
    ['name', document({ name: 'two\nlines' })],
    ['salt', document({ salt: 'nul\0' })],
    ['stepz', document({ stepz: [] })],
    ['steps', document({ steps: [] })],
    ['analysis_interval_seconds', document({ analysis_interval_seconds: 0 })],
    ['guards.max_error_rate_increase', document({ guards: { max_p95_latency_ratio: 2 } })],
    ['guards.max_eror_rate', document({ guards: { max_eror_rate: 1 } })],
    ['test.alpha', document({ test: { alpha: 0.9 } })],
    ['steps[0].share_basis_points', document({ steps: [step({ share_basis_points: 10_000 })] })],
    ['steps[1].share_basis_points', document({ steps: [step(), step({ share_basis_points: 499 })] })],
    ['steps[1].traffic', document({ steps: [step(), step({ traffic: 'shadow' })] })],
    ['steps[0].traffic', document({ steps: [step({ traffic: 'shadow' })] })],
    ['steps[0].traffic', document({ mode: 'shadow', steps: [step()] })],
    ['steps[0].min_observations', document({ steps: [step({ min_observations: 1.5 })] })],
    ['treatments', document({ treatments: [] })],
    ['treatments', ab({ treatments: [{ arm: 'b', basis_points: 9_999 }] })],
    ['treatments', ab({ treatments: [{ arm: 'a', basis_points: 10_000 }] })],
    ['treatments[0].basis_points', ab({ treatments: [{ arm: 'b', basis_points: 0 }] })],
    ['steps[0].approval', ab({ steps: [step()] })],
  ])('refuses, and names, %s', (path, plan) => expect(refusal(plan).path).toBe(path));

  it('refuses what is too long, no document, or repeats itself through aliases', () => {
    const bomb = `version: 1\nname: &a [1]\nmode: *a`;
    for (const bad of ['a: '.padEnd(70_000, 'x'), 'a: [', 'version: 1\nversion: 1', bomb]) {
      expect(() => readRolloutPlan(bad)).toThrow(InvalidRolloutPlanError);
    }
  });

  it('either reads a plan or refuses it as such, whatever the text', () => {
    const damaged = fc
      .tuple(fc.nat(text.length), fc.nat(40), fc.string({ maxLength: 8 }))
      .map(([at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut));
    fc.assert(
      fc.property(fc.oneof(fc.string(), damaged), (any) => {
        try {
          expect(readRolloutPlan(any).steps.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidRolloutPlanError);
        }
      }),
    );
  });
});

describe('exposure', () => {
  it('of a shadow step answers nobody, of a live step its share, of one arm all', () => {
    const plan = read(document());
    expect(exposureOfStep(plan, plan.steps[0])).toMatchObject({
      split: { treatedBasisPoints: 0 },
      shadowBasisPoints: 2_000,
    });
    expect(exposureOfStep(plan, plan.steps[2])).toMatchObject({
      split: { treatedBasisPoints: 2_500 },
      shadowBasisPoints: 0,
    });
    expect(exposureOfOneArm(plan, 'candidate').split.treatedBasisPoints).toBe(10_000);
    expect(exposureOfOneArm(plan, 'control').split.treatedBasisPoints).toBe(0);
    expect(exposureOfOneArm(read(ab()), 'c').split.treatments).toEqual([
      { arm: 'b', basisPoints: 0 },
      { arm: 'c', basisPoints: 10_000 },
    ]);
  });
});
