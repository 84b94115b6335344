import { Analysis } from './rollout.analysis';
import { isObserving, RolloutEvent, RolloutEventKind, RolloutState } from './rollout.machine';

/** Who acts when nobody does. */
export const ANALYSIS_ACTOR = 'rollout analysis';

/**
 * What an analysis makes happen; undefined for nothing. A breach rolls back paused rollouts and those that await approval
 * too; only running ones go on.
 *
 * @param state the one that was analysed: whoever changes it in between wins
 */
export function eventOfAnalysis(
  state: RolloutState,
  { recommendation, findings, atMs }: Analysis,
): RolloutEvent | undefined {
  const kind = eventKindOf(state, recommendation.kind);
  if (kind === undefined) return undefined;
  return {
    kind,
    expectedRevision: state.revision,
    actor: ANALYSIS_ACTOR,
    reason: recommendation.reasons.join(' '),
    evidence: { analysedAtMs: atMs, findings },
  };
}

function eventKindOf(
  state: RolloutState,
  recommended: Analysis['recommendation']['kind'],
): RolloutEventKind | undefined {
  if (recommended === 'rollback') return isObserving(state) ? 'rollback' : undefined;
  if (state.status !== 'running') return undefined;
  if (recommended === 'advance') return 'advance';
  return recommended === 'await-approval' ? 'request-approval' : undefined;
}
