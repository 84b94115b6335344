import { Logger } from '@nestjs/common';
import { ProtocolError } from '@thorax/inference';
import { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { OpenInferenceFace } from './open-inference.face';
import { Route, ROUTES, VERBS } from './open-inference.routes';
import { protocolErrorOf, sendJson, sendProtocolError } from './protocol.answer';

/** Bodies of everything but tensors and files. */
const SMALL_BODY_BYTES = 64 * 1024;

/** The most of an unread body that is read and dropped. */
const MAX_DROPPED_BYTES = 512 * 1024 * 1024;

/** As nginx and Triton call it. */
const CLIENT_CLOSED_REQUEST = 499;

export interface OpenInferencePluginOptions {
  readonly face: OpenInferenceFace;
}

/**
 * The Open Inference Protocol as a Fastify plugin, to be registered under the prefix `/v2`. It keeps to itself:
 * bodies are taken raw, errors have the protocol's form, and the product's API description does not know it.
 */
export async function openInference(
  server: FastifyInstance,
  { face }: OpenInferencePluginOptions,
): Promise<void> {
  const logger = new Logger('OpenInference');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body));
  // Clients send no media type or a wrong one; the body is what the headers of the protocol say.
  server.addHook('onRequest', async ({ raw }) => {
    delete raw.headers['content-type'];
  });
  server.setNotFoundHandler(async (_, reply) => {
    return sendProtocolError(reply, new ProtocolError('not-found', 'Not Found'));
  });
  server.setErrorHandler(async (error: Error, request, reply) => {
    // Nobody reads the answer; the status is for the log.
    if (reply.raw.destroyed) return reply.status(CLIENT_CLOSED_REQUEST).send();
    if ((error as { code?: string }).code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
      letBodyPass(reply, request.headers['content-length']);
    }
    const answer = protocolErrorOf(error);
    if (answer.kind === 'internal') {
      logger.error({ message: error.message, stack: error.stack, requestId: String(request.id) });
    }
    return sendProtocolError(reply, answer);
  });
  for (const route of ROUTES) addRoute(server, route, face);
}

/**
 * Answers a request whose body was not read so that the answer arrives: closing the connection at once would reset
 * it under a client that is still sending, which then never sees why. Node reads on and drops what comes, unless
 * that would be very much.
 */
function letBodyPass(reply: FastifyReply, announcedLength: string | undefined): void {
  const bytes = Number(announcedLength ?? Infinity);
  if (bytes <= MAX_DROPPED_BYTES) void reply.removeHeader('Connection');
  else void reply.header('Connection', 'close');
}

function addRoute(
  server: FastifyInstance,
  { url, verbs, handler, large }: Route,
  face: OpenInferenceFace,
): void {
  server.route({
    url,
    method: [...verbs],
    bodyLimit: large ? face.maxBodyBytes : SMALL_BODY_BYTES,
    ...(large && { onRequest: reserveBody(face) }),
    handler: (request, reply) => handler(face, request, reply),
  });
  const others = VERBS.filter((verb) => !verbs.includes(verb));
  if (others.length === 0) return;
  server.route({
    url,
    method: others,
    bodyLimit: SMALL_BODY_BYTES,
    handler: async (_, reply) =>
      sendJson(reply.status(405).header('Allow', verbs.join(', ')), { error: 'Method Not Allowed' }),
  });
}

/** Sets memory aside for a body before the first byte of it is read, until the answer is out. */
function reserveBody(face: OpenInferenceFace) {
  return async ({ headers }: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const announced = Number(headers['content-length'] ?? NaN);
    const compressed = headers['content-encoding'] !== undefined;
    const bytes = Number.isFinite(announced) && !compressed ? announced : face.maxBodyBytes;
    try {
      const release = face.budget.reserve(Math.min(bytes, face.maxBodyBytes));
      reply.raw.once('close', release);
    } catch (error) {
      letBodyPass(reply, headers['content-length']);
      throw error;
    }
  };
}
