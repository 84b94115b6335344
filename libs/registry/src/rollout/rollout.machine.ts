import { InvalidParameterError, quoted, RevisionConflictError } from '../errors';
import { TransitionGrounds } from '../models/registered-model.types';
import { IllegalRolloutTransitionError } from './rollout.errors';
import { Exposure, exposureOfOneArm, exposureOfStep, RolloutPlan, RolloutStep } from './rollout.plan';

/**
 * Where a rollout stands. `awaiting-approval` and `paused` keep the traffic of their step; what breaches a guard then
 * is rolled back all the same.
 */
export const ROLLOUT_STATUSES = [
  'planned',
  'running',
  'awaiting-approval',
  'paused',
  'completed',
  'rolled-back',
  'aborted',
] as const;
export type RolloutStatus = (typeof ROLLOUT_STATUSES)[number];

/** In these a rollout claims its model: there is one at most. */
export const ACTIVE_STATUSES: readonly RolloutStatus[] = [
  'planned',
  'running',
  'awaiting-approval',
  'paused',
];

/**
 * - `start`: into the first step
 * - `advance`: into the next step, or to completion; for steps whose approval is automatic
 * - `request-approval`, `approve`: the same, for the others
 * - `pause`, `resume`: no further until somebody says so
 * - `rollback`: the previous version answers everything again; of completed rollouts too
 * - `abort`: the same for a rollout that is called off rather than found wanting
 */
export const ROLLOUT_EVENTS = [
  'start',
  'advance',
  'request-approval',
  'approve',
  'pause',
  'resume',
  'rollback',
  'abort',
] as const;
export type RolloutEventKind = (typeof ROLLOUT_EVENTS)[number];

/** Something that happens to a rollout: who, why, and on which evidence. */
export interface RolloutEvent extends TransitionGrounds {
  readonly kind: RolloutEventKind;
  /** The revision that the decision was made on. */
  readonly expectedRevision: number;
  /** With the approval that completes an A/B rollout: the arm that answers from then on. */
  readonly winner?: string;
}

export interface RolloutState {
  readonly status: RolloutStatus;
  /** Index of the step; −1 before the first. Stays when the rollout ends. */
  readonly step: number;
  /** Milliseconds since 1970; of the creation before the first step. */
  readonly stepEnteredAtMs: number;
  /** The arm that answers after completion. */
  readonly winner?: string;
  /** Counts the transitions. */
  readonly revision: number;
}

/** One entry of a rollout's history. */
export interface RolloutTransition extends TransitionGrounds {
  readonly event: RolloutEventKind;
  readonly from: Pick<RolloutState, 'status' | 'step'>;
  readonly to: Pick<RolloutState, 'status' | 'step'>;
  /** The revision that it led to. */
  readonly revision: number;
  readonly atMs: number;
}

/** A rollout that nobody started yet. */
export function plannedState(nowMs: number): RolloutState {
  return { status: 'planned', step: -1, stepEnteredAtMs: nowMs, revision: 0 };
}

/**
 * The one state machine of rollouts. Every event but an illegal one makes a new revision.
 *
 *     planned → step 1 → … → step n → completed
 *        each step: running ⇄ paused, running → awaiting-approval → next
 *        from each step, and from completed: → rolled-back;  from planned and each step: → aborted
 *
 * @throws RevisionConflictError where somebody else was faster, IllegalRolloutTransitionError where the state has no
 *   such move, InvalidParameterError for a winner that is none
 */
export function transitionRollout(
  plan: RolloutPlan,
  state: RolloutState,
  event: RolloutEvent,
  nowMs: number,
): { readonly state: RolloutState; readonly transition: RolloutTransition } {
  if (event.expectedRevision !== state.revision) throw new RevisionConflictError('The rollout');
  const next: RolloutState = { ...state, ...moved(plan, state, event, nowMs), revision: state.revision + 1 };
  const { kind, actor, reason, evidence } = event;
  return {
    state: next,
    transition: {
      event: kind,
      from: { status: state.status, step: state.step },
      to: { status: next.status, step: next.step },
      actor,
      reason,
      evidence: evidence ?? {},
      revision: next.revision,
      atMs: nowMs,
    },
  };
}

/** Whom traffic reaches in this state. Whatever ended without completion has control answer everything. */
export function exposureOf(plan: RolloutPlan, { status, step, winner }: RolloutState): Exposure {
  const isInStep = status === 'running' || status === 'awaiting-approval' || status === 'paused';
  if (isInStep) return exposureOfStep(plan, plan.steps[step]);
  return exposureOfOneArm(plan, status === 'completed' ? (winner ?? plan.control) : plan.control);
}

/** Whether the step of this state must be analysed. */
export function isObserving({ status }: RolloutState): boolean {
  return status === 'running' || status === 'awaiting-approval' || status === 'paused';
}

type Move = Partial<Pick<RolloutState, 'status' | 'step' | 'stepEnteredAtMs' | 'winner'>>;

function moved(plan: RolloutPlan, state: RolloutState, event: RolloutEvent, nowMs: number): Move {
  const { status, step } = state;
  const here: RolloutStep | undefined = plan.steps[step];
  if (event.winner !== undefined && !completesComparison(plan, state, event)) {
    throw new InvalidParameterError(
      'A winner is named with the approval that completes an A/B rollout alone.',
    );
  }
  switch (event.kind) {
    case 'start':
      if (status === 'planned') return { status: 'running', step: 0, stepEnteredAtMs: nowMs };
      break;
    case 'advance':
      if (status === 'running' && here?.approval === 'automatic') return onwards(plan, state, event, nowMs);
      break;
    case 'request-approval':
      if (status === 'running' && here?.approval === 'manual') return { status: 'awaiting-approval' };
      break;
    case 'approve':
      if (status === 'awaiting-approval') return onwards(plan, state, event, nowMs);
      break;
    case 'pause':
      if (status === 'running' || status === 'awaiting-approval') return { status: 'paused' };
      break;
    case 'resume':
      if (status === 'paused') return { status: 'running' };
      break;
    case 'rollback':
      if (isObserving(state) || (status === 'completed' && plan.mode !== 'shadow'))
        return { status: 'rolled-back' };
      break;
    case 'abort':
      if (isObserving(state) || status === 'planned') return { status: 'aborted' };
      break;
  }
  throw noSuchMove(state, here, event);
}

/** Into the next step, or, from the last, to completion. */
function onwards(plan: RolloutPlan, { step }: RolloutState, event: RolloutEvent, nowMs: number): Move {
  if (step + 1 < plan.steps.length) return { status: 'running', step: step + 1, stepEnteredAtMs: nowMs };
  return { status: 'completed', winner: winnerOf(plan, event) };
}

function winnerOf({ mode, control, treatments }: RolloutPlan, { winner }: RolloutEvent): string {
  if (mode === 'shadow') return control;
  if (mode === 'canary') return treatments[0].arm;
  const arms = [control, ...treatments.map(({ arm }) => arm)];
  if (winner !== undefined && arms.includes(winner)) return winner;
  throw new InvalidParameterError(
    `The approval that completes an A/B rollout names the winner: expected one of ${arms.map(quoted).join(', ')}, ` +
      `got ${winner === undefined ? 'nothing' : quoted(winner)}.`,
  );
}

function completesComparison(
  { mode, steps }: RolloutPlan,
  { step }: RolloutState,
  { kind }: RolloutEvent,
): boolean {
  return mode === 'ab' && kind === 'approve' && step === steps.length - 1;
}

function noSuchMove(
  { status }: RolloutState,
  step: RolloutStep | undefined,
  { kind }: RolloutEvent,
): IllegalRolloutTransitionError {
  const where = step === undefined ? status : `${status}, in the step ${quoted(step.name)}`;
  const approval = kind === 'advance' && step?.approval === 'manual' && status === 'running';
  return new IllegalRolloutTransitionError(
    `There is no "${kind}" for a rollout that is ${where}.`,
    approval
      ? 'This step goes on by approval: request it, and approve.'
      : 'Read the rollout again and decide on its present status.',
  );
}
