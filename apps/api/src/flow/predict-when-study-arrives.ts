import { Inject, Injectable } from '@nestjs/common';
import {
  Detection,
  Detector,
  ModelRepository,
  ModelUnavailableError,
  PredictionEntity,
  RequestOptions,
  ResultCache,
} from '@thorax/inference';
import { PredictionMetrics } from '../metrics/prediction.metrics';
import { imageSha256 } from './image-key';
import { inferenceMsOf, RecordWhenStudyIsPredicted } from './record-when-study-is-predicted';

/** A recorded prediction and the time that this run of it took. */
export interface Predicted {
  readonly prediction: PredictionEntity;
  readonly inferenceMs: number;
  /** This request's own answer: its timings, how it was batched, or that the result was known. */
  readonly detection: Detection;
}

type PredictOptions = RequestOptions & { readonly sha256?: string; readonly keptAs?: string };

/** The way of every image, whichever door it came in by: detect, record, answer. */
@Injectable()
export class PredictWhenStudyArrives {
  constructor(
    private readonly models: ModelRepository,
    private readonly recorder: RecordWhenStudyIsPredicted,
    private readonly metrics: PredictionMetrics,
    @Inject(ResultCache) private readonly cache: ResultCache | null,
  ) {}

  /**
   * @param bytes one JPEG, PNG or DICOM file; must not change until this resolves, and never where it rejects or the
   * answer was another request's (`detection.cached` is `joined`): a worker may still read them then
   * @param options.sha256 digest of the bytes where it is known: `imageSha256` of them
   * @param options.keptAs digest of the image where it is in the object store already and stays there
   * @throws what `Detector.detect` throws; nothing is kept of an image that was refused
   */
  async predict(bytes: Uint8Array, options: PredictOptions = {}): Promise<Predicted> {
    // One look: what is put in its place meanwhile answers the next request.
    const detector = this.models.primary;
    try {
      const { digest: known, detection } = await this.detect(detector, bytes, options);
      const digest = options.keptAs ?? (await this.recorder.keep(bytes, known));
      const prediction = await this.recorder.record(digest, detection, modelOf(detector, detection));
      this.metrics.predicted(detection);
      return { prediction, inferenceMs: inferenceMsOf(detection), detection };
    } catch (error) {
      this.metrics.failed(error);
      throw error;
    }
  }

  /** With a cache the digest is needed before; it is worked out once either way. */
  private async detect(
    detector: Detector,
    bytes: Uint8Array,
    options: PredictOptions,
  ): Promise<{ detection: Detection; digest?: string }> {
    const known = options.keptAs ?? options.sha256;
    if (!this.cache) return { detection: await detector.detect(bytes, options), digest: known };
    const digest = known ?? (await imageSha256(bytes));
    const detection = await this.cache.detect(detector, bytes, { ...options, imageSha256: digest });
    return { detection, digest };
  }
}

function modelOf({ state }: Detector, { model }: Detection) {
  if (state.status !== 'ready' || state.model.digestSha256 !== model.digestSha256) {
    throw new ModelUnavailableError({ reason: 'it was replaced while it answered' });
  }
  return state.model;
}
