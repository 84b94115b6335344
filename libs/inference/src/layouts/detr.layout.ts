import { OutputTensor } from '../model-runner';
import { boxAround, DecodingContext, decoderOf, LayoutReader, rowsOf } from './layout-decoder';

/**
 * The DETR family: one row a query, boxes as centre and size in fractions of the input.
 * `detr-sigmoid`: logits [B, Q, C], each class judged on its own. `detr-softmax`: logits [B, Q, C+1], the last
 * being "no object". `rt-detr`: [B, Q, 4+C] with boxes and finished scores in one tensor.
 */
export const readDetr: LayoutReader = (outputs, index, context) => {
  const { boxes, scores, boxStride, scoreStride, scoreOffset } = tensorsOf(outputs, index, context);
  const { layout, classCount, inputWidth, inputHeight } = context;
  const probability = layout === 'detr-softmax' ? softmax : layout === 'detr-sigmoid' ? sigmoid : asIs;
  return {
    locations: boxes.length / boxStride,
    eachScore(thresholds, visit) {
      const row = new Float32Array(scoreStride - scoreOffset);
      for (let query = 0; query * boxStride < boxes.length; query++) {
        row.set(scores.subarray(query * scoreStride + scoreOffset, (query + 1) * scoreStride));
        probability(row);
        for (let classIndex = 0; classIndex < classCount; classIndex++) {
          const score = row[classIndex]!;
          if (score >= thresholds[classIndex]!) visit(query, classIndex, score);
        }
      }
    },
    boxAt(query) {
      const start = query * boxStride;
      return boxAround(
        boxes[start]! * inputWidth,
        boxes[start + 1]! * inputHeight,
        boxes[start + 2]! * inputWidth,
        boxes[start + 3]! * inputHeight,
      );
    },
  };
};

export const decodeDetr = decoderOf(readDetr);

interface Tensors {
  readonly boxes: Float32Array;
  readonly scores: Float32Array;
  readonly boxStride: number;
  readonly scoreStride: number;
  readonly scoreOffset: number;
}

function tensorsOf(outputs: readonly OutputTensor[], index: number, context: DecodingContext): Tensors {
  if (context.layout === 'rt-detr') {
    const joined = rowsOf(outputs[0]!, index);
    const stride = outputs[0]!.dims[2]!;
    return { boxes: joined, scores: joined, boxStride: stride, scoreStride: stride, scoreOffset: 4 };
  }
  const boxes = boxesOf(outputs, context);
  const logits = outputs.find((output) => output !== boxes)!;
  return {
    boxes: rowsOf(boxes, index),
    scores: rowsOf(logits, index),
    boxStride: 4,
    scoreStride: logits.dims[2]!,
    scoreOffset: 0,
  };
}

/** With four logits a query both tensors have the boxes' shape; then the name decides, as in recognition. */
function boxesOf(outputs: readonly OutputTensor[], { layout, classCount }: DecodingContext): OutputTensor {
  const logitWidth = layout === 'detr-softmax' ? classCount + 1 : classCount;
  const shaped = outputs.filter((output) => output.dims[2] === 4);
  const named = logitWidth === 4 ? shaped.find((output) => /box/i.test(output.name)) : undefined;
  return named ?? shaped[0]!;
}

function asIs(): void {}

function sigmoid(row: Float32Array): void {
  for (let i = 0; i < row.length; i++) row[i] = 1 / (1 + Math.exp(-row[i]!));
}

/** The largest logit is taken off first, so that no exponential overflows. */
function softmax(row: Float32Array): void {
  const largest = row.reduce((max, logit) => Math.max(max, logit), -Infinity);
  let sum = 0;
  for (let i = 0; i < row.length; i++) sum += row[i] = Math.exp(row[i]! - largest);
  for (let i = 0; i < row.length; i++) row[i]! /= sum;
}
