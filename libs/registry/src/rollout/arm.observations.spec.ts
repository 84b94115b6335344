import fc from 'fast-check';
import {
  agreementMoments,
  ArmObservation,
  ArmSummary,
  mergeSummaries,
  NOTHING_SEEN,
  observationsIn,
  observe,
} from './arm.observations';

const observation: fc.Arbitrary<ArmObservation> = fc.oneof(
  fc.record({
    kind: fc.constant('request' as const),
    failed: fc.boolean(),
    latencyMs: fc.double({ min: 0, max: 1e5, noNaN: true }),
    firstOfUnit: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('agreement' as const), score: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({ kind: fc.constant('feedback' as const), accepted: fc.boolean() }),
);
const observations = fc.array(observation, { maxLength: 50 });
const summaryOf = (seen: readonly ArmObservation[]): ArmSummary => seen.reduce(observe, NOTHING_SEEN);

describe('arm summaries', () => {
  it('merge associatively and commutatively, to what one replica would have seen', () => {
    fc.assert(
      fc.property(observations, observations, observations, (x, y, z) => {
        const [a, b, c] = [x, y, z].map(summaryOf);
        const all = summaryOf([...z, ...x, ...y]);
        expect(mergeSummaries(mergeSummaries(a, b), c)).toEqual(all);
        expect(mergeSummaries(a, mergeSummaries(b, c))).toEqual(all);
        expect(mergeSummaries(b, a)).toEqual(mergeSummaries(a, b));
        expect(mergeSummaries(a, NOTHING_SEEN)).toEqual(a);
      }),
    );
  });

  it('survive JSON', () => {
    fc.assert(
      fc.property(observations, (seen) => {
        const summary = summaryOf(seen);
        expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
      }),
    );
  });

  it('count every observation once', () => {
    fc.assert(fc.property(observations, (seen) => expect(observationsIn(summaryOf(seen))).toBe(seen.length)));
  });

  it('leave the latency of failures out of account', () => {
    const summary = summaryOf([
      { kind: 'request', failed: true, latencyMs: 1, firstOfUnit: true },
      { kind: 'request', failed: false, latencyMs: 0.05, firstOfUnit: false },
    ]);
    expect(summary).toMatchObject({ requests: 2, errors: 1, units: 1, latency: { 0: 1 } });
  });

  it('know agreement to a thousandth', () => {
    const { count, sum, sumOfSquares } = agreementMoments(
      summaryOf([
        { kind: 'agreement', score: 2 / 3 },
        { kind: 'agreement', score: 1 },
      ]),
    );
    expect([count, sum]).toEqual([2, 1.667]);
    expect(sumOfSquares).toBeCloseTo(0.667 ** 2 + 1, 9);
  });
});
