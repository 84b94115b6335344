/**
 * Where one version of a model stands, in the words of the repository index. What is not loaded, no longer or not
 * yet, is `unavailable` and says why.
 */
export type VersionState =
  | { readonly status: 'loading' }
  | { readonly status: 'ready' }
  | { readonly status: 'unloading' }
  | { readonly status: 'unavailable'; readonly reason: string };

/** What happens to a version. */
export type VersionEvent =
  | { readonly kind: 'load' }
  | { readonly kind: 'loaded' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'unload' }
  | { readonly kind: 'drained' };

/** An event that cannot happen in the state it came in: a defect, never an operator's fault. */
export class ImpossibleTransitionError extends Error {
  readonly code = 'IMPOSSIBLE_TRANSITION';

  constructor(state: VersionState, event: VersionEvent) {
    super(`A version that is ${state.status} cannot be told "${event.kind}".`);
    this.name = new.target.name;
  }
}

/** Reason of a version that was there and was let go. */
export const UNLOADED = 'unloaded';

/**
 * LOADING → READY → UNLOADING → UNAVAILABLE, and from there only LOADING again. A load that fails is UNAVAILABLE with
 * the reason; a worker that comes up later after all makes such a version READY. Unloading what is still loading
 * waits for the end of that, so it is no transition.
 *
 * Throws {@link ImpossibleTransitionError}.
 */
export function nextVersionState(state: VersionState, event: VersionEvent): VersionState {
  const at = `${state.status} ${event.kind}`;
  switch (at) {
    case 'unavailable load':
      return { status: 'loading' };
    case 'loading loaded':
    case 'unavailable loaded':
      return { status: 'ready' };
    case 'loading failed':
      return { status: 'unavailable', reason: (event as { reason: string }).reason };
    case 'ready unload':
    case 'unavailable unload':
      return { status: 'unloading' };
    case 'unloading drained':
      return { status: 'unavailable', reason: UNLOADED };
    default:
      throw new ImpossibleTransitionError(state, event);
  }
}

/** Whether requests may be sent to it. */
export function acceptsRequests({ status }: VersionState): boolean {
  return status === 'ready';
}
