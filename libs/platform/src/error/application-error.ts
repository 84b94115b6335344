/**
 * What kind of failure an error is, in words of the application rather than of a protocol. Faces
 * translate it: HTTP to a status and an RFC 9457 document, other protocols to theirs.
 *
 * - `invalid`: the request can never succeed as it is
 * - `too-large`: it exceeds a configured limit
 * - `unsupported`: well-formed, but of a type that is not handled
 * - `unprocessable`: understood, and declined for its content
 * - `not-found`, `conflict`: about the addressed resource
 * - `overloaded`: worth trying again after a while
 * - `unavailable`: something this replica depends on is not there
 */
export type ErrorKind =
  | 'invalid'
  | 'too-large'
  | 'unsupported'
  | 'unprocessable'
  | 'not-found'
  | 'conflict'
  | 'overloaded'
  | 'unavailable';

/**
 * An error that a caller can act on. `code` is stable across releases (clients switch on it);
 * `message` says what was expected and what came; `remedy` says what to do. None of them may carry
 * patient data or file names.
 */
export abstract class ApplicationError extends Error {
  abstract readonly code: string;
  abstract readonly kind: ErrorKind;

  constructor(
    message: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}
