import { ApplicationError } from '../error/application-error';

/** Where reading a message ended, and why. */
export interface UnreadablePart {
  /** The message that made no sense, as its reader calls it. */
  readonly part: string;
  readonly reason: string;
  /** The byte within it where reading stopped. */
  readonly offset: number;
}

/** Bytes are no complete protobuf message. */
export class UnreadableMessageError extends ApplicationError {
  readonly code = 'UNREADABLE_MESSAGE';
  readonly kind = 'invalid';

  constructor(readonly details: UnreadablePart) {
    super(
      `The ${details.part} cannot be read: ${details.reason} (at its byte ${details.offset}).`,
      'Write or copy the file again, and compare its SHA-256.',
    );
  }
}
