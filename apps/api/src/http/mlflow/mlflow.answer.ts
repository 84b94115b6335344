import { RegistryError } from '@thorax/registry';
import { ApplicationError, ErrorKind } from '@thorax/platform';
import { FastifyReply } from 'fastify';
import { isDatabaseOutOfReach } from '../problem/database-trouble';

/** What an error is in MLflow's words. Clients repeat 408, 429, 500, 502, 503 and 504 by themselves. */
export interface MlflowError {
  readonly status: number;
  readonly errorCode: string;
  readonly message: string;
}

const byKind: Readonly<Record<ErrorKind, readonly [number, string]>> = {
  invalid: [400, 'INVALID_PARAMETER_VALUE'],
  'too-large': [413, 'INVALID_PARAMETER_VALUE'],
  unsupported: [501, 'NOT_IMPLEMENTED'],
  unprocessable: [400, 'INVALID_PARAMETER_VALUE'],
  'not-found': [404, 'RESOURCE_DOES_NOT_EXIST'],
  conflict: [409, 'RESOURCE_CONFLICT'],
  overloaded: [503, 'TEMPORARILY_UNAVAILABLE'],
  unavailable: [503, 'TEMPORARILY_UNAVAILABLE'],
};

const retryAfterSeconds = 1;

/** Anything that was thrown, as MLflow tells it; what was not thrown on purpose without its message. */
export function mlflowErrorOf(error: unknown): MlflowError {
  if (error instanceof RegistryError && error.code === 'RESOURCE_EXISTS') {
    return { status: 400, errorCode: 'RESOURCE_ALREADY_EXISTS', message: messageOf(error) };
  }
  if (error instanceof ApplicationError) {
    const [status, errorCode] = byKind[error.kind];
    return { status, errorCode, message: messageOf(error) };
  }
  if (isDatabaseOutOfReach(error)) {
    const message = 'The database cannot be reached. Try again in a moment.';
    return { status: 503, errorCode: 'TEMPORARILY_UNAVAILABLE', message };
  }
  const { statusCode: status, message } = (error ?? {}) as { statusCode?: number; message?: string };
  if (status !== undefined && status >= 400 && status < 500) {
    return { status, errorCode: 'BAD_REQUEST', message: message ?? 'The request is malformed.' };
  }
  return {
    status: 500,
    errorCode: 'INTERNAL_ERROR',
    message: 'The request failed for a reason that is the server’s.',
  };
}

export function sendMlflowError(
  reply: FastifyReply,
  { status, errorCode, message }: MlflowError,
): FastifyReply {
  if (status === 503) void reply.header('Retry-After', String(retryAfterSeconds));
  return sendJson(reply.status(status), { error_code: errorCode, message });
}

export function sendJson(reply: FastifyReply, document: object): FastifyReply {
  return reply.header('Content-Type', 'application/json').send(JSON.stringify(document));
}

function messageOf({ message, remedy }: ApplicationError): string {
  return `${message} ${remedy}`;
}
