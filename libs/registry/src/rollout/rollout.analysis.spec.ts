import { rolloutPlan, rolloutStep, seededRandom } from '../testing';
import { ArmSummary, NOTHING_SEEN } from './arm.observations';
import { AnalysisState, analyse, ArmSummaries, Finding } from './rollout.analysis';
import { RolloutPlan } from './rollout.plan';
import { histogramOf } from './statistics/latency-histogram';

/** An arm whose latencies are all the same and whose agreement is either 0 or 1. */
function arm({
  requests = 1_000,
  errors = 0,
  latencyMs = 20,
  agreed = 0,
  disagreed = 0,
  accepted = 0,
  rejected = 0,
} = {}): ArmSummary {
  const [[bucket]] = Object.entries(histogramOf(latencyMs));
  return {
    ...NOTHING_SEEN,
    requests,
    errors,
    units: requests,
    latency: { [bucket]: requests - errors },
    agreement: { count: agreed + disagreed, sum: 1_000 * agreed, sumOfSquares: 1_000_000 * agreed },
    feedback: { accepted, rejected },
  };
}
const control = (requests = 9_000) => arm({ requests });
const live = (
  changes: Partial<ReturnType<typeof rolloutStep>> = {},
  plan: Partial<RolloutPlan> = {},
): RolloutPlan => rolloutPlan({ ...plan, steps: [rolloutStep(changes)] });
const judge = (summaries: ArmSummaries, plan = live(), previous?: AnalysisState, nowMs = 0) =>
  analyse(plan, { step: 0, stepEnteredAtMs: 0 }, summaries, previous, nowMs);
const of = (findings: readonly Finding[], guard: string) =>
  findings.find((finding) => finding.guard === guard)!;

describe('analyse', () => {
  it('lets a healthy candidate advance, or await approval where the step asks for it', () => {
    const summaries = { control: control(), candidate: arm() };
    expect(judge(summaries).recommendation.kind).toBe('advance');
    expect(judge(summaries, live({ approval: 'manual' })).recommendation.kind).toBe('await-approval');
  });

  it('waits for observations and time, and says how much is missing', () => {
    const plan = live({ minObservations: 2_000, minDurationMs: 60_000 });
    expect(judge({ control: control(), candidate: arm() }, plan, undefined, 45_000).recommendation).toEqual({
      kind: 'continue',
      reasons: ['candidate has 1000 of 2000 requests.', 'The step has lasted 45 of 60 s.'],
    });
    expect(judge({}, plan, undefined, 60_000).recommendation.kind).toBe('continue');
  });

  it.each([
    ['error-rate', arm({ errors: 100 }), 0.1],
    ['p95-latency', arm({ latencyMs: 60 }), 3],
    ['agreement', arm({ agreed: 100, disagreed: 100 }), 0.5],
    ['feedback', arm({ accepted: 50, rejected: 150 }), 0.75],
  ])('rolls back for %s, with the figures as reason', (guard, candidate, value) => {
    const { findings, recommendation } = judge({ control: control(), candidate });
    expect(of(findings, guard)).toMatchObject({ outcome: 'breached', arm: 'candidate' });
    expect(of(findings, guard).value! / value).toBeCloseTo(1, 1);
    expect(recommendation.kind).toBe('rollback');
    expect(recommendation.reasons).toEqual([expect.stringContaining(`${guard} of candidate: breached`)]);
    expect(findings.filter(({ outcome }) => outcome === 'breached')).toHaveLength(1);
  });

  it('rolls back when arms do not get their units: at 10 %, 800 of 10 000', () => {
    const { findings, recommendation } = judge({
      control: control(9_200),
      candidate: arm({ requests: 800 }),
    });
    expect(of(findings, 'sample-ratio').outcome).toBe('breached');
    expect(recommendation.kind).toBe('rollback');
  });

  it('keeps a step going, and neither advances nor rolls back, while harm may be chance', () => {
    const { findings, recommendation } = judge({ control: control(), candidate: arm({ errors: 15 }) });
    expect(of(findings, 'error-rate')).toMatchObject({ value: 0.015, limit: 0.01, outcome: 'undecided' });
    expect(recommendation.kind).toBe('continue');
  });

  it('judges nobody by fewer than 50 observations', () => {
    const { findings } = judge({ control: control(441), candidate: arm({ requests: 49, errors: 49 }) });
    expect(of(findings, 'error-rate')).toMatchObject({ value: 1, outcome: 'undecided', p: 1 });
  });

  it('does not mind a candidate that is better', () => {
    const summaries = { control: arm({ requests: 9_000, errors: 900, latencyMs: 90 }), candidate: arm() };
    expect(judge(summaries).recommendation.kind).toBe('advance');
  });

  it('wants agreement of a shadow, which has no other purpose, and no ratio of samples', () => {
    const plan = live({ traffic: 'shadow' }, { mode: 'shadow' });
    const { findings, recommendation } = judge({ control: control(), candidate: arm() }, plan);
    expect(recommendation).toMatchObject({
      kind: 'continue',
      reasons: [expect.stringContaining('agreement')],
    });
    expect(of(findings, 'sample-ratio')).toBeUndefined();
    expect(
      judge({ control: control(), candidate: arm({ agreed: 900, disagreed: 100 }) }, plan).recommendation
        .kind,
    ).toBe('advance');
  });

  it('shares α among the tests of a step', () => {
    const { findings } = judge({ control: control(), candidate: arm() });
    expect(findings.map(({ guard, alpha }) => [guard, alpha])).toEqual([
      ['error-rate', 0.0125],
      ['p95-latency', 0.0125],
      ['agreement', 0.0125],
      ['feedback', 0.0125],
      ['sample-ratio', 0.001],
    ]);
  });

  it('keeps the smallest p of a step, through JSON, and forgets it with the step', () => {
    const bad = { control: control(), candidate: arm({ errors: 22 }) };
    const good = { control: control(), candidate: arm({ errors: 12 }) };
    const { state, findings } = judge(bad);
    const before = of(findings, 'error-rate').p;
    expect(before).toBeLessThan(1);
    const kept = JSON.parse(JSON.stringify(state)) as AnalysisState;
    expect(of(judge(good, live(), kept).findings, 'error-rate').p).toBe(before);
    expect(of(judge(good, live(), { ...kept, stepEnteredAtMs: 1 }).findings, 'error-rate').p).toBe(1);
  });

  it('judges every treatment of an A/B comparison for itself', () => {
    const plan = live(
      { shareBasisPoints: 5_000, approval: 'manual' },
      {
        mode: 'ab',
        treatments: [
          { arm: 'b', basisPoints: 5_000 },
          { arm: 'c', basisPoints: 5_000 },
        ],
      },
    );
    const { findings, recommendation } = judge(
      { control: control(2_000), b: arm(), c: arm({ errors: 200 }) },
      plan,
    );
    expect(findings.filter(({ outcome }) => outcome === 'breached').map(({ arm: name }) => name)).toEqual([
      'c',
    ]);
    expect(recommendation.kind).toBe('rollback');
    expect(judge({ control: control(2_000), b: arm(), c: arm() }, plan).recommendation.kind).toBe(
      'await-approval',
    );
  });

  it('rolls back 1 of 200 candidates that are exactly at all limits, looked at 40 times each; α = 5 % allows 10', () => {
    const random = seededRandom(41);
    const rolledBack = Array.from({ length: 200 }, () => atAllLimits(random)).filter(Boolean);
    expect(rolledBack.length).toBeLessThanOrEqual(10);
    expect(rolledBack.length).toBe(1);
  });
});

/** Whether one candidate at all limits of the plan is rolled back within 40 intervals of 100 requests and as many of control. */
function atAllLimits(random: () => number): boolean {
  const plan = live({ minObservations: 1_000_000, shareBasisPoints: 5_000 });
  const summaries = { control: mutable(), candidate: mutable() };
  let state: AnalysisState | undefined;
  for (let look = 0; look < 40; look++) {
    for (let i = 0; i < 200; i++) {
      const name = random() < 0.5 ? 'candidate' : 'control';
      const scale = name === 'candidate' ? 1.5 : 1;
      const seen = summaries[name];
      seen.requests += 1;
      seen.units += 1;
      if (random() < (name === 'candidate' ? 0.03 : 0.02)) seen.errors += 1;
      else {
        const [[bucket]] = Object.entries(histogramOf(20 * scale * (1 - random()) ** -0.3));
        seen.latency[bucket] = (seen.latency[bucket] ?? 0) + 1;
      }
      const agrees = random() < 0.7 ? 1 : 0;
      seen.agreement.count += 1;
      seen.agreement.sum += 1_000 * agrees;
      seen.agreement.sumOfSquares += 1_000_000 * agrees;
      seen.feedback[random() < 0.3 ? 'rejected' : 'accepted'] += 1;
    }
    const analysis = judge(summaries, plan, state);
    if (analysis.recommendation.kind === 'rollback') return true;
    state = analysis.state;
  }
  return false;
}

function mutable() {
  return {
    requests: 0,
    errors: 0,
    units: 0,
    latency: {} as Record<string, number>,
    agreement: { count: 0, sum: 0, sumOfSquares: 0 },
    feedback: { accepted: 0, rejected: 0 },
  };
}
