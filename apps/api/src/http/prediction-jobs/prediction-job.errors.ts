import { ApplicationError } from '@thorax/platform';

export class PredictionJobNotFoundError extends ApplicationError {
  readonly code = 'PREDICTION_JOB_NOT_FOUND';
  readonly kind = 'not-found';

  constructor(id: string) {
    super(`There is no prediction job ${id}.`, 'Use the id that POST /api/v1/prediction-jobs answered.');
  }
}

export class InvalidIdempotencyKeyError extends ApplicationError {
  readonly code = 'INVALID_IDEMPOTENCY_KEY';
  readonly kind = 'invalid';

  constructor() {
    super(
      'Expected an Idempotency-Key of 1 to 200 printable ASCII characters.',
      'Send a random one, such as a UUID, and the same one when you repeat the request.',
    );
  }
}
