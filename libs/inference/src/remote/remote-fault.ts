import { InferenceError } from '../errors';

/**
 * Why an attempt at an endpoint came to nothing, and so what may be done about it:
 * `unavailable` – not reached, overloaded or too slow: try again, here or elsewhere;
 * `failed` – its own internal error, which another endpoint may not have: elsewhere, once;
 * `invalid` – an answer that is none: elsewhere, and the endpoint is to blame;
 * `changed` – it describes another model: likewise;
 * `refused` – the request itself: nowhere.
 */
export type FaultKind = 'unavailable' | 'failed' | 'invalid' | 'changed' | 'refused';

/** An attempt at one endpoint that failed. `reason` is a phrase without tensor content or a full stop. */
export class RemoteFault extends Error {
  constructor(
    readonly kind: FaultKind,
    readonly reason: string,
    /** What the request ends with, when no other endpoint does better; otherwise that follows from `kind`. */
    readonly ending?: InferenceError,
  ) {
    super(reason);
    this.name = new.target.name;
  }
}

/** An answer that is none. */
export function invalidAnswer(reason: string): RemoteFault {
  return new RemoteFault('invalid', reason);
}

const QUOTED_CHARACTERS = 200;

/** What a foreign server says of its errors: bounded, printable, on one line. */
export function saidByServer(text: string): string {
  const plain = text
    .slice(0, QUOTED_CHARACTERS)
    .replaceAll(/[^\x20-\x7e]+/g, ' ')
    .trim();
  return plain ? `it said "${plain}${text.length > QUOTED_CHARACTERS ? '…' : ''}"` : 'it gave no reason';
}
