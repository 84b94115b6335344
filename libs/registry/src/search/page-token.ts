import { createHash } from 'node:crypto';
import { InvalidParameterError } from '../errors';

/** A part of a listing. */
export interface Page {
  /** Entries before it. */
  readonly offset: number;
  /** Most entries in it. */
  readonly limit: number;
}

const form = /^(\d{1,15})\.([0-9a-f]{16})$/;

/**
 * A token that leads on from `offset` in one particular listing.
 *
 * @param listing whatever decides what is listed and in which order, as JSON holds it
 */
export function encodePageToken(offset: number, listing: unknown): string {
  return Buffer.from(`${offset}.${digestOf(listing)}`).toString('base64url');
}

/**
 * The offset that a token leads on from.
 * @throws InvalidParameterError unless the token is one of this listing
 */
export function decodePageToken(token: string, listing: unknown): number {
  const [, offset, digest] =
    form.exec(Buffer.from(token.slice(0, 100), 'base64url').toString('latin1')) ?? [];
  if (offset !== undefined && digest === digestOf(listing)) return Number(offset);
  throw new InvalidParameterError(
    'Invalid page token: it is not one that this search has given out.',
    'Repeat the search that gave the token with the same filter and order, or begin without a token.',
  );
}

function digestOf(listing: unknown): string {
  return createHash('sha256').update(JSON.stringify(listing)).digest('hex').slice(0, 16);
}
