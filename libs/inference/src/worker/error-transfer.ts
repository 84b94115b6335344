import { RefusedImageError, RefusedImageJson } from '@thorax/radiograph';
import * as errors from '../errors';
import { InferenceError, InferenceErrorPayload, InferenceFailedError } from '../errors';
import * as remoteErrors from '../remote/remote.errors';

/** An error as plain data, on its way between threads. */
export type ErrorPayload =
  | { readonly type: 'inference'; readonly error: InferenceErrorPayload }
  | { readonly type: 'refused-image'; readonly error: RefusedImageJson }
  | { readonly type: 'unexpected'; readonly name: string; readonly stack: string };

type Constructor = new (details: object) => InferenceError;

const CONSTRUCTORS = new Map<string, unknown>(Object.entries({ ...errors, ...remoteErrors }));

/** Takes an error apart. What was not thrown on purpose keeps its stack, for the log of the main thread alone. */
export function dismantle(error: unknown): ErrorPayload {
  if (error instanceof InferenceError) return { type: 'inference', error: error.toJSON() };
  if (error instanceof RefusedImageError) return { type: 'refused-image', error: error.toJSON() };
  if (error instanceof Error)
    return { type: 'unexpected', name: error.name, stack: error.stack ?? error.message };
  return { type: 'unexpected', name: typeof error, stack: String(error) };
}

/**
 * Puts an error together again: of the class it had, equal in code, message and details. An unexpected one
 * becomes an {@link InferenceFailedError} that names its class only, since its text may quote the image's
 * header; the stack is in `cause`.
 */
export function reassemble(payload: ErrorPayload): Error {
  if (payload.type === 'refused-image') return RefusedImageError.fromJSON(payload.error);
  if (payload.type === 'inference') {
    const constructor = CONSTRUCTORS.get(payload.error.name) as Constructor;
    return new constructor(payload.error.details);
  }
  const failure = new InferenceFailedError({ attempts: 1, reason: `of an unexpected ${payload.name}` });
  failure.cause = payload.stack;
  return failure;
}
