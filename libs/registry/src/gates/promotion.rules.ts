import { Move, Stage } from '../stages/stage.machine';
import { isOpen } from './approval.rules';
import { GateNotPassedError } from './gate.errors';
import { GateRunSummary } from './gate-run.types';

/**
 * Whether a transition is a promotion: forward, to where images of patients are read. Steps back and restorations are
 * none, so that nothing stands in the way of a roll-back.
 */
export function isPromotion(move: Move | null, to: Stage): boolean {
  return (move === 'advance' || move === 'skip') && (to === 'Canary' || to === 'Production');
}

/**
 * @param latest the version's newest gate run: an older one that passed does not outweigh it
 * @param incumbent the version in Production now, other than the candidate
 * @throws GateNotPassedError
 */
export function assertGateOpen(
  latest: GateRunSummary | undefined,
  incumbent: number | null,
  version: number,
): void {
  if (!latest) {
    throw new GateNotPassedError(
      `Version ${version} has no gate run, and promotions need one here.`,
      'Evaluate it and send the evidence to its gate-runs.',
    );
  }
  if (!isOpen(latest.standing)) {
    throw new GateNotPassedError(
      `The newest gate run of version ${version}, ${latest.id}, stands as ${latest.standing}.`,
      latest.standing === 'awaiting-approval'
        ? 'Let a second person approve it.'
        : 'Read its report; improve the model or evaluate it again.',
    );
  }
  if (latest.incumbent !== incumbent) {
    const said = (number: number | null) => (number === null ? 'no version' : `version ${number}`);
    throw new GateNotPassedError(
      `The gate run ${latest.id} compared version ${version} with ${said(latest.incumbent)}, and ${said(incumbent)} is in Production now.`,
      'Start a gate run against the version that is in Production.',
    );
  }
}
