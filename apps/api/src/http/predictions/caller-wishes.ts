import { RequestOptions } from '@thorax/inference';
import { FastifyRequest } from 'fastify';

/** RFC 7240: `Prefer: wait=10` asks for an answer within ten seconds. */
const wait = /(?:^|,)\s*wait\s*=\s*"?(\d{1,5})"?\s*(?:$|[,;])/i;

/**
 * What a request says about its own urgency. Whoever prefers not to wait longer than that is refused at
 * once, with a time to come back, when the queue is already longer.
 */
export function callerWishes({ headers, ip }: Pick<FastifyRequest, 'headers' | 'ip'>): RequestOptions {
  const seconds = wait.exec([headers.prefer ?? ''].flat().join(','))?.[1];
  return { caller: ip, ...(seconds !== undefined && { deadlineMs: Number(seconds) * 1_000 }) };
}
