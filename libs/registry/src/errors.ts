import { ApplicationError } from '@thorax/platform';

/** What the registry refuses, and why. `code` is stable; faces translate `kind`. */
export abstract class RegistryError extends ApplicationError {}

/** A value that can never be accepted: a name, a limit, a filter, an artifact path. */
export class InvalidParameterError extends RegistryError {
  readonly code = 'INVALID_PARAMETER';
  readonly kind = 'invalid';

  constructor(message: string, remedy = 'Correct the value and send the request again.') {
    super(message, remedy);
  }
}

/** There is no such experiment, run, model, version, alias or artifact. */
export class ResourceNotFoundError extends RegistryError {
  readonly code = 'RESOURCE_NOT_FOUND';
  readonly kind = 'not-found';

  constructor(what: string) {
    super(`There is no ${what}.`, 'Check the name or id; a search lists what there is.');
  }
}

/** The name is taken. */
export class ResourceExistsError extends RegistryError {
  readonly code = 'RESOURCE_EXISTS';
  readonly kind = 'conflict';

  constructor(what: string, remedy = 'Choose another name, or use what there is.') {
    super(`There is already ${what}.`, remedy);
  }
}

/** Somebody else changed it since it was read: nothing was done. */
export class RevisionConflictError extends RegistryError {
  readonly code = 'REVISION_CONFLICT';
  readonly kind = 'conflict';

  constructor(what: string) {
    super(
      `${what} was changed by somebody else in the meantime; nothing was done.`,
      'Read it again, decide again, and repeat the request if it is still wanted.',
    );
  }
}

/** The stage machine has no such move, or the rules of this installation do not allow it. */
export class IllegalStageTransitionError extends RegistryError {
  readonly code = 'ILLEGAL_STAGE_TRANSITION';
  readonly kind = 'invalid';
}

/** A value as messages show it: one line, at most 100 characters of it. */
export function quoted(value: string): string {
  return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value);
}
