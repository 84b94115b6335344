import { ApprovalRefusedError } from './gate.errors';
import { GateDecision } from './gate.report';

/** What somebody said of a gate run; it stands for good. */
export interface GateApproval {
  readonly actor: string;
  readonly verdict: 'approve' | 'reject';
  readonly reason: string;
  readonly atMs: number;
}

/** Where a gate run stands. `passed` and `approved` open the gate. */
export type GateStanding = 'passed' | 'failed' | 'awaiting-approval' | 'approved' | 'rejected';

/** What approval depends on. */
export interface ApprovableRun {
  readonly decision: GateDecision;
  readonly approvalsRequired: number;
  readonly askedBy: string;
  readonly approvals: readonly GateApproval[];
}

/** How callers are called that did not say who they are. */
export const ANONYMOUS_PREFIX = 'anonymous';

/** One rejection ends a run; until then as many approvals are needed as the policy said when it was judged. */
export function standingOf({ decision, approvalsRequired, approvals }: ApprovableRun): GateStanding {
  if (decision === 'pass') return 'passed';
  if (decision === 'fail') return 'failed';
  if (approvals.some(({ verdict }) => verdict === 'reject')) return 'rejected';
  return approvals.length >= approvalsRequired ? 'approved' : 'awaiting-approval';
}

export function isOpen(standing: GateStanding): boolean {
  return standing === 'passed' || standing === 'approved';
}

/**
 * Whether this person may speak now: a second one, known by name, once, while the run waits for it. Names are compared
 * without regard to case, width and surrounding space.
 *
 * @throws ApprovalRefusedError
 */
export function assertMayApprove(run: ApprovableRun, actor: string): void {
  const standing = standingOf(run);
  if (standing !== 'awaiting-approval') {
    throw new ApprovalRefusedError(
      `This gate run awaits no approval: it stands as ${standing}.`,
      'Start another gate run if the decision is to be made again.',
    );
  }
  if (isAnonymous(actor) || isAnonymous(run.askedBy)) {
    throw new ApprovalRefusedError(
      'Nobody can tell whether the one who approves is another person than the one who asked: one of them is anonymous.',
      'Name both with the header X-Thorax-Actor, when the gate run is started and when it is approved.',
    );
  }
  if (actorKey(actor) === actorKey(run.askedBy)) {
    throw new ApprovalRefusedError(
      'The one who asked for the gate run cannot approve it.',
      'Ask a second person to look at the report.',
    );
  }
  if (run.approvals.some((approval) => actorKey(approval.actor) === actorKey(actor))) {
    throw new ApprovalRefusedError(
      'This person has approved or rejected the gate run already.',
      'Ask another person, where more approvals are required.',
    );
  }
}

/** Equal for different spellings of one name. */
export function actorKey(actor: string): string {
  return actor.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();
}

export function isAnonymous(actor: string): boolean {
  return actorKey(actor).startsWith(ANONYMOUS_PREFIX);
}
