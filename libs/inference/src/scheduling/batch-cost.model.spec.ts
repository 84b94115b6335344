import fc from 'fast-check';
import { BatchCostModel } from './batch-cost.model';

function modelOf(costs: Record<number, number>, maxBatchSize = 8): BatchCostModel {
  const model = new BatchCostModel(maxBatchSize);
  for (const [size, ms] of Object.entries(costs)) model.measured(Number(size), ms);
  return model;
}

describe('BatchCostModel', () => {
  it('runs images one by one until it knows better', () => {
    expect(modelOf({}).limit()).toEqual({ size: 1, because: 'unmeasured' });
    expect(modelOf({ 1: 10 }).limit()).toEqual({ size: 1, because: 'unmeasured' });
    expect(modelOf({}, 1).limit()).toEqual({ size: 1 });
  });

  it('does not batch fp32 on a CPU, where it loses', () => {
    expect(modelOf({ 1: 22.3, 2: 48 }).limit()).toEqual({ size: 1, because: 'no-gain' });
  });

  it('does not batch for a gain below the margin', () => {
    expect(modelOf({ 1: 10, 2: 19.7 }).limit().size).toBe(1);
    expect(modelOf({ 1: 10, 2: 19.5 }).limit().size).toBe(2);
  });

  it('batches as far as it pays on a device that likes it', () => {
    expect(modelOf({ 1: 10, 2: 10.5, 4: 11, 8: 30 }).limit()).toEqual({ size: 4, because: 'no-gain' });
    expect(modelOf({ 1: 10, 2: 10.5, 4: 11, 8: 12 }).limit()).toEqual({ size: 8 });
  });

  it('interpolates between sizes, and knows nothing beyond them', () => {
    const model = modelOf({ 1: 10, 4: 16 });
    expect(model.costOf(2)).toBeCloseTo(12);
    expect(model.costOf(5)).toBeUndefined();
    expect(model.pays(3)).toBe(true);
  });

  it('skips a size that loses below one that wins', () => {
    const model = modelOf({ 1: 10, 2: 25, 4: 26 });
    expect([1, 2, 4].map((images) => model.bestUpTo(images))).toEqual([1, 1, 4]);
  });

  it('measures 1, 2, 4, … and the maximum, until one does not pay', () => {
    const model = new BatchCostModel(6);
    const asked: (number | undefined)[] = [];
    for (let size = model.nextToMeasure(); size; size = model.nextToMeasure()) {
      asked.push(size);
      model.measured(size, 10 + size / 10);
    }
    expect(asked).toEqual([1, 2, 4, 6]);
    expect(modelOf({ 1: 10, 2: 30 }).nextToMeasure()).toBeUndefined();
    expect(new BatchCostModel(1).nextToMeasure()).toBeUndefined();
  });

  it('takes a slower machine for what it is: all sizes cost more, none looks cheap', () => {
    const model = modelOf({ 1: 20, 2: 42 });
    for (let run = 0; run < 500; run++) model.observed(1, 26);
    expect(model.costOf(1)).toBeCloseTo(26, 0);
    expect(model.limit().size).toBe(1);
  });

  it('finds out from its own batches when they lose after all', () => {
    const model = modelOf({ 1: 10, 2: 15 });
    let runs = 0;
    for (; model.limit().size === 2 && runs < 1000; runs++) {
      model.observed(2, 24);
      model.observed(1, 10);
    }
    expect(runs).toBeLessThan(100);
  });

  it('is not misled by one run that hung, nor by nonsense', () => {
    const model = modelOf({ 1: 10, 2: 15, 4: 22 });
    model.observed(4, 10_000);
    for (const runMs of [NaN, 0, -1, Infinity]) model.observed(4, runMs);
    model.observed(64, 1);
    model.measured(8, NaN);
    expect(model.limit().size).toBe(4);
  });

  const costs = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 16 }), fc.double({ min: 0.1, max: 1000, noNaN: true })),
    {
      maxLength: 12,
    },
  );

  it('never chooses a size that loses by its own measurements, whatever it learns', () => {
    fc.assert(
      fc.property(costs, costs, fc.integer({ min: 1, max: 16 }), (measured, observed, maxBatchSize) => {
        const model = new BatchCostModel(maxBatchSize);
        for (const [size, ms] of measured) model.measured(size, ms);
        for (const [size, ms] of observed) model.observed(size, ms);
        for (let images = 1; images <= maxBatchSize; images++) {
          const best = model.bestUpTo(images);
          expect(best).toBeLessThanOrEqual(images);
          if (best === 1) continue;
          const rate = best / model.costOf(best)!;
          for (let smaller = 1; smaller < best; smaller++) {
            const cost = model.costOf(smaller);
            if (cost !== undefined && model.pays(smaller))
              expect(rate).toBeGreaterThan((smaller / cost) * 1.02);
          }
          expect(rate).toBeGreaterThan(1.02 / model.costOf(1)!);
        }
      }),
    );
  });
});
