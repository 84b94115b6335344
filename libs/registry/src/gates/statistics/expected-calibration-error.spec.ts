import fc from 'fast-check';
import { calibrationSupport, detectionCalibrationError } from './expected-calibration-error';
import { sortedOutcomes } from './scored-outcomes';

const bins = { bins: 10, minimumScore: 0 };
const outcomes = (...detections: [score: number, matched: boolean][]) =>
  sortedOutcomes(
    detections.map(([score, matched]) => ({ score, matched, image: 0 })),
    Int32Array.of(9),
  );
const once = Int32Array.of(1);

describe('detectionCalibrationError', () => {
  it('weighs the gap of each bin by its detections', () => {
    // Bin 0.9–1: precision ½, mean score 0.95, gap 0.45, twice. Bin 0.2–0.3: precision 0, gap 0.25, once.
    const drawn = outcomes([0.96, true], [0.94, false], [0.25, false]);
    expect(detectionCalibrationError([drawn], once, bins)).toBeCloseTo((2 * 0.45 + 0.25) / 3, 12);
  });

  it('takes the classes together', () => {
    // Over-confident in one class, under-confident in the other, by the same in one bin.
    const classes = [outcomes([0.5, true]), outcomes([0.5, false])];
    expect(detectionCalibrationError(classes, once, bins)).toBe(0);
  });

  it('leaves out what no reader sees', () => {
    const drawn = outcomes([0.8, true], [0.29, false]);
    const rules = { bins: 10, minimumScore: 0.3 };
    expect(detectionCalibrationError([drawn], once, rules)).toBeCloseTo(0.2, 12);
    expect(calibrationSupport([drawn], 0.3)).toBe(1);
    expect(detectionCalibrationError([outcomes([0.1, true])], once, rules)).toBeNaN();
  });

  it('lies between 0 and 1, the score 1 included', () => {
    const detection = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean());
    fc.assert(
      fc.property(fc.array(detection, { minLength: 1 }), (drawn) => {
        const error = detectionCalibrationError([outcomes(...drawn, [1, true])], once, bins);
        expect(error).toBeGreaterThanOrEqual(0);
        expect(error).toBeLessThanOrEqual(1);
      }),
    );
  });
});
