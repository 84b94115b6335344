import { rolloutPlan } from '../testing';
import { Analysis, Recommendation } from './rollout.analysis';
import { eventOfAnalysis } from './rollout.decision';
import { ROLLOUT_STATUSES, RolloutState, RolloutStatus, transitionRollout } from './rollout.machine';

const state = (overrides: Partial<RolloutState> = {}): RolloutState => ({
  status: 'running',
  step: 0,
  stepEnteredAtMs: 0,
  revision: 3,
  ...overrides,
});
const analysis = (kind: Recommendation['kind']): Analysis => ({
  atMs: 5_000,
  findings: [],
  recommendation: { kind, reasons: ['One.', 'Two.'] },
  state: { step: 0, stepEnteredAtMs: 0, p: {} },
});

describe('eventOfAnalysis', () => {
  it('carries the reasons and the evidence, on the revision that was analysed', () => {
    expect(eventOfAnalysis(state(), analysis('rollback'))).toEqual({
      kind: 'rollback',
      expectedRevision: 3,
      actor: 'rollout analysis',
      reason: 'One. Two.',
      evidence: { analysedAtMs: 5_000, findings: [] },
    });
  });

  it.each<[RolloutStatus, (string | undefined)[]]>([
    ['planned', [undefined, undefined, undefined, undefined]],
    ['running', [undefined, 'advance', 'request-approval', 'rollback']],
    ['awaiting-approval', [undefined, undefined, undefined, 'rollback']],
    ['paused', [undefined, undefined, undefined, 'rollback']],
    ['completed', [undefined, undefined, undefined, undefined]],
    ['rolled-back', [undefined, undefined, undefined, undefined]],
    ['aborted', [undefined, undefined, undefined, undefined]],
  ])('makes of continue, advance, await-approval and rollback, while %s: %j', (status, expected) => {
    const kinds = (['continue', 'advance', 'await-approval', 'rollback'] as const).map(
      (kind) => eventOfAnalysis(state({ status }), analysis(kind))?.kind,
    );
    expect(kinds).toEqual(expected);
  });

  it('never asks the machine for a move that there is none', () => {
    const plan = rolloutPlan();
    for (const status of ROLLOUT_STATUSES) {
      for (const [step, kind] of [
        [0, 'advance'],
        [2, 'await-approval'],
        [1, 'rollback'],
      ] as const) {
        const event = eventOfAnalysis(state({ status, step }), analysis(kind));
        if (event) transitionRollout(plan, state({ status, step }), event, 0);
      }
    }
  });
});
