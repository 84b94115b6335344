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
 * Reads one image's candidates out of a batch's outputs.
 *
 * A location yields at most one candidate: its best class among those that reach their own threshold. Scores
 * that are not numbers, and boxes that are not finite or have no area, yield none.
 * `index` is the image's place in the batch. The tensors are only read.
 */
export type LayoutDecoder = (
  outputs: readonly OutputTensor[],
  index: number,
  context: DecodingContext,
) => Candidate[];

/** Builds a candidate from a centre and a size, or nothing where they describe no area. */
export function candidateAt(
  [centreX, centreY, width, height]: readonly [number, number, number, number],
  confidence: number,
  classIndex: number,
): Candidate | undefined {
  const box = {
    xMin: centreX - width / 2,
    yMin: centreY - height / 2,
    xMax: centreX + width / 2,
    yMax: centreY + height / 2,
  };
  return hasArea(box) ? { box, confidence, classIndex } : undefined;
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
