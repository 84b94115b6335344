import {
  boxToSource,
  ImageLimits,
  judgeProjection,
  letterbox,
  LetterboxTransform,
  nonMaximumSuppression,
  ProjectionPolicy,
  Radiograph,
  readRadiograph,
} from '@thorax/radiograph';
import { Detection, DetectionTimings, Finding } from './detection';
import { ProjectionRefusedError } from './errors';
import { InputTensorWriter } from './input-tensor.writer';
import { LAYOUT_DECODERS } from './layouts/decoders';
import { Candidate, DecodingContext, hasArea } from './layouts/layout-decoder';
import { LoadedModel } from './model.loader';
import { OutputTensor } from './model-runner';

/** What may be judged at all; plain data. */
export interface AdmissionRules {
  readonly limits?: Partial<ImageLimits>;
  readonly projection?: Partial<ProjectionPolicy>;
}

const MAX_FINDINGS = 300;

type Stopwatch = () => number;

/**
 * From the bytes of a file to findings, on the calling thread: decode, gate, letterbox, tensor, run, read the
 * outputs, suppress. Gray bytes all the way to the tensor; buffers are allocated once.
 *
 * Several `detect` calls may be under way: decoding overlaps, the part on shared buffers takes turns.
 */
export class DetectionPipeline {
  private readonly writer: InputTensorWriter;
  private readonly scratch: Uint8Array;
  private readonly context: DecodingContext;
  private previous: Promise<unknown> = Promise.resolve();

  /** The pipeline uses `model.runner` but does not close it. */
  constructor(
    private readonly model: LoadedModel,
    private readonly rules: AdmissionRules,
    private readonly now: Stopwatch = () => performance.now(),
  ) {
    const { description } = model;
    this.writer = new InputTensorWriter(description, description.fixedBatchSize ?? 1);
    this.scratch = new Uint8Array(description.inputWidth * description.inputHeight);
    const { layout, inputWidth, inputHeight, boxEncoding, classes, perClassThresholds } = description;
    const thresholds = Float32Array.from(perClassThresholds);
    this.context = { layout, inputWidth, inputHeight, boxEncoding, classCount: classes.length, thresholds };
  }

  /**
   * Judges one image. `queue` in the timings is 0; whoever queued the request fills it in.
   * Throws `RefusedImageError` for bytes that are no acceptable image, {@link ProjectionRefusedError} for an
   * image the model must not judge, `ModelRunFailedError` when the runtime fails.
   */
  async detect(bytes: Uint8Array): Promise<Detection> {
    const started = this.now();
    const radiograph = await readRadiograph(bytes, this.rules.limits);
    this.refuseUnsuitable(radiograph);
    const decode = this.now() - started;
    const { findings, timings } = await this.inTurn(() => this.infer(radiograph));
    const { name, version, digestSha256 } = this.model.description;
    return {
      source: radiograph.source,
      width: radiograph.image.width,
      height: radiograph.image.height,
      ...(radiograph.header && { header: radiograph.header }),
      findings,
      model: { name, version, digestSha256 },
      timingsMs: { queue: 0, decode, ...timings },
    };
  }

  private refuseUnsuitable({ header }: Radiograph): void {
    if (!header) return;
    const verdict = judgeProjection(header, this.rules.projection);
    if (!verdict.accepted) {
      throw new ProjectionRefusedError({
        reasons: verdict.reasons.map(({ code, message }) => ({ code, message })),
      });
    }
  }

  private async infer({ image }: Radiograph): Promise<{
    findings: Finding[];
    timings: Pick<DetectionTimings, 'letterbox' | 'run' | 'postprocess'>;
  }> {
    const { inputWidth, inputHeight } = this.model.description;
    const started = this.now();
    const gray = this.writer.grayPlane(0) ?? this.scratch;
    const transform = letterbox(image, inputWidth, inputHeight, gray);
    this.writer.write(0, gray);
    const written = this.now();
    const outputs = await this.model.runner.run(this.writer.tensor());
    const ran = this.now();
    const findings = this.findingsOf(outputs, transform);
    const timings = { letterbox: written - started, run: ran - written, postprocess: this.now() - ran };
    return { findings, timings };
  }

  private findingsOf(outputs: readonly OutputTensor[], transform: LetterboxTransform): Finding[] {
    const { classes, iouThreshold, layout } = this.model.description;
    const { decode, needsSuppression } = LAYOUT_DECODERS[layout];
    return nonMaximumSuppression(decode(outputs, 0, this.context), {
      iouThreshold: needsSuppression ? iouThreshold : 1,
      maxKept: MAX_FINDINGS,
    })
      .map(({ box, confidence, classIndex }: Candidate) => ({
        class: classes[classIndex]!,
        classIndex,
        confidence: Math.min(confidence, 1),
        box: boxToSource(box, transform),
      }))
      .filter((finding) => hasArea(finding.box));
  }

  /** Runs `task` when all earlier ones are over; its failure does not hold up the next. */
  private inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = this.previous.then(task);
    this.previous = result.catch(() => undefined);
    return result;
  }
}
