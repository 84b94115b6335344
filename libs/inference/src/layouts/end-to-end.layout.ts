import { Candidate, hasArea, LayoutDecoder, rowsOf } from './layout-decoder';

/** [B, Q, 6]: rows of x min, y min, x max, y max in input pixels, score, class. Unused rows have score 0. */
export const decodeEndToEnd: LayoutDecoder = (outputs, index, { classCount, thresholds }) => {
  const data = rowsOf(outputs[0]!, index);
  const candidates: Candidate[] = [];
  for (let row = 0; row < data.length; row += 6) {
    const confidence = data[row + 4]!;
    const classIndex = Math.round(data[row + 5]!);
    if (
      !(classIndex >= 0 && classIndex < classCount && confidence > 0 && confidence >= thresholds[classIndex]!)
    )
      continue;
    const box = { xMin: data[row]!, yMin: data[row + 1]!, xMax: data[row + 2]!, yMax: data[row + 3]! };
    if (hasArea(box)) candidates.push({ box, confidence, classIndex });
  }
  return candidates;
};
