import { Measurement } from '../worker/protocol';
import { BatchCostModel } from './batch-cost.model';
import { Clock } from './clock';

/** What a calibrator works with. */
export interface CalibratorOptions {
  readonly costs: BatchCostModel;
  readonly clock: Clock;
  /** Whether no request is waiting or being worked on. */
  readonly isIdle: () => boolean;
  /** Measures one size on one worker, ahead of all requests. */
  readonly measure: (batchSize: number) => Promise<Measurement>;
}

const LOOK_EVERY_MS = 100;
/** A detector that is never idle learns at its requests' cost after this long, or it would never batch. */
const PATIENCE_MS = 5_000;
/** Measuring takes this much of one worker's time in all. */
const BUDGET_MS = 2_000;
/** A size is expected to take at most this often the time of half its size: runs in proportion, two of them at least. */
const GROWTH = 4;

/**
 * Fills a cost model size by size while a detector has nothing to do, so that neither readiness nor anybody's request
 * waits for it. Until it is done the detector runs images one by one.
 */
export class BatchCalibrator {
  private cancelTimer: () => void = () => undefined;
  private stopped = false;
  private startedAt = 0;
  private spentMs = 0;
  private lastMs = 0;

  constructor(private readonly options: CalibratorOptions) {}

  start(): void {
    this.startedAt = this.options.clock.now();
    this.lookLater();
  }

  /** Starts no further measurement. */
  stop(): void {
    this.stopped = true;
    this.cancelTimer();
  }

  private lookLater(): void {
    const size = this.options.costs.nextToMeasure();
    if (this.stopped || size === undefined || this.spentMs + GROWTH * this.lastMs > BUDGET_MS) return;
    this.cancelTimer = this.options.clock.after(LOOK_EVERY_MS, () => this.look(size));
  }

  private look(size: number): void {
    const { clock, isIdle } = this.options;
    const patient = clock.now() - this.startedAt < PATIENCE_MS;
    if (patient && !isIdle()) this.lookLater();
    else void this.measure(size);
  }

  private async measure(size: number): Promise<void> {
    const { clock, costs, measure } = this.options;
    const before = clock.now();
    try {
      const { batchSize, runMs } = await measure(size);
      costs.measured(batchSize, runMs);
    } catch {
      // A size that cannot be run is not worth batching: out of memory, most likely. What was learned stays.
      return;
    }
    this.lastMs = clock.now() - before;
    this.spentMs += this.lastMs;
    this.lookLater();
  }
}
