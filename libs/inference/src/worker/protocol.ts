import { AdmissionRules } from '../admission-rules';
import { DetectionWithCandidates, DrawableFinding, RenderedImage } from '../detection';
import { ModelDescription } from '../model-description';
import { InputElementType, ModelSignature } from '../model-runner';
import { ModelSource } from '../model.loader';
import { InferenceResult } from '../raw-tensor';
import { ErrorPayload } from './error-transfer';

/** What a worker is started with (`workerData`). */
export interface WorkerInit {
  /** Absent: a worker that only renders. */
  readonly model?: ModelSource;
  readonly rules: AdmissionRules;
}

/** What a worker can be asked for. `bytes` become the worker's, unless their memory is shared: then they are only read. */
export type Task =
  | DetectTask
  | { readonly kind: 'render'; readonly bytes: Uint8Array }
  | { readonly kind: 'overlay'; readonly bytes: Uint8Array; readonly findings: readonly DrawableFinding[] }
  | InferTask
  | MeasureTask;

/** An image to judge. */
export interface DetectTask {
  readonly kind: 'detect';
  readonly bytes: Uint8Array;
  /** Whether the answer shall bring what it was chosen from. */
  readonly wantsCandidates?: boolean;
}

/** A raw tensor that fits the model (see `requireFittingTensor`); `bytes` are its elements. */
export interface InferTask {
  readonly kind: 'infer';
  readonly bytes: Uint8Array;
  readonly type: InputElementType;
  readonly dims: readonly [number, number, number, number];
}

/** A run on empty images, to learn what a batch of `batchSize` costs. `bytes` are none. */
export interface MeasureTask {
  readonly kind: 'measure';
  readonly bytes: Uint8Array;
  readonly batchSize: number;
}

/** What a batch size costs. */
export interface Measurement {
  readonly batchSize: number;
  readonly runMs: number;
}

/** What each task is answered with. */
export interface TaskResults {
  detect: DetectionWithCandidates;
  render: RenderedImage;
  overlay: RenderedImage;
  infer: InferenceResult;
  measure: Measurement;
}

/** A task with the number its reply will carry. */
export interface Job {
  readonly id: number;
  readonly task: Task;
  /** Milliseconds, from when the job is handed over, after which nobody waits for the answer; left out: none. */
  readonly leftMs?: number;
}

/** Messages to a worker. All jobs of one message may share a run of the model. */
export type WorkerCommand =
  | { readonly kind: 'work'; readonly jobs: readonly Job[] }
  | { readonly kind: 'stop' };

/** The first message of every worker: the model it loaded, or why it has none. */
export type StartReport =
  | {
      readonly kind: 'started';
      readonly model: ModelDescription;
      readonly signature: ModelSignature;
      /** What computes answers for images, in one word: the runtime's version and the rewrites of a prepared graph. */
      readonly arithmetic?: string;
    }
  | { readonly kind: 'started'; readonly model?: undefined; readonly error: ErrorPayload };

/** The answer to one job; replies come in any order. */
export type JobReply =
  | {
      readonly kind: 'reply';
      readonly id: number;
      readonly ok: true;
      readonly value: TaskResults[keyof TaskResults];
    }
  | { readonly kind: 'reply'; readonly id: number; readonly ok: false; readonly error: ErrorPayload };

/** Messages from a worker. */
export type WorkerReport = StartReport | JobReply;
