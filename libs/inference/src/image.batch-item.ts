import { letterbox, LetterboxTransform, Radiograph } from '@thorax/radiograph';
import { BatchItem, BatchRun } from './batch-item';
import { DetectionWithCandidates } from './detection';
import { findingsOf } from './findings';
import { InputTensorWriter } from './input-tensor.writer';
import { LAYOUT_DECODERS } from './layouts/decoders';
import { bestCandidates, Candidate, DecodingContext } from './layouts/layout-decoder';
import { ModelDescription } from './model-description';
import { OutputTensor } from './model-runner';
import { candidatesAbove, CandidateSet, collectCandidates } from './result-cache/candidate-set';

/** What all images of one pipeline share. */
export interface ImageSurroundings {
  readonly description: ModelDescription;
  readonly context: DecodingContext;
  /** Gray bytes of the input's size, for models that do not take them directly. Overwritten by each image. */
  readonly scratch: Uint8Array;
  readonly now: () => number;
}

/** A decoded radiograph as part of a batch, answered with its findings, and with its candidates if they are wanted. */
export class ImageBatchItem implements BatchItem<DetectionWithCandidates> {
  readonly places = 1;
  private transform?: LetterboxTransform;
  private letterboxMs = 0;

  constructor(
    private readonly radiograph: Radiograph,
    private readonly decodeMs: number,
    private readonly shared: ImageSurroundings,
    private readonly wantsCandidates = false,
  ) {}

  get width(): number {
    return this.shared.description.inputWidth;
  }

  get height(): number {
    return this.shared.description.inputHeight;
  }

  fill(writer: InputTensorWriter, start: number): void {
    const started = this.shared.now();
    const gray = writer.grayPlane(start) ?? this.shared.scratch;
    this.transform = letterbox(this.radiograph.image, this.width, this.height, gray);
    writer.write(start, gray);
    this.letterboxMs = this.shared.now() - started;
  }

  answer({ outputs, batchSize, runMs }: BatchRun, start: number): DetectionWithCandidates {
    const { now, description } = this.shared;
    const started = now();
    const { candidates, kept } = this.candidatesOf(outputs, start);
    const findings = findingsOf(candidates, this.transform!, description);
    const { source, image, header } = this.radiograph;
    const { name, version, digestSha256 } = description;
    return {
      source,
      width: image.width,
      height: image.height,
      ...(header && { header }),
      findings,
      model: { name, version, digestSha256 },
      timingsMs: {
        queue: 0,
        decode: this.decodeMs,
        letterbox: this.letterboxMs,
        run: runMs,
        postprocess: now() - started,
      },
      batch: { queueMs: 0, batchSize, reason: 'alone' },
      ...(kept && { candidates: kept }),
    };
  }

  /** Either way the findings are the same: a set that was kept holds all that the thresholds ask for. */
  private candidatesOf(
    outputs: readonly OutputTensor[],
    index: number,
  ): { candidates: Candidate[]; kept?: CandidateSet } {
    const { context, description } = this.shared;
    const reading = LAYOUT_DECODERS[description.layout].read(outputs, index, context);
    const kept = this.wantsCandidates ? collectCandidates(reading, context.thresholds) : undefined;
    if (!kept) return { candidates: bestCandidates(reading, context.thresholds) };
    return { candidates: candidatesAbove(kept, context.thresholds), kept };
  }
}
