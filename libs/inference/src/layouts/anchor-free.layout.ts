import { boxAround, decoderOf, LayoutReader, rowsOf } from './layout-decoder';

/**
 * [B, 4+C, N]: rows of centre x, centre y, width, height in input pixels, then one row of scores a class.
 *
 * The scores are walked row by row, as they lie in memory, against each class's threshold; boxes are computed
 * for the few survivors alone.
 */
export const readAnchorFree: LayoutReader = (outputs, index, { classCount }) => {
  const data = rowsOf(outputs[0]!, index);
  const anchors = outputs[0]!.dims[2]!;
  return {
    locations: anchors,
    eachScore(thresholds, visit) {
      for (let classIndex = 0; classIndex < classCount; classIndex++) {
        const threshold = thresholds[classIndex]!;
        const row = (4 + classIndex) * anchors;
        for (let anchor = 0; anchor < anchors; anchor++) {
          const score = data[row + anchor]!;
          if (score >= threshold) visit(anchor, classIndex, score);
        }
      }
    },
    boxAt: (anchor) =>
      boxAround(
        data[anchor]!,
        data[anchors + anchor]!,
        data[2 * anchors + anchor]!,
        data[3 * anchors + anchor]!,
      ),
  };
};

export const decodeAnchorFree = decoderOf(readAnchorFree);
