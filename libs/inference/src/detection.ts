import { Box, DicomHeader, FindingClass } from '@thorax/radiograph';
import { CandidateSet } from './result-cache/candidate-set';

/** One abnormality the model points at. */
export interface Finding {
  /** Name as the model's classes have it; one of `FINDING_CLASSES` for the models trained here. */
  readonly class: FindingClass | (string & {});
  /** Index into the model's classes. */
  readonly classIndex: number;
  /** The model's score, 0..1; not a probability of disease. */
  readonly confidence: number;
  /** Pixels of the source image as displayed, within its bounds. */
  readonly box: Box;
}

/** What of a finding can be drawn; a reader's own boxes have this much too. */
export type DrawableFinding = Pick<Finding, 'class' | 'confidence' | 'box'>;

/** Which model answered. */
export interface ModelIdentity {
  readonly name: string;
  readonly version: string;
  readonly digestSha256: string;
}

/** Where the time went, in milliseconds. */
export interface DetectionTimings {
  /** From acceptance until a worker took the request; includes an attempt that was lost. */
  readonly queue: number;
  readonly decode: number;
  /** Scaling to the model's size and writing its input. */
  readonly letterbox: number;
  readonly run: number;
  /** Reading the outputs and suppression. */
  readonly postprocess: number;
}

/**
 * Why a batch was dispatched as it was:
 * `preferred` – it reached a preferred size; `full` – the next request would not have fitted;
 * `shape` – the next request has another shape; `delay` – the oldest had waited the queue delay;
 * `deadline` – one of them would have come too late for its deadline, or been refused, had it waited longer;
 * `no-wait` – there is no queue delay, so what was there went at once;
 * `no-gain` – by measurement, more images would not have raised images/s;
 * `unmeasured` – whether they would is not known yet;
 * `drain` – nobody else can come: the detector is closing, or its queue is full;
 * `alone` – the model takes one image a run, or the request had lost a worker before.
 */
export type BatchReason =
  | 'preferred'
  | 'full'
  | 'shape'
  | 'delay'
  | 'deadline'
  | 'no-wait'
  | 'no-gain'
  | 'unmeasured'
  | 'drain'
  | 'alone';

/** How one request was batched. */
export interface BatchReport {
  /** From acceptance until a worker took the request. */
  readonly queueMs: number;
  /** Images that shared the run, this request's included; those that failed to decode are not counted. */
  readonly batchSize: number;
  readonly reason: BatchReason;
}

/** The answer for one image. */
export interface Detection {
  readonly source: 'jpeg' | 'png' | 'dicom';
  /** Pixels, as displayed. */
  readonly width: number;
  readonly height: number;
  /** Of a DICOM source. May identify a patient: never log it. */
  readonly header?: DicomHeader;
  /** By falling confidence; at most 300. */
  readonly findings: readonly Finding[];
  readonly model: ModelIdentity;
  readonly timingsMs: DetectionTimings;
  /** Absent in answers that did not come through a detector's queue. */
  readonly batch?: BatchReport;
  /**
   * Absent where the model ran for this request. `hit`: it did not run, what it had found before was kept;
   * `joined`: it ran once for this and other requests with the same image, and timings and batch are those of that run.
   */
  readonly cached?: 'hit' | 'joined';
}

/** An answer with what it was chosen from. */
export interface DetectionWithCandidates extends Detection {
  /** Absent where they were not asked for, or too many reach the thresholds to be worth keeping. */
  readonly candidates?: CandidateSet;
}

/** An image as a viewer shows it. */
export interface RenderedImage {
  readonly png: Uint8Array;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}
