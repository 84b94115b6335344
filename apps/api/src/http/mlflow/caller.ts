import { InvalidParameterError } from '@thorax/registry';
import { FastifyRequest } from 'fastify';

/** Who asks, as far as it is known: there is no sign-in on this face, so it is the program that asked. */
export function actorOf({ headers }: FastifyRequest): string {
  const program = (headers['user-agent'] ?? 'unknown program').replaceAll('\0', '').slice(0, 200);
  return `anonymous (${program})`;
}

/** The revision of a version as an entity tag. */
export function revisionTag(revision: number): string {
  return `"${revision}"`;
}

/** The revision that a caller decided on, from If-Match; undefined where it names none. @throws InvalidParameterError */
export function expectedRevisionOf({ headers }: FastifyRequest): number | undefined {
  const tag = headers['if-match'];
  if (tag === undefined || tag === '*') return undefined;
  const [, revision] = /^"(\d{1,9})"$/.exec(tag) ?? [];
  if (revision !== undefined) return Number(revision);
  throw new InvalidParameterError('Invalid If-Match: expected the ETag of the model version, such as "3".');
}
