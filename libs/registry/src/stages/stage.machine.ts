import { IllegalStageTransitionError, InvalidParameterError, quoted } from '../errors';
import type { InspectionRule } from '../inspection/loadable.policy';

/** The stages of a model version, in the order in which it earns them. */
export const STAGES = ['None', 'Staging', 'Canary', 'Production', 'Archived'] as const;
export type Stage = (typeof STAGES)[number];

/**
 * What a transition is:
 *
 * - `advance`: to the next stage
 * - `skip`: over a stage, or to one that was never earned
 * - `step-back`: to an earlier stage
 * - `archive`: out of use
 * - `restore`: from the archive to a stage that the version has been in, as a roll-back does
 */
export type Move = 'advance' | 'skip' | 'step-back' | 'archive' | 'restore';

/** What is at the discretion of an installation. */
export interface StageRules {
  /** Clients of MLflow know no Canary and go from None or Staging straight to Production. */
  readonly skips: 'allow' | 'refuse';
  /** Default: `record`. */
  readonly inspection?: InspectionRule;
  /** Whether promotions need an open gate; default: what the gate said is only taken down. */
  readonly gates?: 'require' | 'record';
}

/** What decides a transition. */
export interface TransitionSituation {
  readonly from: Stage;
  readonly to: Stage;
  /** Stages that the version has been in; `None` and `from` count as such anyway. */
  readonly visited: readonly Stage[];
}

/**
 * The one state machine of stages.
 *
 *     None → Staging → Canary → Production → Archived
 *
 * Going back is free among the first four, anything may be archived, and the archive gives back.
 *
 * @returns the move, or null where the version is in that stage already
 * @throws IllegalStageTransitionError for a skip where the rules refuse it
 */
export function decideTransition({ from, to, visited }: TransitionSituation, rules: StageRules): Move | null {
  if (from === to) return null;
  if (to === 'Archived') return 'archive';
  if (from === 'Archived') {
    return to === 'None' || visited.includes(to) ? 'restore' : allowedSkip(from, to, rules);
  }
  const steps = STAGES.indexOf(to) - STAGES.indexOf(from);
  if (steps < 0) return 'step-back';
  return steps === 1 ? 'advance' : allowedSkip(from, to, rules);
}

function allowedSkip(from: Stage, to: Stage, { skips }: StageRules): Move {
  if (skips === 'allow') return 'skip';
  throw new IllegalStageTransitionError(
    `A version cannot go from ${from} to ${to}: it has not been in the stages before ${to}, and skipping them is off.`,
    from === 'Archived'
      ? 'Restore it to None first.'
      : `Move it to ${STAGES[STAGES.indexOf(from) + 1]} first.`,
  );
}

/** A stage by its name, in any case. @throws InvalidParameterError */
export function stageNamed(name: string): Stage {
  const stage = STAGES.find((known) => known.toLowerCase() === name.toLowerCase());
  if (stage) return stage;
  throw new InvalidParameterError(
    `Invalid Model Version stage: ${quoted(name)}. Value must be one of ${STAGES.join(', ')}.`,
  );
}

/** Whether versions in this stage are in use, so that one may replace the others in it. */
export function isInUse(stage: Stage): boolean {
  return stage === 'Staging' || stage === 'Canary' || stage === 'Production';
}
