import { Candidate, candidateAt, LayoutDecoder, rowsOf } from './layout-decoder';

/**
 * [B, 4+C, N]: rows of centre x, centre y, width, height in input pixels, then one row of scores a class.
 *
 * The scores are walked row by row, as they lie in memory, against each class's threshold; boxes are computed
 * for the few survivors alone.
 */
export const decodeAnchorFree: LayoutDecoder = (outputs, index, { classCount, thresholds }) => {
  const data = rowsOf(outputs[0]!, index);
  const anchors = outputs[0]!.dims[2]!;
  const best = new Float32Array(anchors);
  const bestClass = new Int32Array(anchors).fill(-1);
  for (let classIndex = 0; classIndex < classCount; classIndex++) {
    const threshold = thresholds[classIndex]!;
    const row = (4 + classIndex) * anchors;
    for (let anchor = 0; anchor < anchors; anchor++) {
      const score = data[row + anchor]!;
      if (score >= threshold && (bestClass[anchor] === -1 || score > best[anchor]!)) {
        best[anchor] = score;
        bestClass[anchor] = classIndex;
      }
    }
  }
  const candidates: Candidate[] = [];
  for (let anchor = 0; anchor < anchors; anchor++) {
    if (bestClass[anchor] === -1) continue;
    const centreAndSize = [0, 1, 2, 3].map((row) => data[row * anchors + anchor]!) as [
      number,
      number,
      number,
      number,
    ];
    const candidate = candidateAt(centreAndSize, best[anchor]!, bestClass[anchor]!);
    if (candidate) candidates.push(candidate);
  }
  return candidates;
};
