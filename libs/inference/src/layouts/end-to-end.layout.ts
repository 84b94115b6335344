import { decoderOf, LayoutReader, rowsOf } from './layout-decoder';

/** [B, Q, 6]: rows of x min, y min, x max, y max in input pixels, score, class. Unused rows have score 0. */
export const readEndToEnd: LayoutReader = (outputs, index, { classCount }) => {
  const data = rowsOf(outputs[0]!, index);
  return {
    locations: data.length / 6,
    eachScore(thresholds, visit) {
      for (let row = 0; row < data.length; row += 6) {
        const confidence = data[row + 4]!;
        const classIndex = Math.round(data[row + 5]!);
        if (!(classIndex >= 0 && classIndex < classCount)) continue;
        if (confidence > 0 && confidence >= thresholds[classIndex]!) visit(row / 6, classIndex, confidence);
      }
    },
    boxAt: (query) => ({
      xMin: data[6 * query]!,
      yMin: data[6 * query + 1]!,
      xMax: data[6 * query + 2]!,
      yMax: data[6 * query + 3]!,
    }),
  };
};

export const decodeEndToEnd = decoderOf(readEndToEnd);
