import fc from 'fast-check';
import { intersectionOverUnion } from './box';
import { nonMaximumSuppression, ScoredBox } from './non-maximum-suppression';

const candidate = (overrides: Partial<ScoredBox> = {}): ScoredBox => ({
  box: { xMin: 0, yMin: 0, xMax: 10, yMax: 10 },
  confidence: 0.5,
  classIndex: 0,
  ...overrides,
});

// Small integer grids make overlaps and ties frequent, which is where suppression goes wrong.
const anyCandidate = fc
  .record({
    x: fc.integer({ min: 0, max: 12 }),
    y: fc.integer({ min: 0, max: 12 }),
    width: fc.integer({ min: 1, max: 8 }),
    height: fc.integer({ min: 1, max: 8 }),
    confidence: fc.integer({ min: 1, max: 5 }).map((tenths) => tenths / 10),
    classIndex: fc.integer({ min: 0, max: 2 }),
  })
  .map(
    ({ x, y, width, height, confidence, classIndex }): ScoredBox => ({
      box: { xMin: x, yMin: y, xMax: x + width, yMax: y + height },
      confidence,
      classIndex,
    }),
  );
const anyCandidates = fc.array(anyCandidate, { maxLength: 30 });
const anyThreshold = fc.double({ min: 0, max: 1, noNaN: true });

describe('nonMaximumSuppression', () => {
  it('keeps the strongest of overlapping boxes of one class', () => {
    const weak = candidate({ confidence: 0.4 });
    const strong = candidate({ confidence: 0.9 });
    expect(nonMaximumSuppression([weak, strong], { iouThreshold: 0.5 })).toEqual([strong]);
  });

  it('lets boxes of different classes overlap', () => {
    const both = [candidate({ classIndex: 0 }), candidate({ classIndex: 1 })];
    expect(nonMaximumSuppression(both, { iouThreshold: 0.5 })).toHaveLength(2);
  });

  it('keeps both boxes when their overlap equals the threshold', () => {
    const half = candidate({ box: { xMin: 0, yMin: 0, xMax: 10, yMax: 5 }, confidence: 0.3 });
    expect(nonMaximumSuppression([candidate(), half], { iouThreshold: 0.5 })).toHaveLength(2);
  });

  it('keeps no more than asked for, the strongest of all classes', () => {
    const three = [0.2, 0.9, 0.5].map((confidence, classIndex) => candidate({ confidence, classIndex }));
    const kept = nonMaximumSuppression(three, { iouThreshold: 0.5, maxKept: 2 });
    expect(kept.map((one) => one.confidence)).toEqual([0.9, 0.5]);
  });

  it('orders what it keeps by falling confidence', () => {
    fc.assert(
      fc.property(anyCandidates, anyThreshold, (candidates, iouThreshold) => {
        const confidences = nonMaximumSuppression(candidates, { iouThreshold }).map((one) => one.confidence);
        expect(confidences).toEqual(confidences.toSorted((a, b) => b - a));
      }),
    );
  });

  it('changes nothing when applied to its own result', () => {
    fc.assert(
      fc.property(anyCandidates, anyThreshold, (candidates, iouThreshold) => {
        const once = nonMaximumSuppression(candidates, { iouThreshold });
        expect(nonMaximumSuppression(once, { iouThreshold })).toEqual(once);
      }),
    );
  });

  it('never keeps two boxes of one class that overlap by more than the threshold', () => {
    fc.assert(
      fc.property(anyCandidates, anyThreshold, (candidates, iouThreshold) => {
        const kept = nonMaximumSuppression(candidates, { iouThreshold });
        for (const [i, a] of kept.entries()) {
          for (const b of kept.slice(i + 1)) {
            if (a.classIndex === b.classIndex) {
              expect(intersectionOverUnion(a.box, b.box)).toBeLessThanOrEqual(iouThreshold);
            }
          }
        }
      }),
    );
  });

  it('suppresses a box only for a kept one of its class that is as strong and overlaps it', () => {
    fc.assert(
      fc.property(anyCandidates, anyThreshold, (candidates, iouThreshold) => {
        const kept = new Set(nonMaximumSuppression(candidates, { iouThreshold }));
        const unexplained = candidates
          .filter((one) => !kept.has(one))
          .filter(
            (one) =>
              ![...kept].some(
                (rival) =>
                  rival.classIndex === one.classIndex &&
                  rival.confidence >= one.confidence &&
                  intersectionOverUnion(rival.box, one.box) > iouThreshold,
              ),
          );
        expect(unexplained).toEqual([]);
      }),
    );
  });

  it('gives the same answer in whatever order the candidates arrive', () => {
    const shuffled = anyCandidates.chain((candidates) =>
      fc.tuple(
        fc.constant(candidates),
        fc.shuffledSubarray(candidates, { minLength: candidates.length, maxLength: candidates.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, anyThreshold, ([candidates, reordered], iouThreshold) => {
        expect(nonMaximumSuppression(reordered, { iouThreshold })).toEqual(
          nonMaximumSuppression(candidates, { iouThreshold }),
        );
      }),
    );
  });
});
