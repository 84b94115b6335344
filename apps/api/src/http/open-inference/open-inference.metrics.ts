import { InferenceRecord, ModelDescription } from '@thorax/inference';
import { Counter, Gauge, Registry } from 'prom-client';
import { ReadyModel, ServedModels } from './served-models';

/** Why an inference failed, in Triton's words. */
export type FailureReason = 'REJECTED' | 'CANCELED' | 'BACKEND' | 'OTHER';

const LABELS = ['model', 'version'];

const DURATIONS: Readonly<Record<string, keyof InferenceRecord>> = {
  request: 'totalMs',
  queue: 'queueMs',
  compute_input: 'inputMs',
  compute_infer: 'inferMs',
  compute_output: 'outputMs',
};

/** Tensors are not kept, so these stay 0, like `cache_hit` and `cache_miss` of the statistics. */
const CACHE_COUNTS: Readonly<Record<string, string>> = {
  num_hits: 'Number of requests answered from the response cache.',
  num_misses: 'Number of requests looked up in the response cache in vain.',
  hit_duration: 'Time of lookups that found an answer, microseconds.',
  miss_duration: 'Time of lookups in vain and of keeping the answers, microseconds.',
};

/**
 * The names that dashboards for Triton ask for. They do not follow Prometheus' conventions, so they are served apart
 * from the product's own metrics. Durations are sums in microseconds.
 */
export class OpenInferenceMetrics {
  private readonly registry = new Registry();
  private readonly success = this.counter('request_success', 'Number of successful inference requests.');
  private readonly failure = new Counter({
    name: 'nv_inference_request_failure',
    help: 'Number of failed inference requests.',
    labelNames: [...LABELS, 'reason'],
    registers: [this.registry],
  });
  private readonly images = this.counter('count', 'Number of images inferred; a batch of n counts n.');
  private readonly executions = this.counter('exec_count', 'Number of runs of the model.');
  private readonly pending = new Gauge({
    name: 'nv_inference_pending_request_count',
    help: 'Requests waiting for the model now.',
    labelNames: LABELS,
    registers: [this.registry],
  });
  private readonly durations = Object.keys(DURATIONS).map((stage) => ({
    field: DURATIONS[stage],
    counter: this.counter(`${stage}_duration_us`, `Time of successful requests: ${stage}, microseconds.`),
  }));

  private readonly cache = Object.entries(CACHE_COUNTS).map(
    ([what, help]) =>
      new Counter({
        name: `nv_cache_${what}_per_model`,
        help,
        labelNames: LABELS,
        registers: [this.registry],
      }),
  );

  constructor(private readonly models: ServedModels) {}

  succeeded(record: InferenceRecord, model: ModelDescription): void {
    const labels = labelsOf(model);
    this.success.inc(labels);
    this.images.inc(labels, record.images);
    for (const { field, counter } of this.durations) counter.inc(labels, Math.round(record[field] * 1000));
  }

  failed(reason: FailureReason, model: ModelDescription): void {
    this.failure.inc({ ...labelsOf(model), reason });
  }

  /** The text that Prometheus scrapes, and its media type. */
  async expose(): Promise<{ text: string; contentType: string }> {
    this.executions.reset();
    this.pending.reset();
    for (const model of this.models.ready) this.showCurrent(model);
    return { text: await this.registry.metrics(), contentType: this.registry.contentType };
  }

  /** Series exist from the first scrape on, or rates would miss their first increase. */
  private showCurrent({ detector, description, statistics }: ReadyModel): void {
    const labels = labelsOf(description);
    const durations = this.durations.map(({ counter }) => counter);
    for (const counter of [this.success, this.images, ...durations, ...this.cache]) counter.inc(labels, 0);
    for (const reason of ['REJECTED', 'CANCELED', 'BACKEND', 'OTHER'])
      this.failure.inc({ ...labels, reason }, 0);
    this.executions.inc(labels, statistics.executionCount);
    this.pending.set(labels, detector.stats().queued);
  }

  private counter(name: string, help: string): Counter {
    return new Counter({
      name: `nv_inference_${name}`,
      help,
      labelNames: LABELS,
      registers: [this.registry],
    });
  }
}

function labelsOf({ name, version }: ModelDescription): Record<string, string> {
  return { model: name, version };
}
