import { Logger } from '@nestjs/common';
import { FastifyInstance } from 'fastify';
import { Params } from 'nestjs-pino';

/** The application's log: lines of JSON on standard output. Requests are logged by {@link logRequests}. */
export function loggerOptions(level: string): Params {
  return { pinoHttp: { level, base: null }, forRoutes: [] };
}

/** Paths that orchestrators and scrapers ask for every few seconds. */
const unlogged = /^\/(v2\/)?(health|metrics)/;

/**
 * Logs one line a request when it is over. Only what is named here is written: no headers, no query, no
 * body, no file names, since any of them may carry a patient's.
 */
export function logRequests(server: FastifyInstance): void {
  const logger = new Logger('Request');
  server.addHook('onResponse', async ({ id, method, url }, { statusCode, elapsedTime }) => {
    const path = url.split('?', 1)[0];
    if (unlogged.test(path)) return;
    const line = {
      message: 'request',
      requestId: id,
      method,
      path,
      statusCode,
      durationMs: Math.round(elapsedTime),
    };
    if (statusCode >= 500) logger.warn(line);
    else logger.log(line);
  });
}
