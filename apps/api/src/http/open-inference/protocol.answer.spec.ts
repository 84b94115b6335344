import {
  InferenceFailedError,
  InferenceTimeoutError,
  InvalidTensorError,
  ModelRunFailedError,
  ModelUnavailableError,
  ProtocolError,
  QueueFullError,
} from '@thorax/inference';
import { protocolErrorOf } from './protocol.answer';

const tensor = { input: 'images', what: 'type', expected: 'float32', got: 'uint8' };

describe('protocolErrorOf', () => {
  it.each([
    [new ProtocolError('not-found', 'no such model'), 404, 'no such model'],
    [new InvalidTensorError(tensor), 400, 'Wrong type for input "images"'],
    [new QueueFullError({ limit: '2 requests', retryAfterSeconds: 3 }), 503, 'Exceeds maximum queue size'],
    [new InferenceTimeoutError({ timeoutMs: 5, phase: 'queued' }), 503, 'Request timeout expired'],
    [new ModelUnavailableError({ reason: 'it is still loading' }), 503, 'still loading'],
    [new ModelRunFailedError({ reason: 'odd' }), 500, 'odd'],
    [new InferenceFailedError({ attempts: 2, reason: 'it died' }), 500, 'it died'],
    [Object.assign(new Error('too large'), { statusCode: 413 }), 400, 'larger than this server accepts'],
    [Object.assign(new Error('no length'), { statusCode: 411 }), 400, 'no length'],
  ])('tells %s as %d', (error, status, message) => {
    const answer = protocolErrorOf(error);
    expect(answer.status).toBe(status);
    expect(answer.message).toContain(message);
  });

  it('keeps the time to come back', () => {
    expect(protocolErrorOf(new QueueFullError({ limit: 'x', retryAfterSeconds: 3 })).retryAfterSeconds).toBe(
      3,
    );
  });

  it('does not tell what was not meant to be told', () => {
    for (const secret of [new Error('password is x'), 'password is x', null]) {
      const answer = protocolErrorOf(secret);
      expect(answer.status).toBe(500);
      expect(answer.message).not.toMatch(/password/);
    }
  });
});
