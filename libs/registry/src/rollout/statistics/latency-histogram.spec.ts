import fc from 'fast-check';
import {
  countAbove,
  countIn,
  histogramOf,
  LatencyHistogram,
  mergeHistograms,
  QUANTILE_RELATIVE_ERROR,
  quantileOf,
} from './latency-histogram';

const duration = fc.double({ min: 0.1, max: 600_000, noNaN: true });
const durations = fc.array(duration, { minLength: 1, maxLength: 200 });
const of = (values: readonly number[]): LatencyHistogram =>
  values.reduce<LatencyHistogram>((all, value) => mergeHistograms(all, histogramOf(value)), {});

describe('the latency histogram', () => {
  it('knows quantiles within 2.5 %', () => {
    fc.assert(
      fc.property(durations, fc.double({ min: 0, max: 1, noNaN: true }), (values, quantile) => {
        const sorted = values.toSorted((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil(quantile * sorted.length)) - 1];
        const relative = Math.abs(quantileOf(of(values), quantile)! / exact - 1);
        expect(relative).toBeLessThanOrEqual(QUANTILE_RELATIVE_ERROR + 1e-9);
      }),
    );
    expect(QUANTILE_RELATIVE_ERROR).toBeLessThan(0.025);
  });

  it('merges to what one replica would have counted', () => {
    fc.assert(
      fc.property(durations, durations, (a, b) =>
        expect(mergeHistograms(of(a), of(b))).toEqual(of([...b, ...a])),
      ),
    );
  });

  it('counts those surely longer than a limit: never too many, short of them by one bucket at most', () => {
    fc.assert(
      fc.property(durations, duration, (values, limit) => {
        const count = countAbove(of(values), limit);
        expect(count).toBeLessThanOrEqual(values.filter((value) => value > limit).length);
        expect(count).toBeGreaterThanOrEqual(values.filter((value) => value > limit * 1.0501).length);
      }),
    );
  });

  it('takes what no duration should be', () => {
    const odd = of([-5, 0, NaN, 1e12, Infinity]);
    expect(countIn(odd)).toBe(5);
    expect(quantileOf(odd, 0.5)).toBeLessThan(0.1);
    expect(quantileOf({}, 0.5)).toBeUndefined();
  });

  it('is its own JSON', () => {
    const histogram = of([1, 20, 300]);
    expect(JSON.parse(JSON.stringify(histogram))).toEqual(histogram);
  });
});
