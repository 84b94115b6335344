import { decideTransition, Stage, STAGES } from '../stages/stage.machine';
import { GateNotPassedError } from './gate.errors';
import { assertGateOpen, isPromotion } from './promotion.rules';

const summary = { id: 'r', standing: 'passed', incumbent: null } as const;

describe('isPromotion', () => {
  it('is a way forward to Canary or Production, and no roll-back', () => {
    const promotions = STAGES.flatMap((from) =>
      STAGES.filter((to) =>
        isPromotion(decideTransition({ from, to, visited: ['Production'] }, { skips: 'allow' }), to),
      ).map((to): [Stage, Stage] => [from, to]),
    );
    expect(promotions).toEqual([
      ['None', 'Canary'],
      ['None', 'Production'],
      ['Staging', 'Canary'],
      ['Staging', 'Production'],
      ['Canary', 'Production'],
      // Production was left for the archive, so only Canary was never earned.
      ['Archived', 'Canary'],
    ]);
  });
});

describe('assertGateOpen', () => {
  it('lets through what passed or was approved against the version in Production', () => {
    assertGateOpen(summary, null, 2);
    assertGateOpen({ ...summary, standing: 'approved', incumbent: 1 }, 1, 2);
  });

  it.each([
    ['without a run', undefined, null, /has no gate run/],
    ['that failed', { ...summary, standing: 'failed' as const }, null, /stands as failed/],
    ['that was rejected', { ...summary, standing: 'rejected' as const }, null, /stands as rejected/],
    [
      'that awaits approval',
      { ...summary, standing: 'awaiting-approval' as const },
      null,
      /awaiting-approval/,
    ],
    ['against no version, when one is in Production', summary, 1, /with no version, and version 1 is/],
    ['against a version that left', { ...summary, incumbent: 1 }, 3, /with version 1, and version 3 is/],
  ])('stops a version %s', (_, run, incumbent, message) => {
    expect(() => assertGateOpen(run, incumbent, 2)).toThrow(GateNotPassedError);
    expect(() => assertGateOpen(run, incumbent, 2)).toThrow(message);
  });
});
