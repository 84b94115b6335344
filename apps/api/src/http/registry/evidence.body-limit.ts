import { FastifyInstance } from 'fastify';

/** Evidence of two versions on some ten thousand images. */
const maxEvidenceBytes = 32 * 1024 * 1024;

/** Gate runs take larger bodies than other routes; to be called before routes are added. */
export function allowEvidenceBodies(server: FastifyInstance): void {
  server.addHook('onRoute', (route) => {
    if (route.method === 'POST' && route.url.endsWith('/gate-runs')) route.bodyLimit = maxEvidenceBytes;
  });
}
