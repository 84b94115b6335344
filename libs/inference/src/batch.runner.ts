import { setImmediate } from 'node:timers/promises';
import { BatchItem, BatchRun } from './batch-item';
import { ModelRunFailedError } from './errors';
import { InputTensorWriter } from './input-tensor.writer';
import { LoadedModel } from './model.loader';
import { largestBatch } from './raw-tensor';
import { Measurement } from './worker/protocol';

/** An item's answer, or why it has none. */
export type Outcome<Answer> =
  | { readonly ok: true; readonly value: Answer }
  | { readonly ok: false; readonly error: unknown };

const MEASURED_RUNS = 3;
const MEASURING_LASTS_MS = 100;

/** A turn at the runner: whoever has it may write its input tensor and run that. */
interface Lane {
  writer: InputTensorWriter;
  /** When its answer is of no use any more, by the stopwatch. */
  endsBy: number;
}

/**
 * Executes items in batches on one runner, one batch after the other, or as many at once as the runner allows. Each
 * of these has an input tensor, allocated for the largest batch it has seen and written over each time; a model with
 * a fixed batch is filled up.
 *
 * A run blocks the thread. What goes on meanwhile is what others do: the decoder's own threads, for images whose
 * decoding had started. Hence the pause before each run, in which waiting messages are read and their decoding starts.
 */
export class BatchRunner {
  private readonly idle: Lane[];
  private readonly waiting: ((lane: Lane) => void)[] = [];

  /** Uses `model.runner` but does not close it. */
  constructor(
    private readonly model: LoadedModel,
    private readonly now: () => number,
  ) {
    const { description, runner } = model;
    this.idle = Array.from({ length: runner.maxConcurrentRuns ?? 1 }, () => ({
      writer: new InputTensorWriter(description, description.fixedBatchSize ?? 1),
      endsBy: Infinity,
    }));
  }

  /**
   * Answers all items, in their order. Items of different sizes, or more than one run takes, are spread over
   * several runs. When the model fails on several items, each is tried alone, so that one cannot harm the others.
   * `endsBy`, by the stopwatch, is when nobody waits any more: a runner that can give up is told to.
   */
  execute<Answer>(items: readonly BatchItem<Answer>[], endsBy = Infinity): Promise<Outcome<Answer>[]> {
    return this.inTurn(async (lane) => {
      lane.endsBy = endsBy;
      const outcomes: Outcome<Answer>[] = [];
      for (const batch of batchesOf(items, largestBatch(this.model.description))) {
        outcomes.push(...(await this.runSafely(lane, batch)));
      }
      return outcomes;
    });
  }

  /** Runs empty images and resolves with the least time one run took, of three where that is quick enough. */
  measure(batchSize: number): Promise<Measurement> {
    return this.inTurn(async () => {
      const { description, runner } = this.model;
      const tensor = new InputTensorWriter(description, description.fixedBatchSize ?? batchSize).tensor();
      const started = this.now();
      let runMs = Infinity;
      for (let run = 0; run < MEASURED_RUNS && this.now() - started < MEASURING_LASTS_MS; run++) {
        const before = this.now();
        await runner.run(tensor);
        runMs = Math.min(runMs, this.now() - before);
      }
      return { batchSize, runMs };
    });
  }

  private async runSafely<Answer>(
    lane: Lane,
    batch: readonly BatchItem<Answer>[],
  ): Promise<Outcome<Answer>[]> {
    try {
      return await this.runTogether(lane, batch);
    } catch (error) {
      if (batch.length === 1 || !(error instanceof ModelRunFailedError)) {
        return batch.map(() => ({ ok: false, error }));
      }
      const alone: Outcome<Answer>[] = [];
      for (const item of batch) alone.push(...(await this.runSafely(lane, [item])));
      return alone;
    }
  }

  private async runTogether<Answer>(
    lane: Lane,
    batch: readonly BatchItem<Answer>[],
  ): Promise<Outcome<Answer>[]> {
    const batchSize = placesOf(batch);
    const tensor = this.ownTensorOf(batch) ?? this.filledTensor(lane, batch, batchSize);
    const started = this.now();
    const outputs = await this.model.runner.run(tensor, lane.endsBy - started);
    const run: BatchRun = { outputs, batchSize, places: tensor.dims[0], runMs: this.now() - started };
    let start = 0;
    return batch.map((item) => {
      const place = start;
      start += item.places;
      return answered(item, run, place);
    });
  }

  private ownTensorOf<Answer>([only, ...others]: readonly BatchItem<Answer>[]): BatchItem<Answer>['tensor'] {
    const { fixedBatchSize } = this.model.description;
    const fits = others.length === 0 && (fixedBatchSize === undefined || fixedBatchSize === only!.places);
    return fits ? only!.tensor : undefined;
  }

  private filledTensor<Answer>(lane: Lane, batch: readonly BatchItem<Answer>[], batchSize: number) {
    const writer = this.writerFor(lane, batch[0]!, batchSize);
    let start = 0;
    for (const item of batch) {
      item.fill(writer, start);
      start += item.places;
    }
    return writer.tensor(this.model.description.fixedBatchSize ?? batchSize);
  }

  /** Sizes other than the model's own come only with raw tensors for models of open size: too rare to keep buffers for. */
  private writerFor<Answer>(
    lane: Lane,
    { width, height }: BatchItem<Answer>,
    batchSize: number,
  ): InputTensorWriter {
    const { description } = this.model;
    const images = description.fixedBatchSize ?? batchSize;
    if (width !== description.inputWidth || height !== description.inputHeight) {
      return new InputTensorWriter({ ...description, inputWidth: width, inputHeight: height }, images);
    }
    if (images > lane.writer.batchSize) lane.writer = new InputTensorWriter(description, images);
    return lane.writer;
  }

  /** Runs `task` as soon as there is a lane that no earlier one wants; its failure does not hold up the next. */
  private async inTurn<T>(task: (lane: Lane) => Promise<T>): Promise<T> {
    const lane = this.idle.pop() ?? (await new Promise<Lane>((resolve) => this.waiting.push(resolve)));
    try {
      await setImmediate();
      return await task(lane);
    } finally {
      const next = this.waiting.shift();
      if (next) next(lane);
      else this.idle.push(lane);
    }
  }
}

function answered<Answer>(item: BatchItem<Answer>, run: BatchRun, place: number): Outcome<Answer> {
  try {
    return { ok: true, value: item.answer(run, place) };
  } catch (error) {
    return { ok: false, error };
  }
}

function placesOf(items: readonly BatchItem<unknown>[]): number {
  return items.reduce((sum, { places }) => sum + places, 0);
}

/** Splits items, in order, where sizes change or `most` images would be exceeded. */
export function batchesOf<Item extends Pick<BatchItem<unknown>, 'places' | 'width' | 'height'>>(
  items: readonly Item[],
  most: number,
): Item[][] {
  const batches: Item[][] = [];
  let places = 0;
  for (const item of items) {
    const current = batches.at(-1);
    const [first] = current ?? [];
    const fits =
      first && first.width === item.width && first.height === item.height && places + item.places <= most;
    if (fits) current!.push(item);
    else batches.push([item]);
    places = (fits ? places : 0) + item.places;
  }
  return batches;
}
