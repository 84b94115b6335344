import { Box, DicomHeader, FindingClass } from '@thorax/radiograph';

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
}

/** An image as a viewer shows it. */
export interface RenderedImage {
  readonly png: Uint8Array;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}
