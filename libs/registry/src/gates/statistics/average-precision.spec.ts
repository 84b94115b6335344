import fc from 'fast-check';
import { AVERAGE_PRECISION_METHODS, averagePrecision } from './average-precision';
import { OperatingPoints } from './operating-points';
import { sortedOutcomes } from './scored-outcomes';
import { sensitivityAt } from './sensitivity';

interface Drawn {
  readonly score: number;
  readonly matched: boolean;
  readonly image: number;
}

const images = 5;
/** Scores in steps of a tenth, so that ties are common. */
const detection = fc.record({
  score: fc.integer({ min: 0, max: 10 }).map((tenths) => tenths / 10),
  matched: fc.boolean(),
  image: fc.integer({ min: 0, max: images - 1 }),
});
const detections = fc.array(detection, { maxLength: 30 });
const weightsOf = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: images, maxLength: images });

/** As many truths in each image as were found there, and `missed` more. */
function truthsOf(drawn: readonly Drawn[], missed = 1): Int32Array {
  const truths = new Int32Array(images).fill(missed);
  for (const { matched, image } of drawn) truths[image] += Number(matched);
  return truths;
}

function traced(
  drawn: readonly Drawn[],
  truths: Int32Array,
  weights = new Int32Array(truths.length).fill(1),
) {
  const points = new OperatingPoints(drawn.length);
  points.trace(sortedOutcomes(drawn, truths), weights);
  return points;
}

/** Flags in order of falling score, on one image. */
function ranked(flags: string, truths: number) {
  const drawn = [...flags].map((flag, rank) => ({ score: 1 - rank / 100, matched: flag === '+', image: 0 }));
  return traced(drawn, Int32Array.of(truths));
}

/** Straight from the definition, over a list in which every image stands as often as it weighs. */
function slowly(drawn: readonly Drawn[], truths: number, method: 'coco-101' | 'all-point'): number {
  const thresholds = [...new Set(drawn.map(({ score }) => score))].sort((a, b) => b - a);
  const curve = thresholds.map((threshold) => {
    const raised = drawn.filter(({ score }) => score >= threshold);
    const found = raised.filter(({ matched }) => matched).length;
    return { found, precision: found / raised.length };
  });
  const precisionFrom = (found: number) =>
    Math.max(0, ...curve.filter((point) => point.found >= found).map(({ precision }) => precision));
  if (method === 'coco-101') {
    let sum = 0;
    for (let recall = 0; recall <= 100; recall++) sum += precisionFrom((recall * truths) / 100 - 1e-9);
    return sum / 101;
  }
  let area = 0;
  for (let found = 1; found <= truths; found++) area += precisionFrom(found) / truths;
  return area;
}

describe('averagePrecision', () => {
  it.each([
    // Precision 1 to recall ½, then nothing: 51 of 101 recalls.
    ['+', 2, 0.5, 51 / 101],
    // Precision 1 to recall ½, ⅔ to recall 1.
    ['+-+', 2, 0.5 + 0.5 * (2 / 3), (51 + 50 * (2 / 3)) / 101],
    // The dip at rank 1 is filled by the ½ that follows.
    ['-+', 1, 0.5, 0.5],
    ['++', 2, 1, 1],
    ['---', 3, 0, 0],
    ['', 3, 0, 0],
  ])('of %j with %i truths is %f by all points and %f by COCO', (flags, truths, allPoint, coco) => {
    expect(averagePrecision(ranked(flags, truths), 'all-point')).toBeCloseTo(allPoint, 12);
    expect(averagePrecision(ranked(flags, truths), 'coco-101')).toBeCloseTo(coco, 12);
  });

  it('does not exist without truths', () => {
    expect(averagePrecision(ranked('--', 0), 'all-point')).toBeNaN();
    expect(sensitivityAt(ranked('--', 0), 1)).toBeNaN();
  });

  it.each(AVERAGE_PRECISION_METHODS)(
    'by %s is what the definition says, ties and weights included',
    (method) => {
      fc.assert(
        fc.property(detections, weightsOf, (drawn, weights) => {
          const truths = truthsOf(drawn);
          const repeated = drawn.flatMap((one) => Array.from({ length: weights[one.image] }, () => one));
          const count = truths.reduce((sum, value, image) => sum + value * weights[image], 0);
          const measured = averagePrecision(traced(drawn, truths, Int32Array.from(weights)), method);
          if (count === 0) expect(measured).toBeNaN();
          // Found counts move in whole tie groups, so recall between them has the precision of the next.
          else expect(measured).toBeCloseTo(slowly(repeated, count, method), 9);
        }),
      );
    },
  );

  it('does not depend on the order of detections', () => {
    fc.assert(
      fc.property(detections, (drawn) => {
        const truths = truthsOf(drawn);
        const one = averagePrecision(traced(drawn, truths), 'all-point');
        expect(averagePrecision(traced([...drawn].reverse(), truths), 'all-point')).toBe(one);
      }),
    );
  });

  it('never gains from another false positive', () => {
    fc.assert(
      fc.property(detections, detection, (drawn, more) => {
        const truths = truthsOf(drawn);
        const before = averagePrecision(traced(drawn, truths), 'coco-101');
        const after = averagePrecision(traced([...drawn, { ...more, matched: false }], truths), 'coco-101');
        expect(after).toBeLessThanOrEqual(before + 1e-12);
      }),
    );
  });
});

describe('sensitivityAt', () => {
  it.each([
    ['+-+-+', 4, 0, 0.25],
    ['+-+-+', 4, 1, 0.5],
    ['+-+-+', 4, 2, 0.75],
    ['--+', 1, 1, 0],
    ['', 2, 1, 0],
  ])('of %j with %i truths at %f false positives an image is %f', (flags, truths, rate, expected) => {
    expect(sensitivityAt(ranked(flags, truths), rate)).toBe(expected);
  });

  it('counts false positives over all images, those without any finding too', () => {
    const drawn = [
      { score: 0.9, matched: false, image: 0 },
      { score: 0.8, matched: true, image: 1 },
    ];
    expect(sensitivityAt(traced(drawn, Int32Array.of(0, 1)), 0.5)).toBe(1);
    expect(sensitivityAt(traced(drawn, Int32Array.of(0, 1)), 0.4)).toBe(0);
  });

  it('only grows with what is allowed', () => {
    fc.assert(
      fc.property(detections, fc.double({ min: 0, max: 4, noNaN: true }), (drawn, rate) => {
        const points = traced(drawn, truthsOf(drawn));
        expect(sensitivityAt(points, rate + 0.5)).toBeGreaterThanOrEqual(sensitivityAt(points, rate));
      }),
    );
  });
});
