import { ManualClock } from '../testing/manual-clock';
import { Measurement } from '../worker/protocol';
import { BatchCalibrator } from './batch-calibrator';
import { BatchCostModel } from './batch-cost.model';

describe('BatchCalibrator', () => {
  let clock: ManualClock;
  let costs: BatchCostModel;
  let asked: number[];
  let idle: boolean;
  let calibrator: BatchCalibrator;
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  /** Runs cost `msOf(size)`, and measuring one three times that. */
  function start(msOf: (size: number) => number, maxBatchSize = 8): void {
    [clock, costs, asked, idle] = [new ManualClock(), new BatchCostModel(maxBatchSize), [], true];
    const measure = (batchSize: number): Promise<Measurement> => {
      asked.push(batchSize);
      const runMs = msOf(batchSize);
      return new Promise((resolve, reject) => {
        if (Number.isNaN(runMs)) reject(new Error('out of memory'));
        else clock.after(3 * runMs, () => resolve({ batchSize, runMs }));
      });
    };
    calibrator = new BatchCalibrator({ costs, clock, measure, isIdle: () => idle });
    calibrator.start();
  }

  async function pass(milliseconds: number): Promise<void> {
    for (let passed = 0; passed < milliseconds; passed += 50) {
      clock.advance(50);
      await settled();
    }
  }

  it('measures sizes in idle moments, as far as they pay, and then leaves no timer', async () => {
    start((size) => (size <= 4 ? 10 + size : 10 * size));
    expect(asked).toEqual([]);
    await pass(1500);
    expect(asked).toEqual([1, 2, 4, 8]);
    expect(costs.limit()).toEqual({ size: 4, because: 'no-gain' });
    expect(clock.pending).toBe(0);
  });

  it('stops at the first size that loses', async () => {
    start((size) => 22 * size * 1.05 ** (size - 1));
    await pass(1000);
    expect(asked).toEqual([1, 2]);
    expect(costs.limit()).toEqual({ size: 1, because: 'no-gain' });
  });

  it('gets in nobody’s way, but does not wait for ever', async () => {
    start(() => 10, 2);
    idle = false;
    await pass(4900);
    expect(asked).toEqual([]);
    await pass(1000);
    expect(asked).toEqual([1, 2]);
  });

  it('does not start what would exceed its time', async () => {
    start((size) => 250 * size);
    await pass(5000);
    expect(asked).toEqual([1]);
    expect(costs.limit()).toEqual({ size: 1, because: 'unmeasured' });
  });

  it('keeps what it knows when a size cannot be run', async () => {
    start((size) => (size === 4 ? NaN : 10));
    await pass(2000);
    expect(asked).toEqual([1, 2, 4]);
    expect(costs.limit().size).toBe(2);
  });

  it('stops when told', async () => {
    start(() => 10);
    calibrator.stop();
    await pass(500);
    expect(asked).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
