import { RegistryError } from '../errors';

/** A rollout plan that cannot be used: `details` says where, what was expected and what came. */
export class InvalidRolloutPlanError extends RegistryError {
  readonly code = 'INVALID_ROLLOUT_PLAN';
  readonly kind = 'invalid';

  constructor(readonly details: { readonly path: string; readonly expected: string; readonly got: string }) {
    super(
      `The rollout plan has no usable ${details.path}: expected ${details.expected}, got ${details.got}.`,
      `Correct ${details.path} and send the plan again.`,
    );
  }
}

/** The rollout's state has no such move. */
export class IllegalRolloutTransitionError extends RegistryError {
  readonly code = 'ILLEGAL_ROLLOUT_TRANSITION';
  readonly kind = 'conflict';
}
