import fc from 'fast-check';
import { BatchCostModel } from './batch-cost.model';
import { BatchingRules, batchingPolicy, BatchSizing, everySizePays } from './batching.policy';
import { DispatchDecision, DispatchSituation } from './dispatch-policy';

function decide(
  situation: Partial<DispatchSituation> & { sizes: readonly number[] },
  rules: Partial<BatchingRules> = {},
  sizing?: BatchSizing,
): DispatchDecision {
  const whole = { maxBatchSize: 8, preferredBatchSizes: [4, 8], maxQueueDelayMs: 10, ...rules };
  const policy = batchingPolicy(whole, sizing ?? everySizePays(whole.maxBatchSize));
  const { sizes } = situation;
  return policy({
    waiting: sizes.length,
    oldestWaitMs: 0,
    mustLeaveInMs: Infinity,
    shapeFollows: false,
    nobodyFollows: false,
    ...situation,
  });
}
const ones = (count: number): number[] => new Array<number>(count).fill(1);

describe('batchingPolicy', () => {
  it.each<[string, Partial<DispatchSituation> & { sizes: number[] }, Partial<BatchingRules>, DispatchDecision]>([
    ['sends a preferred size', { sizes: ones(4) }, {}, { take: 4, reason: 'preferred' }],
    ['sends the largest preferred size within reach', { sizes: ones(9) }, {}, { take: 8, reason: 'preferred' }],
    ['leaves behind what is beyond it', { sizes: ones(6) }, {}, { take: 4, reason: 'preferred' }],
    ['waits for company', { sizes: ones(3), oldestWaitMs: 4 }, {}, { take: 0, askAgainInMs: 6 }],
    ['sends what is there after the delay', { sizes: ones(3), oldestWaitMs: 10 }, {}, { take: 3, reason: 'delay' }],
    ['and all of it', { sizes: ones(6), oldestWaitMs: 10 }, {}, { take: 6, reason: 'delay' }],
    ['never waits without a delay', { sizes: ones(3) }, { maxQueueDelayMs: 0 }, { take: 3, reason: 'no-wait' }],
    ['sends when the next would not fit', { sizes: [3, 2, 4] }, {}, { take: 2, reason: 'full' }],
    ['wakes up in time for a deadline', { sizes: ones(3), mustLeaveInMs: 2 }, {}, { take: 0, askAgainInMs: 2 }],
    ['sends what a deadline leaves no time for', { sizes: ones(3), mustLeaveInMs: 0 }, {}, { take: 3, reason: 'deadline' }],
    ['sends before another shape', { sizes: ones(2), shapeFollows: true }, {}, { take: 2, reason: 'shape' }],
    ['sends when nobody else will come', { sizes: ones(2), nobodyFollows: true }, {}, { take: 2, reason: 'drain' }],
    ['sends a request that is too large alone', { sizes: [9, 1] }, {}, { take: 1, reason: 'full' }],
    ['counts images, not requests', { sizes: [2, 2] }, {}, { take: 2, reason: 'preferred' }],
    ['sends one by one where one is all', { sizes: ones(3) }, { maxBatchSize: 1 }, { take: 1, reason: 'alone' }],
    ['prefers the maximum when nothing is preferred', { sizes: ones(8) }, { preferredBatchSizes: [] }, { take: 8, reason: 'full' }],
  ])('%s', (_, situation, rules, decision) => {
    expect(decide(situation, rules)).toEqual(decision);
  }); // prettier-ignore

  it('says that batching does not pay, or that nobody knows yet', () => {
    const costs = new BatchCostModel(8);
    expect(decide({ sizes: ones(4) }, {}, costs)).toEqual({ take: 1, reason: 'unmeasured' });
    costs.measured(1, 22);
    costs.measured(2, 48);
    expect(decide({ sizes: ones(4) }, {}, costs)).toEqual({ take: 1, reason: 'no-gain' });
  });

  it('goes as far as batching pays, preferred or not', () => {
    const costs = new BatchCostModel(8);
    [[1, 10], [2, 11], [4, 30]].forEach(([size, ms]) => costs.measured(size!, ms!)); // prettier-ignore
    expect(decide({ sizes: ones(5) }, {}, costs)).toEqual({ take: 2, reason: 'no-gain' });
    expect(decide({ sizes: ones(1) }, {}, costs)).toEqual({ take: 0, askAgainInMs: 10 });
  });

  const situations = fc.record({
    sizes: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 20 }),
    oldestWaitMs: fc.integer({ min: 0, max: 20 }),
    mustLeaveInMs: fc.oneof(fc.constant(Infinity), fc.integer({ min: -5, max: 30 })),
    shapeFollows: fc.boolean(),
    nobodyFollows: fc.boolean(),
  });
  const allRules = fc
    .record({
      maxBatchSize: fc.integer({ min: 1, max: 16 }),
      maxQueueDelayMs: fc.integer({ min: 0, max: 15 }),
    })
    .chain((rules) =>
      fc
        .array(fc.integer({ min: 1, max: rules.maxBatchSize }), { maxLength: 3 })
        .map((preferredBatchSizes) => ({ ...rules, preferredBatchSizes })),
    );
  const measurements = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 16 }), fc.double({ min: 1, max: 100, noNaN: true })),
  );

  function sizingOf(costs: readonly (readonly [number, number])[], maxBatchSize: number): BatchCostModel {
    const model = new BatchCostModel(maxBatchSize);
    for (const [size, ms] of costs) model.measured(size, ms);
    return model;
  }

  it('takes at least one, never more than is there, and never more images than allowed except a single request', () => {
    fc.assert(
      fc.property(
        situations,
        allRules,
        measurements,
        fc.boolean(),
        (situation, rules, measured, adaptive) => {
          const sizing = adaptive ? sizingOf(measured, rules.maxBatchSize) : undefined;
          const decision = decide(situation, rules, sizing);
          if (decision.take === 0) return;
          const images = situation.sizes.slice(0, decision.take).reduce((sum, size) => sum + size, 0);
          expect(decision.take).toBeLessThanOrEqual(situation.sizes.length);
          if (decision.take > 1) expect(images).toBeLessThanOrEqual(rules.maxBatchSize);
          if (decision.take > 1 && sizing) expect(sizing.pays(images)).toBe(true);
        },
      ),
    );
  });

  it('never waits beyond the delay, nor when waiting cannot help', () => {
    fc.assert(
      fc.property(situations, allRules, (situation, rules) => {
        const decision = decide(situation, rules);
        if (!('askAgainInMs' in decision)) return;
        expect(decision.askAgainInMs).toBeGreaterThan(0);
        const wait = Math.min(rules.maxQueueDelayMs - situation.oldestWaitMs, situation.mustLeaveInMs);
        expect(decision.askAgainInMs).toBe(wait);
        expect(situation.shapeFollows || situation.nobodyFollows).toBe(false);
      }),
    );
  });
});
