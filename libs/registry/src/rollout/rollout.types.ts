import { RolloutPlan } from './rollout.plan';
import { Analysis } from './rollout.analysis';
import { RolloutState } from './rollout.machine';

/** A rollout of versions of one registered model. */
export interface Rollout extends RolloutState {
  readonly id: string;
  /** Name of the registered model. */
  readonly model: string;
  readonly plan: RolloutPlan;
  /** Of the assignment; secret like a key, see `unitDigest`. */
  readonly salt: string;
  /** Version by arm; control's is the one that a roll-back restores. */
  readonly versions: Readonly<Record<string, number>>;
  /** The latest one of the present step. */
  readonly analysis?: Analysis;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export interface NewRollout {
  readonly model: string;
  readonly plan: RolloutPlan;
  /** Used where the plan has none. */
  readonly salt: string;
  /** Version by arm: control and every treatment of the plan. */
  readonly versions: Readonly<Record<string, number>>;
  /** Who planned it. */
  readonly actor: string;
  readonly reason: string;
}

/**
 * Where and when one replica saw something of one arm. An interval may be as long as an hour: it is written as often as
 * wanted, in place, and long ones keep the rows of long steps few.
 */
export interface IntervalObservations {
  readonly step: number;
  /** Milliseconds since 1970. */
  readonly intervalStartMs: number;
  /** Of one process from its start to its end; another life of it needs another name. */
  readonly replica: string;
  readonly arm: string;
}
