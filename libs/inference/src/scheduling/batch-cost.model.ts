/** Whether larger batches pay, as far as is known. */
export interface WorthwhileLimit {
  /** The largest size worth running, ≥ 1. */
  readonly size: number;
  /** Why no larger one; `undefined` when it is the largest allowed. */
  readonly because?: 'no-gain' | 'unmeasured';
}

const MARGIN = 0.02;
/** Share of a deviation that is put down to the machine being busier or freer than before: all sizes feel it. */
const COMMON_SHARE = 0.1;
/** Share that is put down to the size itself. Small, so that one size's traffic in a busy hour does not make the others look cheap. */
const OWN_SHARE = 0.02;
/** A run longer or shorter than expected by more than this counts as this much. */
const MAX_DEVIATION = 4;

/**
 * What a batch of each size costs on one model and device, learned from measurements, and which sizes therefore
 * pay. Pure: equal measurements give equal answers.
 *
 * Size 1 always pays. A larger one pays when its images/s exceed those of every size below it that pays by the
 * margin. Costs between measured sizes are interpolated; beyond them nothing is known and nothing pays.
 */
export class BatchCostModel {
  private readonly costs = new Map<number, number>();
  /** Measured sizes, rising. */
  private sizes: number[] = [];
  /** By number of images at hand: the best size up to it. Emptied when anything is learned. */
  private readonly best: number[] = [];

  /** `maxBatchSize` ≥ 1; `margin` is the gain in images/s below which a larger batch is not worth it. */
  constructor(
    readonly maxBatchSize: number,
    private readonly margin = MARGIN,
  ) {}

  /** Takes a measurement made for the purpose: it replaces what was known of this size. */
  measured(batchSize: number, runMs: number): void {
    if (!isUsable(batchSize, runMs)) return;
    this.costs.set(batchSize, runMs);
    this.sizes = [...this.costs.keys()].sort((a, b) => a - b);
    this.best.length = 0;
  }

  /**
   * Learns a little from a run that happened anyway; sizes outside what was measured teach nothing. Where several
   * report one run, each is given the `weight` of its part.
   */
  observed(batchSize: number, runMs: number, weight = 1): void {
    const expected = this.costOf(batchSize);
    if (expected === undefined || !isUsable(batchSize, runMs)) return;
    const deviation = Math.min(Math.max(runMs / expected, 1 / MAX_DEVIATION), MAX_DEVIATION);
    const [below, above] = this.neighboursOf(batchSize);
    for (const [size, cost] of this.costs) {
      const share = COMMON_SHARE + (size === below || size === above ? OWN_SHARE : 0);
      this.costs.set(size, cost * deviation ** (share * weight));
    }
    this.best.length = 0;
  }

  /** Expected milliseconds of a run; `undefined` outside the measured sizes. */
  costOf(batchSize: number): number | undefined {
    const [below, above] = this.neighboursOf(batchSize);
    if (below === undefined || above === undefined) return undefined;
    const [low, high] = [this.costs.get(below)!, this.costs.get(above)!];
    return below === above ? low : low + ((high - low) * (batchSize - below)) / (above - below);
  }

  /** The size, at most `images`, with the most images/s. */
  bestUpTo(images: number): number {
    const most = Math.min(images, this.maxBatchSize);
    if (this.best.length === 0) this.best.push(1, 1);
    for (let size = this.best.length; size <= most; size++) {
      const former = this.best[size - 1]!;
      this.best.push(this.beats(size, former) ? size : former);
    }
    return this.best[Math.max(most, 1)]!;
  }

  /** Whether a batch of this size has more images/s than any smaller one. */
  pays(batchSize: number): boolean {
    return this.bestUpTo(batchSize) === batchSize;
  }

  /** The largest size that pays. */
  limit(): WorthwhileLimit {
    const size = this.bestUpTo(this.maxBatchSize);
    if (size === this.maxBatchSize) return { size };
    return { size, because: this.nextToMeasure() === undefined ? 'no-gain' : 'unmeasured' };
  }

  /**
   * The next of 1, 2, 4, … and the maximum that is worth measuring: none after one that did not pay, because those
   * beyond it cost more time and memory and rarely do.
   */
  nextToMeasure(): number | undefined {
    if (this.maxBatchSize === 1) return undefined;
    for (let size = 1; ; size = Math.min(size * 2, this.maxBatchSize)) {
      if (!this.costs.has(size)) return size;
      if (!this.pays(size) || size === this.maxBatchSize) return undefined;
    }
  }

  private beats(size: number, former: number): boolean {
    const [cost, formerCost] = [this.costOf(size), this.costOf(former)];
    if (cost === undefined || formerCost === undefined) return false;
    return size / cost > (former / formerCost) * (1 + this.margin);
  }

  private neighboursOf(batchSize: number): [below?: number, above?: number] {
    return [this.sizes.findLast((size) => size <= batchSize), this.sizes.find((size) => size >= batchSize)];
  }
}

function isUsable(batchSize: number, runMs: number): boolean {
  return batchSize >= 1 && Number.isFinite(runMs) && runMs > 0;
}
