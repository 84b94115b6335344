import { ANONYMOUS_PREFIX, InvalidParameterError } from '@thorax/registry';
import { FastifyRequest } from 'fastify';

/**
 * Who asks, as far as it is known: there is no sign-in, so it is who the header X-Thorax-Actor says, else the program
 * that asked. @throws InvalidParameterError for a header that is no name, or that pretends to be none
 */
export function actorOf({ headers }: FastifyRequest): string {
  const named = headers['x-thorax-actor'];
  if (named !== undefined) {
    const good = typeof named === 'string' && /^[\x21-\x7e]([\x20-\x7e]{0,198}[\x21-\x7e])?$/.test(named);
    if (good && !named.toLowerCase().startsWith(ANONYMOUS_PREFIX)) return named;
    throw new InvalidParameterError(
      `Invalid X-Thorax-Actor: expected a name of 1 to 200 printable ASCII characters that does not begin with "${ANONYMOUS_PREFIX}".`,
    );
  }
  const program = (headers['user-agent'] ?? 'unknown program').replaceAll('\0', '').slice(0, 200);
  return `${ANONYMOUS_PREFIX} (${program})`;
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
