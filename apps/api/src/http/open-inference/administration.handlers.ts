import { ProtocolError } from '@thorax/inference';
import { FastifyReply, FastifyRequest } from 'fastify';
import { OpenInferenceFace } from './open-inference.face';
import { sendJson } from './protocol.answer';
import { readFields } from './repository.handlers';

/** How this server logs, in Triton's words; LOG_LEVEL decides, not a client. */
export const LOGGING = {
  log_file: '',
  log_info: true,
  log_warning: true,
  log_error: true,
  log_verbose_level: 0,
  log_format: 'default',
};

/** Tracing as it is here: none. */
export const TRACING = {
  trace_level: ['OFF'],
  trace_rate: '0',
  trace_count: '0',
  log_frequency: '0',
  trace_file: '',
};

/** `GET /v2/logging`, and `POST` without a change in it. */
export async function logging(face: OpenInferenceFace, request: FastifyRequest, reply: FastifyReply) {
  refuseChange(face, request, 'log settings are set by LOG_LEVEL when the server starts');
  return sendJson(reply, LOGGING);
}

/** `GET …/trace/setting`, and `POST` without a change in it. */
export async function tracing(face: OpenInferenceFace, request: FastifyRequest, reply: FastifyReply) {
  refuseChange(face, request, 'tracing is not supported');
  return sendJson(reply, TRACING);
}

/** Both kinds of shared memory, whatever is asked of them. */
export async function sharedMemory(): Promise<never> {
  throw new ProtocolError('unsupported', 'shared memory is not supported by this server');
}

/** `GET /v2/metrics`. */
export async function exposeMetrics(face: OpenInferenceFace, _: FastifyRequest, reply: FastifyReply) {
  const { text, contentType } = await face.metrics.expose();
  return reply.header('Content-Type', contentType).send(text);
}

function refuseChange(face: OpenInferenceFace, request: FastifyRequest, why: string): void {
  if (request.method === 'POST' && Object.keys(readFields(face, request)).length > 0) {
    throw new ProtocolError('unsupported', why);
  }
}
