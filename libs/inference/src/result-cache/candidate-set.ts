import { fitLetterbox } from '@thorax/radiograph';
import { Detection, Finding } from '../detection';
import { findingsOf, SuppressionRules } from '../findings';
import { BestClasses, Candidate, hasArea, LayoutReading } from '../layouts/layout-decoder';
import { ModelDescription } from '../model-description';

/** Scores below it are noise that no threshold in use asks for. */
export const CANDIDATE_FLOOR = 0.01;
/** Scores a set holds at most: the highest. An image of a trained detector has some dozens above the floor. */
export const MAX_CANDIDATES = 1_000;

/** Scores are in 0..1, so a bin's edge is exact in float32. */
const BINS = 1_024;

/**
 * All scores of one image from `floor` on, before thresholds and suppression, with their boxes. From it follow the
 * findings for all thresholds that are not below `floor`; see {@link candidatesAbove}. Plain data, never changed.
 */
export interface CandidateSet {
  /** Every score ≥ `floor` is in the set and no other; exact in float32. */
  readonly floor: number;
  /** x min, y min, x max, y max in pixels of the model's input, location by location. */
  readonly boxes: Float64Array;
  /** By score: which of `boxes` it is for. Classes of one location come by rising index. */
  readonly locations: Uint16Array;
  readonly classes: Uint16Array;
  readonly scores: Float64Array;
}

/** What is kept of an answered image: no header, nothing of a patient. */
export interface CachedResult {
  readonly source: Detection['source'];
  /** Pixels, as displayed. */
  readonly width: number;
  readonly height: number;
  readonly candidates: CandidateSet;
}

/**
 * Collects the scores from {@link CANDIDATE_FLOOR} on, or from the least of `thresholds` where that is lower. When
 * there are more than {@link MAX_CANDIDATES}, the floor rises until there are not; `undefined` when it would rise
 * above a threshold, since such a set could not answer for it.
 */
export function collectCandidates(
  reading: LayoutReading,
  thresholds: Float32Array,
): CandidateSet | undefined {
  const least = thresholds.reduce((lowest, threshold) => Math.min(lowest, threshold), 1);
  const floor = Math.fround(Math.min(CANDIDATE_FLOOR, least));
  const first = new Collection(floor);
  first.addAll(reading, thresholds.length);
  if (!first.isFull) return first.toSet(reading);
  const raised = first.raisedFloor();
  if (raised > least) return undefined;
  const second = new Collection(raised);
  second.addAll(reading, thresholds.length);
  return second.toSet(reading);
}

/** What decoding with these thresholds would have given, in some order. No threshold may be below the floor. */
export function candidatesAbove(
  { boxes, locations, classes, scores }: CandidateSet,
  thresholds: Float32Array,
): Candidate[] {
  const best = new BestClasses(boxes.length / 4);
  for (let index = 0; index < scores.length; index++) {
    const classIndex = classes[index]!;
    if (scores[index]! >= thresholds[classIndex]!) best.offer(locations[index]!, classIndex, scores[index]!);
  }
  return best.candidates((location) => ({
    xMin: boxes[4 * location]!,
    yMin: boxes[4 * location + 1]!,
    xMax: boxes[4 * location + 2]!,
    yMax: boxes[4 * location + 3]!,
  }));
}

/** Whether the set holds all that these thresholds ask for, and classes that the model has. */
export function answersFor({ floor, classes }: CandidateSet, thresholds: Float32Array): boolean {
  return (
    thresholds.every((threshold) => threshold >= floor) &&
    classes.every((classIndex) => classIndex < thresholds.length)
  );
}

/** The findings that the model gives for an image, from what was kept of it. */
export function findingsFrom(
  { width, height, candidates }: CachedResult,
  model: SuppressionRules & Pick<ModelDescription, 'inputWidth' | 'inputHeight'>,
  thresholds: Float32Array,
): Finding[] {
  const transform = fitLetterbox({ width, height }, model.inputWidth, model.inputHeight);
  return findingsOf(candidatesAbove(candidates, thresholds), transform, model);
}

/** Bytes that a set's numbers take. */
export function byteLengthOf({ boxes, locations, classes, scores }: CandidateSet): number {
  return boxes.byteLength + locations.byteLength + classes.byteLength + scores.byteLength;
}

/** Scores from a floor on, as many as fit, and how the others are spread. */
class Collection {
  private readonly at = new Int32Array(MAX_CANDIDATES);
  private readonly classes = new Uint16Array(MAX_CANDIDATES);
  private readonly scores = new Float64Array(MAX_CANDIDATES);
  private readonly histogram = new Uint32Array(BINS);
  private count = 0;

  constructor(private readonly floor: number) {}

  addAll(reading: LayoutReading, classCount: number): void {
    const floors = new Float32Array(classCount).fill(this.floor);
    reading.eachScore(floors, (location, classIndex, score) => {
      this.histogram[Math.min(Math.floor(score * BINS), BINS - 1)]!++;
      const place = this.count++;
      if (place >= MAX_CANDIDATES) return;
      this.at[place] = location;
      this.classes[place] = classIndex;
      this.scores[place] = score;
    });
  }

  get isFull(): boolean {
    return this.count > MAX_CANDIDATES;
  }

  /** The least edge of a bin from which on there is room for all; 2, which nothing reaches, when there is none. */
  raisedFloor(): number {
    let above = 0;
    for (let bin = BINS - 1; bin >= 0; bin--) {
      above += this.histogram[bin]!;
      if (above > MAX_CANDIDATES) return bin === BINS - 1 ? 2 : (bin + 1) / BINS;
    }
    return this.floor;
  }

  /** Locations are numbered anew, in order of their first score; those whose box has no area are left out. */
  toSet(reading: LayoutReading): CandidateSet {
    const { count, at, classes, scores, floor } = this;
    const numbers = new Map<number, number>();
    const boxes = new Float64Array(4 * count);
    const set = {
      locations: new Uint16Array(count),
      classes: new Uint16Array(count),
      scores: new Float64Array(count),
    };
    let [kept, known] = [0, 0];
    for (let index = 0; index < count; index++) {
      const location = at[index]!;
      let number = numbers.get(location);
      if (number === undefined) {
        const { xMin, yMin, xMax, yMax } = reading.boxAt(location);
        number = hasArea({ xMin, yMin, xMax, yMax }) ? known++ : -1;
        numbers.set(location, number);
        if (number !== -1) boxes.set([xMin, yMin, xMax, yMax], 4 * number);
      }
      if (number === -1) continue;
      set.locations[kept] = number;
      set.classes[kept] = classes[index]!;
      set.scores[kept] = scores[index]!;
      kept++;
    }
    return {
      floor,
      boxes: boxes.slice(0, 4 * known),
      locations: set.locations.slice(0, kept),
      classes: set.classes.slice(0, kept),
      scores: set.scores.slice(0, kept),
    };
  }
}
