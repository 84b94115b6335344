import fc from 'fast-check';
import { fitLetterbox } from '@thorax/radiograph';
import { findingsOf } from '../findings';
import { bestCandidates, LayoutReading } from '../layouts/layout-decoder';
import { modelDescription } from '../testing';
import {
  answersFor,
  byteLengthOf,
  CANDIDATE_FLOOR,
  candidatesAbove,
  CandidateSet,
  collectCandidates,
  findingsFrom,
  MAX_CANDIDATES,
} from './candidate-set';

const CLASSES = 3;
const model = modelDescription({ classes: ['a', 'b', 'c'], inputWidth: 64, inputHeight: 64 });
const thresholdsOf = (...values: number[]) => Float32Array.from(values);

/** A reading of one row of scores a location; row by row, as most layouts are walked. */
function readingOf(
  scores: readonly (readonly number[])[],
  boxAt = (location: number) => ({ xMin: location, yMin: 0, xMax: location + 9, yMax: 20 }),
): LayoutReading {
  return {
    locations: scores.length,
    eachScore: (thresholds, visit) =>
      scores.forEach((row, location) =>
        row.forEach((score, index) => {
          if (score >= thresholds[index]!) visit(location, index, score);
        }),
      ),
    boxAt,
  };
}

const score = fc.oneof(
  fc.float({ min: 0, max: 1, noNaN: true }),
  // Ties, thresholds' own values, the floor, and what is no number.
  fc.constantFrom(0, 0.5, 1, 1 + 2 ** -23, NaN, Math.fround(CANDIDATE_FLOOR)),
);
const edge = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: -9, max: 70 }) },
  { weight: 1, arbitrary: fc.constant(NaN) },
);
const box = fc.record({ xMin: edge, yMin: edge, xMax: edge, yMax: edge });
const threshold = fc.oneof(
  fc.float({ min: Math.fround(CANDIDATE_FLOOR), max: 1, noNaN: true }),
  fc.constant(0.5),
);

describe('collectCandidates', () => {
  it('keeps so much that findings follow for all thresholds and overlaps, exactly as from the outputs', () => {
    const image = fc.array(fc.tuple(fc.tuple(score, score, score), box), { maxLength: 60 });
    const limits = fc.tuple(threshold, threshold, threshold);
    fc.assert(
      fc.property(
        image,
        limits,
        limits,
        fc.constantFrom(0.1, 0.45, 0.9),
        (places, own, others, iouThreshold) => {
          const reading = readingOf(
            places.map(([scores]) => scores),
            (location) => places[location]![1],
          );
          const set = collectCandidates(reading, thresholdsOf(...own))!;
          for (const thresholds of [thresholdsOf(...own), thresholdsOf(...others)]) {
            expect(answersFor(set, thresholds)).toBe(true);
            const rules = { ...model, iouThreshold };
            const transform = fitLetterbox({ width: 100, height: 80 }, 64, 64);
            const kept = { source: 'png' as const, width: 100, height: 80, candidates: set };
            expect(findingsFrom(kept, rules, thresholds)).toEqual(
              findingsOf(bestCandidates(reading, thresholds), transform, rules),
            );
          }
        },
      ),
    );
  });

  it('goes as low as the lowest threshold', () => {
    const reading = readingOf([
      [0.005, 0.5, 0.5],
      [0.003, 0, 0],
    ]);
    const set = collectCandidates(reading, thresholdsOf(0.004, 0.5, 0.5))!;
    expect([...set.scores]).toEqual([0.005, 0.5, 0.5]);
    expect(answersFor(set, thresholdsOf(0.003, 1, 1))).toBe(false);
    expect(answersFor(set, thresholdsOf(0.004, 1, 1))).toBe(true);
  });

  it('keeps at most a thousand scores, the highest, and says from where on', () => {
    const scores = Array.from({ length: 5_000 }, (_, index) => [0.0205 + index / 10_000, 0, 0]);
    const set = collectCandidates(readingOf(scores), thresholdsOf(0.5, 0.5, 0.5))!;
    // A thousand scores reach 0.4205; those of the bin that 0.4205 is in did not fit whole.
    expect(set.floor).toBe(431 / 1_024);
    expect(set.scores.length).toBe(996);
    expect(Math.min(...set.scores)).toBeGreaterThanOrEqual(set.floor);
    expect(byteLengthOf(set)).toBeLessThanOrEqual(44 * MAX_CANDIDATES);
    expect(answersFor(set, thresholdsOf(0.4205, 0.5, 0.5))).toBe(false);
    expect(answersFor(set, thresholdsOf(0.421, 0.5, 0.5))).toBe(true);
  });

  it('is complete from its floor on, and never larger, however scores are spread', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 900, max: 1_500 }),
        fc.func(score),
        threshold,
        (locations, draw, least) => {
          const scores = Array.from({ length: locations }, (_, place) => [draw(place), draw(-place - 1), 0]);
          const reading = readingOf(scores);
          const set = collectCandidates(reading, new Float32Array(CLASSES).fill(least));
          const expected = (floor: number) => scores.flat().filter((one) => one >= floor).length;
          if (set) {
            expect(set.scores.length).toBe(expected(set.floor));
            expect(set.scores.length).toBeLessThanOrEqual(MAX_CANDIDATES);
            expect(set.floor).toBeLessThanOrEqual(Math.fround(least));
          } else expect(expected(least - 1 / 1_024)).toBeGreaterThan(MAX_CANDIDATES);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('gives up where more than a thousand scores reach the thresholds', () => {
    const certain = Array.from({ length: 1_001 }, () => [1, 0, 0]);
    expect(collectCandidates(readingOf(certain), thresholdsOf(0.5, 0.5, 0.5))).toBeUndefined();
    const many = Array.from({ length: 1_001 }, (_, place) => [0.5 + place / 3_000, 0, 0]);
    expect(collectCandidates(readingOf(many), thresholdsOf(0.5, 0.5, 0.5))).toBeUndefined();
    expect(collectCandidates(readingOf(many.slice(1)), thresholdsOf(0.5, 0.5, 0.5))!.scores.length).toBe(
      1_000,
    );
  });

  it('reads boxes of locations with a score alone, each once', () => {
    const asked: number[] = [];
    const scores = [
      [0, 0, 0],
      [0.9, 0.8, 0],
      [0.001, 0, 0.001],
    ];
    const set = collectCandidates(
      readingOf(scores, (location) => {
        asked.push(location);
        return { xMin: 0, yMin: 0, xMax: 1, yMax: 1 };
      }),
      thresholdsOf(0.5, 0.5, 0.5),
    )!;
    expect(asked).toEqual([1]);
    expect(set.boxes).toHaveLength(4);
    expect([...set.locations]).toEqual([0, 0]);
  });
});

describe('candidatesAbove', () => {
  it('gives the best class that reaches its own threshold', () => {
    const set = collectCandidates(readingOf([[0.75, 0.5, 0.25]]), thresholdsOf(0.5, 0.5, 0.5))!;
    const classOf = (...thresholds: number[]) =>
      candidatesAbove(set, thresholdsOf(...thresholds)).map(({ classIndex }) => classIndex);
    expect(classOf(0.5, 0.5, 0.2)).toEqual([0]);
    expect(classOf(0.8, 0.5, 0.2)).toEqual([1]);
    expect(classOf(0.8, 0.6, 0.2)).toEqual([2]);
    expect(classOf(0.8, 0.6, 0.3)).toEqual([]);
  });
});

describe('answersFor', () => {
  it('refuses a set with classes that the model does not have', () => {
    const set = collectCandidates(readingOf([[0, 0, 0.5]]), thresholdsOf(0.5, 0.5, 0.5)) as CandidateSet;
    expect(answersFor(set, thresholdsOf(0.5, 0.5))).toBe(false);
  });
});
