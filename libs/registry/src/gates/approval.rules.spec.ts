import { ApprovableRun, assertMayApprove, GateApproval, standingOf } from './approval.rules';
import { ApprovalRefusedError } from './gate.errors';

const said = (parts: Partial<GateApproval> = {}): GateApproval => ({
  actor: 'B. Chief',
  verdict: 'approve',
  reason: 'Looked at the misses.',
  atMs: 1,
  ...parts,
});
const run = (parts: Partial<ApprovableRun> = {}): ApprovableRun => ({
  decision: 'needs-approval',
  approvalsRequired: 2,
  askedBy: 'A. Trainer',
  approvals: [],
  ...parts,
});

describe('a gate run', () => {
  it.each<[string, Partial<ApprovableRun>]>([
    ['passed', { decision: 'pass' }],
    ['failed', { decision: 'fail' }],
    ['awaiting-approval', {}],
    ['awaiting-approval', { approvals: [said()] }],
    ['approved', { approvals: [said(), said({ actor: 'C. Chief' })] }],
    ['rejected', { approvals: [said(), said({ actor: 'C. Chief', verdict: 'reject' })] }],
  ])('stands as %s', (standing, parts) => {
    expect(standingOf(run(parts))).toBe(standing);
  });

  it('hears a second person', () => {
    expect(() => assertMayApprove(run({ approvals: [said()] }), 'C. Chief')).not.toThrow();
  });

  it.each<[string, Partial<ApprovableRun>, string]>([
    ['the one who asked', {}, 'A. Trainer'],
    ['the one who asked, spelt otherwise', {}, ' a.  TRAINER'],
    ['somebody for the second time', { approvals: [said()] }, 'b. chief'],
    ['nobody by name', {}, 'anonymous (curl)'],
    ['anybody, where the one who asked has no name', { askedBy: 'anonymous (curl)' }, 'B. Chief'],
    ['anybody, where it passed', { decision: 'pass' }, 'B. Chief'],
    ['anybody, where it failed', { decision: 'fail' }, 'B. Chief'],
    ['anybody, once rejected', { approvals: [said({ verdict: 'reject' })] }, 'C. Chief'],
  ])('does not hear %s', (_, parts, actor) => {
    expect(() => assertMayApprove(run(parts), actor)).toThrow(ApprovalRefusedError);
  });
});
