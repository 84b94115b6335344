import { CodecThread, ModelRepository } from '@thorax/inference';
import { BodyBudget } from './body.budget';
import { OpenInferenceMetrics } from './open-inference.metrics';
import { ServedModels } from './served-models';

/** Surroundings and bounds of the face. */
export interface OpenInferenceOptions {
  readonly models: ModelRepository;
  /** Takes model files in load requests; default false. */
  readonly acceptUploads?: boolean;
  /** Largest body, as sent and decompressed. */
  readonly maxBodyBytes: number;
  /** Takes tensors with NaN and infinity in them; default false. */
  readonly acceptNonFinite?: boolean;
}

/** Bodies of the largest size that may be in memory at once. */
export const LARGEST_BODIES_AT_ONCE = 8;

/** What the routes of the Open Inference Protocol share, on whichever ports they are served. */
export class OpenInferenceFace {
  readonly models: ServedModels;
  readonly metrics: OpenInferenceMetrics;
  readonly budget: BodyBudget;
  readonly codec = new CodecThread();
  readonly maxBodyBytes: number;
  readonly acceptNonFinite: boolean;
  /** From then on nothing is ready any more. */
  stopping = false;

  constructor(options: OpenInferenceOptions) {
    const { models, maxBodyBytes } = options;
    this.models = new ServedModels(models, options.acceptUploads ?? false);
    this.metrics = new OpenInferenceMetrics(this.models);
    this.budget = new BodyBudget(LARGEST_BODIES_AT_ONCE * maxBodyBytes);
    this.maxBodyBytes = maxBodyBytes;
    this.acceptNonFinite = options.acceptNonFinite ?? false;
  }
}
