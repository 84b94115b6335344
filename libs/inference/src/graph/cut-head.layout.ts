import {
  boxAround,
  DecodingContext,
  decoderOf,
  LayoutReader,
  rowsOf,
  ScoreVisitor,
} from '../layouts/layout-decoder';
import { OutputTensor } from '../model-runner';

/** Size of the network's input in pixels, from which strides follow. */
export type InputSize = Pick<DecodingContext, 'inputWidth' | 'inputHeight'>;

/** One level of one image. */
interface Level {
  readonly columns: number;
  readonly rows: number;
  /** Cells of the level. */
  readonly cells: number;
  /** [4 × bins, rows, columns] */
  readonly boxes: Float32Array;
  readonly bins: number;
  /** [C, rows, columns] */
  readonly classes: Float32Array;
  readonly classCount: number;
}

/**
 * Slack of the logit threshold: wide enough for the rounding of scores to float32, so that the score itself
 * decides, narrow enough to let almost nothing through in vain.
 */
const LOGIT_SLACK = 1e-3;
/** From here on a score rounds to 1 in float32 or nearly so. */
const CERTAIN_LOGIT = 14;

/** Whether outputs are those of a cut head: pairs of [B, 4 × bins, h, w] and [B, C, h, w]. */
export function isCutHead(outputs: readonly { readonly dims: readonly number[] }[]): boolean {
  return (
    outputs.length >= 2 &&
    outputs.length % 2 === 0 &&
    outputs.every(({ dims }) => dims.length === 4) &&
    outputs.every(({ dims }, place) => place % 2 === 0 || sameGrid(dims, outputs[place - 1]!.dims))
  );
}

/**
 * The anchor-free layout before its decoding: what `rewrites/cut-head.rewrite.ts` leaves. Answers what the whole
 * graph and `decodeAnchorFree` answer, in the same order, up to the rounding of float32.
 *
 * Logits are compared with the threshold's logit first, so that exponentials are spent on survivors alone.
 */
export const readCutHead: LayoutReader = (outputs, index, context) => {
  const levels = levelsOf(outputs, index);
  const first = levels.map((_, place) => levels.slice(0, place).reduce((sum, { cells }) => sum + cells, 0));
  return {
    locations: levels.reduce((sum, { cells }) => sum + cells, 0),
    eachScore(thresholds, visit) {
      const floors = Float64Array.from(thresholds, logitFloorOf);
      levels.forEach((level, place) => eachScoreOf(level, first[place]!, { floors, thresholds }, visit));
    },
    boxAt(location) {
      const place = first.findLastIndex((start) => start <= location);
      return boxAround(...boxAt(levels[place]!, location - first[place]!, context));
    },
  };
};

export const decodeCutHead = decoderOf(readCutHead);

/**
 * The output [B, 4 + C, N] that the whole graph would have given, for comparing the two.
 * Every anchor is decoded, which is what the cut avoids: not for serving.
 */
export function expandCutHead(outputs: readonly OutputTensor[], size: InputSize): OutputTensor {
  const images = Array.from({ length: outputs[0]!.dims[0]! }, (_, index) => levelsOf(outputs, index));
  const anchors = images[0]!.reduce((sum, { cells }) => sum + cells, 0);
  const rows = 4 + images[0]![0]!.classCount;
  const data = new Float32Array(images.length * rows * anchors);
  images.forEach((levels, index) => {
    let anchor = index * rows * anchors;
    for (const level of levels) {
      for (let cell = 0; cell < level.cells; cell++, anchor++) {
        boxAt(level, cell, size).forEach((value, row) => (data[anchor + row * anchors] = value));
        for (let row = 4; row < rows; row++) {
          data[anchor + row * anchors] = scoreOf(level.classes[(row - 4) * level.cells + cell]!);
        }
      }
    }
  });
  return { name: 'output0', dims: [images.length, rows, anchors], data };
}

function levelsOf(outputs: readonly OutputTensor[], index: number): Level[] {
  return Array.from({ length: outputs.length / 2 }, (_, level) => {
    const [boxes, classes] = [outputs[2 * level]!, outputs[2 * level + 1]!];
    const [, channels, rows, columns] = boxes.dims as [number, number, number, number];
    return {
      columns,
      rows,
      cells: rows * columns,
      boxes: rowsOf(boxes, index),
      bins: channels / 4,
      classes: rowsOf(classes, index),
      classCount: classes.dims[1]!,
    };
  });
}

function eachScoreOf(
  { cells, classes, classCount }: Level,
  first: number,
  { floors, thresholds }: { floors: Float64Array; thresholds: Float32Array },
  visit: ScoreVisitor,
): void {
  for (let classIndex = 0; classIndex < classCount; classIndex++) {
    const floor = floors[classIndex]!;
    const threshold = thresholds[classIndex]!;
    const row = classIndex * cells;
    for (let cell = 0; cell < cells; cell++) {
      const logit = classes[row + cell]!;
      if (!(logit >= floor)) continue;
      const score = scoreOf(logit);
      if (score >= threshold) visit(first + cell, classIndex, score);
    }
  }
}

/** Centre and size in pixels of the input; an anchor stands in the middle of its cell. */
function boxAt(
  level: Level,
  cell: number,
  { inputWidth, inputHeight }: InputSize,
): [centreX: number, centreY: number, width: number, height: number] {
  const [strideX, strideY] = [inputWidth / level.columns, inputHeight / level.rows];
  const [left, top, right, bottom] = [0, 1, 2, 3].map((side) => expectedDistance(level, cell, side)) as [
    number,
    number,
    number,
    number,
  ];
  const anchorX = (cell % level.columns) + 0.5;
  const anchorY = Math.floor(cell / level.columns) + 0.5;
  return [
    (anchorX + (right - left) / 2) * strideX,
    (anchorY + (bottom - top) / 2) * strideY,
    (left + right) * strideX,
    (top + bottom) * strideY,
  ];
}

/** Mean of the distribution softmax(logits) over 0, 1, 2, …, in cells. */
function expectedDistance({ boxes, bins, cells }: Level, cell: number, side: number): number {
  const start = side * bins * cells + cell;
  let highest = -Infinity;
  for (let bin = 0; bin < bins; bin++) highest = Math.max(highest, boxes[start + bin * cells]!);
  let [total, weighted] = [0, 0];
  for (let bin = 0; bin < bins; bin++) {
    const weight = Math.exp(boxes[start + bin * cells]! - highest);
    total += weight;
    weighted += weight * bin;
  }
  return weighted / total;
}

function scoreOf(logit: number): number {
  return Math.fround(1 / (1 + Math.exp(-logit)));
}

function logitFloorOf(threshold: number): number {
  return Math.min(Math.log(threshold / (1 - threshold)) - LOGIT_SLACK, CERTAIN_LOGIT);
}

function sameGrid(one: readonly number[], other: readonly number[]): boolean {
  return one[0] === other[0] && one[2] === other[2] && one[3] === other[3];
}
