import { Logger } from '@nestjs/common';
import { InvalidParameterError } from '@thorax/registry';
import { FastifyInstance, FastifyRequest } from 'fastify';
import { mlflowArtifacts } from './artifact.plugin';
import { mlflowErrorOf, sendJson, sendMlflowError } from './mlflow.answer';
import { MlflowFace } from './mlflow.face';
import { MlflowRoute } from './mlflow.route';
import { ROUTES } from './mlflow.routes';
import { RequestFields } from './request.fields';

/** The largest documents are dataset profiles. */
const maxJsonBytes = 16 * 1024 * 1024;

/** As nginx calls it. */
const clientClosedRequest = 499;

export interface MlflowPluginOptions {
  readonly face: MlflowFace;
}

/**
 * MLflow's REST API as a Fastify plugin, to be registered under the prefix `/api/2.0` (and `/ajax-api/2.0`, as pages
 * call it). It keeps to itself: errors have MLflow's form, and the product's API description does not know it.
 */
export async function mlflow(server: FastifyInstance, { face }: MlflowPluginOptions): Promise<void> {
  const logger = new Logger('Mlflow');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body));
  // What the body is follows from the address; clients send any media type, or none.
  server.addHook('onRequest', async ({ raw }) => {
    delete raw.headers['content-type'];
  });
  server.setNotFoundHandler(async (request, reply) => {
    const message = `There is no endpoint ${request.method} ${request.url.split('?', 1)[0].slice(0, 200)}.`;
    return sendMlflowError(reply, { status: 404, errorCode: 'ENDPOINT_NOT_FOUND', message });
  });
  server.setErrorHandler(async (error: Error, request, reply) => {
    // Nobody reads the answer; the status is for the log.
    if (reply.raw.destroyed) return reply.status(clientClosedRequest).send();
    const answer = mlflowErrorOf(error);
    if (answer.status === 500) {
      logger.error({ message: error.message, stack: error.stack, requestId: String(request.id) });
    }
    return sendMlflowError(reply, answer);
  });
  for (const route of ROUTES) addRoute(server, route, face);
  await server.register(mlflowArtifacts, { face });
}

function addRoute(server: FastifyInstance, { method, url, handler }: MlflowRoute, face: MlflowFace): void {
  server.route({
    method,
    url: `/mlflow${url}`,
    bodyLimit: maxJsonBytes,
    handler: async (request, reply) => {
      const document = await handler(face, fieldsOf(request), { request, reply });
      return sendJson(reply, document ?? {});
    },
  });
}

/** Fields come in the address, and in the query or the body. */
function fieldsOf(request: FastifyRequest): RequestFields {
  return RequestFields.of({
    ...(request.query as object),
    ...jsonOf(request.body as Buffer | undefined),
    ...(request.params as object),
  });
}

function jsonOf(body: Buffer | undefined): object {
  if (!body?.length) return {};
  let document: unknown;
  try {
    document = JSON.parse(body.toString('utf8'));
  } catch {
    throw new InvalidParameterError('The body of the request is not JSON.');
  }
  if (typeof document === 'object' && document !== null && !Array.isArray(document)) return document;
  throw new InvalidParameterError('The body of the request must be a JSON object.');
}
