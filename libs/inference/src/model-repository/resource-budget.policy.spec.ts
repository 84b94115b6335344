import * as fc from 'fast-check';
import {
  chargedBytes,
  estimatedBytes,
  InstancePlan,
  missingBytes,
  ONE_BY_ONE,
  planInstances,
} from './resource-budget.policy';

const mebibytes = (count: number): number => count * 1024 * 1024;
const plan = (workers: number, intraOpThreads: number): InstancePlan => ({ workers, intraOpThreads });

describe('the core budget', () => {
  it.each([
    ['one thread beside a primary that has all cores', plan(4, 2), [plan(8, 1)], ONE_BY_ONE],
    ['what the primary leaves', plan(4, 1), [plan(4, 1)], plan(4, 1)],
    ['threads before workers', plan(4, 2), [plan(4, 1)], plan(2, 2)],
    ['all it wants where there is room', plan(2, 2), [plan(1, 1)], plan(2, 2)],
  ])('gives a further model %s', (_, wanted, held, granted) => {
    expect(planInstances(wanted, { cores: 8, held })).toEqual(granted);
  });

  it('gives every model a worker and never more than one thread a model too many', () => {
    const wish = fc.record({
      workers: fc.integer({ min: 1, max: 64 }),
      intraOpThreads: fc.integer({ min: 1, max: 64 }),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), fc.array(wish, { maxLength: 20 }), (cores, wishes) => {
        const held: InstancePlan[] = [plan(cores, 1)];
        for (const wanted of wishes) {
          const granted = planInstances(wanted, { cores, held });
          expect(granted.workers).toBeGreaterThanOrEqual(1);
          expect(granted.intraOpThreads).toBeGreaterThanOrEqual(1);
          expect(granted.workers).toBeLessThanOrEqual(wanted.workers);
          held.push(granted);
        }
        const threads = held.reduce((sum, { workers, intraOpThreads }) => sum + workers * intraOpThreads, 0);
        expect(threads).toBeLessThanOrEqual(cores + wishes.length);
      }),
    );
  });
});

describe('the memory budget', () => {
  it('expects three times the file and 64 MiB of every worker', () => {
    expect(estimatedBytes(mebibytes(100), 2)).toBe(mebibytes(2 * 364));
  });

  it('charges what was measured, within half and double of what was expected', () => {
    expect([10, 90, 1000].map((measured) => chargedBytes(100, measured))).toEqual([50, 90, 200]);
  });

  it('says what is missing', () => {
    expect(missingBytes({ neededBytes: 30, heldBytes: 80, budgetBytes: 100 })).toBe(10);
    expect(missingBytes({ neededBytes: 20, heldBytes: 80, budgetBytes: 100 })).toBe(0);
  });
});
