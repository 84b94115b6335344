import { RefusedImageError } from '@thorax/radiograph';
import * as errors from '../errors';
import { dismantle, reassemble } from './error-transfer';

const across = (error: unknown): Error => reassemble(structuredClone(dismantle(error)));

describe('errors between threads', () => {
  it.each([
    new errors.ModelUnavailableError({ reason: 'it is loading' }),
    new errors.QueueFullError({ limit: '3 waiting requests', retryAfterSeconds: 4 }),
    new errors.InferenceTimeoutError({ timeoutMs: 5, phase: 'queued' }),
    new errors.DetectorClosedError(),
    new errors.InferenceFailedError({ attempts: 2, reason: 'it crashed' }),
    new errors.ProjectionRefusedError({ reasons: [{ code: 'VIEW_NOT_FRONTAL', message: 'It is lateral.' }] }),
    new errors.InvalidModelConfigError({ path: 'model.name', expected: 'a text', got: '3' }),
    new errors.UnsupportedModelLayoutError({ found: 'nothing', supported: ['a', 'b'] }),
    new errors.ModelFileMissingError({ path: '/m', reason: 'ENOENT' }),
    new errors.ModelFileCorruptError({ path: '/m', reason: 'it is empty' }),
    new errors.ModelFileChangedError({ path: '/m', expectedSha256: 'a', gotSha256: 'b' }),
    new errors.UnsupportedDeviceError({ device: 'cuda', reason: 'there is none' }),
    new errors.ModelRunFailedError({ reason: 'wrong shape' }),
    new errors.InvalidTensorError({ input: 'images', what: 'type', expected: 'float32', got: 'int64' }),
    new errors.DeadlineUnreachableError({ deadlineMs: 5, predictedMs: 9, retryAfterSeconds: 1 }),
    new errors.InvalidSchedulingRulesError({ rule: 'priorityLevels', expected: '1', got: '2' }),
  ])('keep class, code, kind, message and details: $code', (error) => {
    const arrived = across(error);
    expect(arrived).toBeInstanceOf(error.constructor);
    expect((arrived as errors.InferenceError).toJSON()).toEqual(error.toJSON());
  });

  it('know refused images too', () => {
    const arrived = across(new RefusedImageError('CORRUPT_IMAGE', 'It is damaged.', 'Send another.'));
    expect(arrived).toBeInstanceOf(RefusedImageError);
    expect(arrived).toMatchObject({
      code: 'CORRUPT_IMAGE',
      detail: 'It is damaged.',
      remedy: 'Send another.',
    });
  });

  it('keep what an unexpected error says out of the message, and in the cause', () => {
    const arrived = across(new TypeError('PatientName DOE^JANE is undefined'));
    expect(arrived).toBeInstanceOf(errors.InferenceFailedError);
    expect(arrived.message).toContain('TypeError');
    expect(arrived.message).not.toContain('DOE');
    expect(arrived.cause).toContain('DOE^JANE');
  });

  it('survive values that are no errors', () => {
    expect(across('oops').message).toContain('string');
  });
});
