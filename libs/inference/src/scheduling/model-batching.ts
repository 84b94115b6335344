import { ModelDescription } from '../model-description';
import { BatchCalibrator, CalibratorOptions } from './batch-calibrator';
import { BatchCostModel, WorthwhileLimit } from './batch-cost.model';
import { batchingPolicy, everySizePays } from './batching.policy';
import { BatchPolicy } from './dispatcher';
import { DispatchPolicy, dispatchOneByOne } from './dispatch-policy';

/** What decides how a pool batches. */
export interface BatchingOptions extends Omit<CalibratorOptions, 'costs'> {
  /** Takes the place of everything below. */
  readonly policy?: DispatchPolicy;
  /** Learns which sizes pay; otherwise every size up to the model's maximum does. */
  readonly adaptive: boolean;
}

const HORIZON_OF_UNKNOWN_POLICY = 1024;

/** The batching of one pool: one by one until the model is known, then as its configuration and measurements say. */
export class ModelBatching {
  private current: BatchPolicy;
  private costs?: BatchCostModel;
  private calibrator?: BatchCalibrator;

  constructor(private readonly options: BatchingOptions) {
    this.current = {
      decide: options.policy ?? dispatchOneByOne,
      horizon: options.policy ? HORIZON_OF_UNKNOWN_POLICY : 1,
    };
  }

  get policy(): BatchPolicy {
    return this.current;
  }

  /** The largest batch that would be run now, and why no larger one. */
  get limit(): WorthwhileLimit {
    return this.costs?.limit() ?? { size: this.current.horizon };
  }

  /** Takes the model's rules; measuring starts when there is something to learn. */
  use({ serving, fixedBatchSize }: ModelDescription): void {
    if (this.options.policy) return;
    const { maxBatchSize, preferredBatchSizes, maxQueueDelayMicroseconds } = serving;
    const rules = { maxBatchSize, preferredBatchSizes, maxQueueDelayMs: maxQueueDelayMicroseconds / 1000 };
    // A run of fixed size costs the same however full it is.
    const learns = this.options.adaptive && maxBatchSize > 1 && fixedBatchSize === undefined;
    this.costs = learns ? new BatchCostModel(maxBatchSize) : undefined;
    const decide = batchingPolicy(rules, this.costs ?? everySizePays(maxBatchSize));
    this.current = { decide, horizon: maxBatchSize };
    this.calibrator?.stop();
    if (!this.costs) return;
    this.calibrator = new BatchCalibrator({ ...this.options, costs: this.costs });
    this.calibrator.start();
  }

  /** Learns from a run, as reported by a request that had `images` of its `batchSize`. */
  observed(batchSize: number, runMs: number, images: number): void {
    this.costs?.observed(batchSize, runMs, images / batchSize);
  }

  stop(): void {
    this.calibrator?.stop();
  }
}
