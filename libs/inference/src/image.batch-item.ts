import {
  boxToSource,
  letterbox,
  LetterboxTransform,
  nonMaximumSuppression,
  Radiograph,
} from '@thorax/radiograph';
import { BatchItem, BatchRun } from './batch-item';
import { Detection, Finding } from './detection';
import { InputTensorWriter } from './input-tensor.writer';
import { LAYOUT_DECODERS } from './layouts/decoders';
import { Candidate, DecodingContext, hasArea } from './layouts/layout-decoder';
import { ModelDescription } from './model-description';
import { OutputTensor } from './model-runner';

const MAX_FINDINGS = 300;

/** What all images of one pipeline share. */
export interface ImageSurroundings {
  readonly description: ModelDescription;
  readonly context: DecodingContext;
  /** Gray bytes of the input's size, for models that do not take them directly. Overwritten by each image. */
  readonly scratch: Uint8Array;
  readonly now: () => number;
}

/** A decoded radiograph as part of a batch, answered with its findings. */
export class ImageBatchItem implements BatchItem<Detection> {
  readonly places = 1;
  private transform?: LetterboxTransform;
  private letterboxMs = 0;

  constructor(
    private readonly radiograph: Radiograph,
    private readonly decodeMs: number,
    private readonly shared: ImageSurroundings,
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

  answer({ outputs, batchSize, runMs }: BatchRun, start: number): Detection {
    const { now, description } = this.shared;
    const started = now();
    const findings = this.findingsOf(outputs, start);
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
    };
  }

  private findingsOf(outputs: readonly OutputTensor[], index: number): Finding[] {
    const { classes, iouThreshold, layout } = this.shared.description;
    const { decode, needsSuppression } = LAYOUT_DECODERS[layout];
    return nonMaximumSuppression(decode(outputs, index, this.shared.context), {
      iouThreshold: needsSuppression ? iouThreshold : 1,
      maxKept: MAX_FINDINGS,
    })
      .map(({ box, confidence, classIndex }: Candidate) => ({
        class: classes[classIndex]!,
        classIndex,
        confidence: Math.min(confidence, 1),
        box: boxToSource(box, this.transform!),
      }))
      .filter((finding) => hasArea(finding.box));
  }
}
