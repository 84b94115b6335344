import { Box } from '@thorax/radiograph';
import { OutputTensor } from '../model-runner';
import { OutputLayout } from '../output-layout';

/** A box above its threshold, in pixels of the model's input, not yet suppressed. */
export interface Candidate {
  readonly box: Box;
  /** 0..1 */
  readonly confidence: number;
  readonly classIndex: number;
}

/** What a decoder needs to know of the model. */
export interface DecodingContext {
  readonly layout: OutputLayout;
  readonly inputWidth: number;
  readonly inputHeight: number;
  readonly classCount: number;
  /** Least confidence by class index, 0..1, length `classCount`. */
  readonly thresholds: Float32Array;
  /** YOLOX only: `grid` when centre and size are still relative to their cell, `pixels` when decoded. */
  readonly boxEncoding: 'grid' | 'pixels';
}

/**
 * One image's part of a batch's outputs, read no further than it is asked for: scores first, and boxes only of
 * locations that have one. A location is an anchor, a cell or a query. The tensors are only read, and must not be
 * overwritten for as long as this is used.
 */
export interface LayoutReading {
  /** Locations are numbered from 0 to one less than this. */
  readonly locations: number;
  /**
   * Calls `visit` for every score that reaches the threshold of its class (length `classCount`). Classes of one
   * location come by rising index. Scores that are not numbers are left out.
   */
  eachScore(thresholds: Float32Array, visit: ScoreVisitor): void;
  /** The location's box in pixels of the model's input; may be without area or not finite, see {@link hasArea}. */
  boxAt(location: number): Box;
}

/** `confidence` is 0..1. */
export type ScoreVisitor = (location: number, classIndex: number, confidence: number) => void;

/** Finds one image's reading; `index` is the image's place in the batch. */
export type LayoutReader = (
  outputs: readonly OutputTensor[],
  index: number,
  context: DecodingContext,
) => LayoutReading;

/** Reads one image's candidates out of a batch's outputs; see {@link bestCandidates}. */
export type LayoutDecoder = (
  outputs: readonly OutputTensor[],
  index: number,
  context: DecodingContext,
) => Candidate[];

/**
 * The candidates of a reading, location by location.
 *
 * A location yields at most one: its best class, the first of equal ones, among those that reach their own
 * threshold. Boxes that are not finite or have no area yield none.
 */
export function bestCandidates(reading: LayoutReading, thresholds: Float32Array): Candidate[] {
  const best = new BestClasses(reading.locations);
  reading.eachScore(thresholds, (location, classIndex, confidence) =>
    best.offer(location, classIndex, confidence),
  );
  return best.candidates((location) => reading.boxAt(location));
}

/** The strongest class of each of a number of locations. */
export class BestClasses {
  private readonly confidences: Float64Array;
  private readonly classes: Int32Array;

  constructor(locations: number) {
    this.confidences = new Float64Array(locations);
    this.classes = new Int32Array(locations).fill(-1);
  }

  /** Of equal confidences the first offered stays. */
  offer(location: number, classIndex: number, confidence: number): void {
    if (this.classes[location] !== -1 && !(confidence > this.confidences[location]!)) return;
    this.confidences[location] = confidence;
    this.classes[location] = classIndex;
  }

  /** A candidate for each location that was offered a class and whose box has an area. */
  candidates(boxAt: (location: number) => Box): Candidate[] {
    const { classes, confidences } = this;
    const candidates: Candidate[] = [];
    for (let location = 0; location < classes.length; location++) {
      const classIndex = classes[location]!;
      if (classIndex === -1) continue;
      const box = boxAt(location);
      if (hasArea(box)) candidates.push({ box, confidence: confidences[location]!, classIndex });
    }
    return candidates;
  }
}

/** The decoder that goes with a reader. */
export function decoderOf(read: LayoutReader): LayoutDecoder {
  return (outputs, index, context) => bestCandidates(read(outputs, index, context), context.thresholds);
}

/** The box around a centre. */
export function boxAround(centreX: number, centreY: number, width: number, height: number): Box {
  return {
    xMin: centreX - width / 2,
    yMin: centreY - height / 2,
    xMax: centreX + width / 2,
    yMax: centreY + height / 2,
  };
}

/** Whether all edges are finite and in order. */
export function hasArea({ xMin, yMin, xMax, yMax }: Box): boolean {
  return xMax > xMin && yMax > yMin && Number.isFinite(xMax - xMin + yMax - yMin);
}

/** The part of an output that belongs to the image at `index` of the batch. */
export function rowsOf(output: OutputTensor, index: number): Float32Array {
  const size = output.dims.slice(1).reduce((product, dim) => product * dim, 1);
  return output.data.subarray(index * size, (index + 1) * size);
}
