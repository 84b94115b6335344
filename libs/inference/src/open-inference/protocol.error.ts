/**
 * What an error of the Open Inference Protocol means, in Triton's words in lower case:
 * `invalid-argument` – the request is at fault; `not-found` – no such model, version or route;
 * `unavailable` – not now; `unsupported` – this server never does that; `internal` – ours.
 */
export type ProtocolErrorKind = 'invalid-argument' | 'not-found' | 'unavailable' | 'unsupported' | 'internal';

const STATUS: Readonly<Record<ProtocolErrorKind, number>> = {
  'invalid-argument': 400,
  'not-found': 404,
  unavailable: 503,
  unsupported: 501,
  internal: 500,
};

/**
 * An error a client of the Open Inference Protocol is told as `{"error": message}`. The message quotes names and
 * numbers of the request, never tensor content.
 */
export class ProtocolError extends Error {
  readonly code = 'OPEN_INFERENCE_PROTOCOL';

  constructor(
    readonly kind: ProtocolErrorKind,
    message: string,
    /** For `unavailable`: when to come back. */
    readonly retryAfterSeconds?: number,
  ) {
    super(message);
    this.name = 'ProtocolError';
  }

  /** HTTP status, as Triton maps it. */
  get status(): number {
    return STATUS[this.kind];
  }
}

/** The commonest case: a request that cannot be understood or does not fit the model. */
export function invalidArgument(message: string): ProtocolError {
  return new ProtocolError('invalid-argument', message);
}

const QUOTED_CHARACTERS = 60;

/** A foreign text as an error message may show it: bounded, on one line, in single quotes. */
export function quoted(text: unknown): string {
  const plain = typeof text === 'string' ? text : (JSON.stringify(text) ?? String(text));
  const printable = plain.slice(0, QUOTED_CHARACTERS).replaceAll(/[^\x20-\x7e]/g, '?');
  return `'${printable}${plain.length > QUOTED_CHARACTERS ? '…' : ''}'`;
}
