import { ResamplingUnits } from './statistics/resample';
import { ScoredOutcomes } from './statistics/scored-outcomes';

/** What an evaluation of one model version on one frozen test set found, image by image. */
export interface EvaluationEvidence {
  readonly model: EvaluatedModel;
  readonly testSet: { readonly name: string; readonly sha256: string };
  readonly classes: readonly string[];
  /** Ascending; indices of images refer to it. */
  readonly imageIds: readonly string[];
  /** Patients where the evidence names them, else images. */
  readonly patients: ResamplingUnits;
  /** One entry a class, in the order of `classes`. */
  readonly outcomes: readonly ScoredOutcomes[];
  readonly latency: LatencySamples;
  /** Of all of the above in canonical form: the order of images and keys makes no difference. Lower-case hex. */
  readonly sha256: string;
}

export interface EvaluatedModel {
  readonly name: string;
  readonly version: number;
  /** Of the file that was run, lower-case hex. */
  readonly onnxSha256?: string;
}

/** Times from the bytes of an image to its findings. */
export interface LatencySamples {
  /** Where they were measured, as `describeHost` names it; empty where there are none. */
  readonly host: string;
  readonly samplesMs: Float64Array;
}
