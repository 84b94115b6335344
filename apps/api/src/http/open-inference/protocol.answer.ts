import { InferenceError, InferenceErrorKind, ProtocolError } from '@thorax/inference';
import { FastifyReply } from 'fastify';

/** Kinds of the library's errors as kinds of the protocol's. */
const KINDS: Readonly<Record<InferenceErrorKind, ProtocolError['kind']>> = {
  invalid: 'invalid-argument',
  unavailable: 'unavailable',
  overloaded: 'unavailable',
  timeout: 'unavailable',
  misconfigured: 'unavailable',
  failed: 'internal',
};

/** How Triton begins these messages; clients and dashboards look for them. */
const PREFIXES: Partial<Record<InferenceErrorKind, string>> = {
  overloaded: 'Exceeds maximum queue size: ',
  timeout: 'Request timeout expired: ',
};

const DEFAULT_RETRY_AFTER_SECONDS = 1;

/**
 * Anything that was thrown, as the protocol tells it. What was not thrown on purpose becomes `internal` without its
 * message.
 */
export function protocolErrorOf(error: unknown): ProtocolError {
  if (error instanceof ProtocolError) return error;
  if (error instanceof InferenceError) {
    const { retryAfterSeconds } = error as { retryAfterSeconds?: number };
    const message = `${PREFIXES[error.kind] ?? ''}${error.message}`;
    return new ProtocolError(KINDS[error.kind], message, retryAfterSeconds);
  }
  const { statusCode: status, message } = (error ?? {}) as { statusCode?: number; message?: string };
  if (status === 413) {
    return new ProtocolError('invalid-argument', 'the request body is larger than this server accepts');
  }
  if (status !== undefined && status >= 400 && status < 500) {
    return new ProtocolError('invalid-argument', message ?? 'the request is malformed');
  }
  return new ProtocolError('internal', 'the request failed for a reason that is the server’s');
}

/** Answers `{"error": …}`. */
export function sendProtocolError(reply: FastifyReply, error: ProtocolError): FastifyReply {
  if (error.kind === 'unavailable') {
    void reply.header('Retry-After', String(error.retryAfterSeconds ?? DEFAULT_RETRY_AFTER_SECONDS));
  }
  return sendJson(reply.status(error.status), { error: error.message });
}

/** Answers JSON as exactly `application/json`: KServe's client reads errors only without a charset. */
export function sendJson(reply: FastifyReply, document: unknown): FastifyReply {
  // Fastify appends a charset to the media type of texts, not of buffers.
  return reply.header('Content-Type', 'application/json').send(Buffer.from(JSON.stringify(document)));
}
