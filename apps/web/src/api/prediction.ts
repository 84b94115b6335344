import type { paths } from './schema';

/** What the model said about one radiograph, with the reader's flag. Follows the generated contract. */
export type Prediction =
  paths['/api/v1/predictions/{id}']['get']['responses'][200]['content']['application/json'];

/** One page of the readings that are stored. */
export type PredictionPage =
  paths['/api/v1/predictions']['get']['responses'][200]['content']['application/json'];
