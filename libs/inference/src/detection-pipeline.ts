import { judgeProjection, Radiograph, readRadiograph } from '@thorax/radiograph';
import { BatchItem } from './batch-item';
import { BatchRunner, Outcome } from './batch.runner';
import { AdmissionRules } from './admission-rules';
import { DetectionWithCandidates } from './detection';
import { ProjectionRefusedError } from './errors';
import { ImageBatchItem, ImageSurroundings } from './image.batch-item';
import { LoadedModel } from './model.loader';
import { InferenceResult } from './raw-tensor';
import { TensorBatchItem } from './tensor.batch-item';
import { DetectTask, InferTask, Measurement, Task } from './worker/protocol';

type Stopwatch = () => number;

/** What can share a run of the model. */
export type BatchTask = Extract<Task, { kind: 'detect' | 'infer' }>;

/** What it is answered with, in the same order of kinds. */
export type BatchAnswer = DetectionWithCandidates | InferenceResult;

/**
 * From the bytes of files to findings, on the calling thread: decode, gate, letterbox, tensor, run, read the
 * outputs, suppress. Gray bytes all the way to the tensor; buffers are allocated once.
 *
 * Several calls may be under way: decoding overlaps, the part on shared buffers takes turns.
 */
export class DetectionPipeline {
  /** Runs raw tensors, on the graph that their senders know. */
  private readonly tensors: BatchRunner;
  /** Runs images; the same unless a faster graph was prepared. */
  private readonly images: BatchRunner;
  private readonly shared: ImageSurroundings;

  /** The pipeline uses the model's runners but does not close them. */
  constructor(
    model: LoadedModel,
    private readonly rules: AdmissionRules,
    private readonly now: Stopwatch = () => performance.now(),
  ) {
    const { description, prepared } = model;
    const { layout, inputWidth, inputHeight, boxEncoding, classes, perClassThresholds } = description;
    const thresholds = Float32Array.from(perClassThresholds);
    this.tensors = new BatchRunner(model, now);
    this.images = prepared
      ? new BatchRunner({ description: { ...description, ...prepared.format }, runner: prepared.runner }, now)
      : this.tensors;
    this.shared = {
      description,
      scratch: new Uint8Array(inputWidth * inputHeight),
      context: { layout, inputWidth, inputHeight, boxEncoding, classCount: classes.length, thresholds },
      now,
    };
  }

  /**
   * Judges one image. `queue` in the timings is 0; whoever queued the request fills it in.
   * Throws `RefusedImageError` for bytes that are no acceptable image, {@link ProjectionRefusedError} for an
   * image the model must not judge, `ModelRunFailedError` when the runtime fails.
   */
  async detect(bytes: Uint8Array, wantsCandidates = false): Promise<DetectionWithCandidates> {
    return (await this.answerAll([
      { kind: 'detect', bytes, wantsCandidates },
    ])[0]!) as DetectionWithCandidates;
  }

  /**
   * Answers tasks as one batch, each with a promise of its own that settles like {@link detect}'s. An image that is
   * refused leaves the batch at once; the others wait for each other's decoding and share the run. A runner that can
   * give up is told to after `leftMs`.
   */
  answerAll(tasks: readonly BatchTask[], leftMs = Infinity): Promise<BatchAnswer>[] {
    const endsBy = this.now() + leftMs;
    const preparing = tasks.map((task) => this.prepare(task));
    const running = Promise.allSettled(preparing).then((prepared) => this.runPrepared(prepared, endsBy));
    // Whoever waits for an answer hears of a failure; nobody waits for the whole.
    running.catch(() => undefined);
    return preparing.map(async (item, index) => {
      await item;
      const outcome = (await running).get(index)!;
      if (!outcome.ok) throw outcome.error;
      return outcome.value;
    });
  }

  /** What a run of `batchSize` images costs, on empty ones. */
  measure(batchSize: number): Promise<Measurement> {
    return this.images.measure(batchSize);
  }

  private async runPrepared(
    prepared: readonly PromiseSettledResult<BatchItem<BatchAnswer>>[],
    endsBy: number,
  ): Promise<Map<number, Outcome<BatchAnswer>>> {
    const usable = prepared.flatMap((item, index) =>
      item.status === 'fulfilled' ? [{ item: item.value, index }] : [],
    );
    const answered = new Map<number, Outcome<BatchAnswer>>();
    for (const runner of new Set([this.images, this.tensors])) {
      const own = usable.filter(({ item }) => this.runnerOf(item) === runner);
      if (own.length === 0) continue;
      const outcomes = await runner.execute(
        own.map(({ item }) => item),
        endsBy,
      );
      own.forEach(({ index }, place) => answered.set(index, outcomes[place]!));
    }
    return answered;
  }

  private runnerOf(item: BatchItem<BatchAnswer>): BatchRunner {
    return item instanceof TensorBatchItem ? this.tensors : this.images;
  }

  private async prepare(task: BatchTask): Promise<BatchItem<BatchAnswer>> {
    return task.kind === 'infer' ? this.prepareTensor(task) : this.prepareImage(task);
  }

  private prepareTensor(task: InferTask): TensorBatchItem {
    return new TensorBatchItem(task, this.now);
  }

  private async prepareImage({ bytes, wantsCandidates }: DetectTask): Promise<ImageBatchItem> {
    const started = this.now();
    const radiograph = await readRadiograph(bytes, this.rules.limits);
    this.refuseUnsuitable(radiograph);
    return new ImageBatchItem(radiograph, this.now() - started, this.shared, wantsCandidates);
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
}
