import { Metadata, status, StatusObject } from '@grpc/grpc-js';
import { ProtocolError } from '@thorax/inference';

const CODES: Readonly<Record<ProtocolError['kind'], status>> = {
  'invalid-argument': status.INVALID_ARGUMENT,
  'not-found': status.NOT_FOUND,
  unavailable: status.UNAVAILABLE,
  unsupported: status.UNIMPLEMENTED,
  internal: status.INTERNAL,
};

const DEFAULT_RETRY_AFTER_SECONDS = 1;

/**
 * An error as a call ends with it. `unavailable` says when to come back in `grpc-retry-pushback-ms`, which gRPC
 * clients with a retry policy follow.
 */
export function statusOf({ kind, message, retryAfterSeconds }: ProtocolError): StatusObject {
  const metadata = new Metadata();
  if (kind === 'unavailable') {
    const seconds = retryAfterSeconds ?? DEFAULT_RETRY_AFTER_SECONDS;
    metadata.set('grpc-retry-pushback-ms', String(Math.ceil(seconds * 1000)));
  }
  return { code: CODES[kind], details: message, metadata };
}
