/** Queue of the housekeeping jobs; one replica at a time takes each. */
export const HOUSEKEEPING_QUEUE = 'housekeeping';

/** Queue of the background batches. */
export const PREDICTION_JOB_QUEUE = 'prediction-jobs';
