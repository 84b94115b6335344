import { ApplicationError } from '@thorax/platform';

export class PredictionNotFoundError extends ApplicationError {
  readonly code = 'PREDICTION_NOT_FOUND';
  readonly kind = 'not-found';

  constructor(id: string) {
    super(`There is no prediction ${id}.`, 'List what there is with GET /api/v1/predictions.');
  }
}
