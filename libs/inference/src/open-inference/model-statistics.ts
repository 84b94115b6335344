/** One inference that succeeded. Times in milliseconds. */
export interface InferenceRecord {
  /** Images in the request. */
  readonly images: number;
  /** Images in the run it was part of, ≥ `images`. */
  readonly batchSize: number;
  /** From the whole request to the whole answer. */
  readonly totalMs: number;
  readonly queueMs: number;
  readonly inputMs: number;
  readonly inferMs: number;
  readonly outputMs: number;
}

/** How often, and how long in total. */
interface Duration {
  count: number;
  ns: number;
}

interface BatchStatistics {
  /** Requests' shares of executions; their sum is whole again when all requests of a batch are counted. */
  executions: number;
  readonly input: Duration;
  readonly infer: Duration;
  readonly output: Duration;
}

const MAX_BATCH_SIZES_TOLD = 256;

/** What a model has done since the server started, as the statistics extension tells it and perf_analyzer reads it. */
export class ModelStatistics {
  private lastInference = 0;
  private images = 0;
  private executions = 0;
  private readonly success = none();
  private readonly fail = none();
  private readonly queue = none();
  private readonly input = none();
  private readonly infer = none();
  private readonly output = none();
  private readonly batches = new Map<number, BatchStatistics>();

  /** `now` in milliseconds since 1970. */
  succeeded(record: InferenceRecord, now: number): void {
    const share = record.images / Math.max(record.batchSize, record.images);
    this.lastInference = Math.round(now);
    this.images += record.images;
    this.executions += share;
    add(this.success, record.totalMs);
    add(this.queue, record.queueMs);
    add(this.input, record.inputMs);
    add(this.infer, record.inferMs);
    add(this.output, record.outputMs);
    const batch = this.batchOf(record.batchSize);
    if (!batch) return;
    batch.executions += share;
    add(batch.input, record.inputMs);
    add(batch.infer, record.inferMs);
    add(batch.output, record.outputMs);
  }

  failed(totalMs: number): void {
    add(this.fail, totalMs);
  }

  /** Runs of the model so far. */
  get executionCount(): number {
    return Math.round(this.executions);
  }

  /** One entry of `model_stats`. Nothing is cached on this path, so the cache's counts stay 0. */
  document(name: string, version: string) {
    const { success, fail, queue, input, infer, output } = this;
    return {
      name,
      version,
      last_inference: this.lastInference,
      inference_count: this.images,
      execution_count: this.executionCount,
      inference_stats: {
        success: { ...success },
        fail: { ...fail },
        queue: { ...queue },
        compute_input: { ...input },
        compute_infer: { ...infer },
        compute_output: { ...output },
        cache_hit: none(),
        cache_miss: none(),
      },
      response_stats: {},
      batch_stats: [...this.batches]
        .sort(([one], [other]) => one - other)
        .map(([batch_size, batch]) => {
          const count = Math.round(batch.executions);
          return {
            batch_size,
            compute_input: perExecution(batch.input, count),
            compute_infer: perExecution(batch.infer, count),
            compute_output: perExecution(batch.output, count),
          };
        }),
      memory_usage: [],
    };
  }

  private batchOf(size: number): BatchStatistics | undefined {
    const known = this.batches.get(size);
    if (known || this.batches.size >= MAX_BATCH_SIZES_TOLD) return known;
    const batch = { executions: 0, input: none(), infer: none(), output: none() };
    this.batches.set(size, batch);
    return batch;
  }
}

function none(): Duration {
  return { count: 0, ns: 0 };
}

function add(duration: Duration, ms: number): void {
  duration.count++;
  duration.ns += Math.round(ms * 1e6);
}

/** Batch statistics count executions, and each request reported the time of the whole execution. */
function perExecution({ count: requests, ns }: Duration, count: number): Duration {
  return { count, ns: requests === 0 ? 0 : Math.round((ns / requests) * count) };
}
