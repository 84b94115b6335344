import fc from 'fast-check';
import { latestMetrics } from './latest-metrics';
import { Metric } from './tracking.types';

const points: fc.Arbitrary<Metric[]> = fc.array(
  fc.record({
    key: fc.constantFrom('loss', 'dice'),
    step: fc.integer({ min: 0, max: 2 }),
    timestampMs: fc.integer({ min: 0, max: 2 }),
    value: fc.constantFrom(1, 2, NaN, Infinity, -Infinity),
  }),
);

describe('latestMetrics', () => {
  it('prefers the step to the time, and the time to the value', () => {
    const at = (step: number, timestampMs: number, value: number): Metric => ({
      key: 'loss',
      step,
      timestampMs,
      value,
    });
    expect(latestMetrics([at(2, 5, 1), at(1, 9, 9), at(2, 4, 9), at(2, 5, 0)])).toEqual([at(2, 5, 1)]);
  });

  it('does not depend on the order of arrival, nor on what came twice', () => {
    fc.assert(
      fc.property(
        points.chain((all) =>
          fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: 2 * all.length })),
        ),
        ([all, shuffled]) => {
          const byKey = (a: Metric, b: Metric) => a.key.localeCompare(b.key);
          expect(latestMetrics(shuffled).sort(byKey)).toEqual(latestMetrics(all).sort(byKey));
        },
      ),
    );
  });
});
