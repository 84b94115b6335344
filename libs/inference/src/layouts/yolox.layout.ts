import { boxAround, DecodingContext, decoderOf, LayoutReader, rowsOf } from './layout-decoder';

const STRIDES = [8, 16, 32];

/**
 * [B, N, 5+C]: rows of centre x, centre y, width, height, objectness and class scores; the confidence is
 * objectness × class score. In the `grid` encoding (YOLOX's own export) centres are offsets from their cell
 * and sizes logarithms, both in units of the stride; cells come row by row, stride 8 first.
 */
export const readYolox: LayoutReader = (outputs, index, context) => {
  const data = rowsOf(outputs[0]!, index);
  const { classCount } = context;
  const columns = 5 + classCount;
  return {
    locations: data.length / columns,
    eachScore(thresholds, visit) {
      const lowest = thresholds.reduce((least, threshold) => Math.min(least, threshold), 1);
      for (let anchor = 0, row = 0; row < data.length; anchor++, row += columns) {
        const objectness = data[row + 4]!;
        // Class scores are at most 1, so a location whose objectness is too low cannot be saved by any of them.
        if (!(objectness >= lowest)) continue;
        for (let classIndex = 0; classIndex < classCount; classIndex++) {
          const confidence = objectness * data[row + 5 + classIndex]!;
          if (confidence >= thresholds[classIndex]!) visit(anchor, classIndex, confidence);
        }
      }
    },
    boxAt: (anchor) => boxAround(...centreAndSizeOf(data, anchor * columns, anchor, context)),
  };
};

export const decodeYolox = decoderOf(readYolox);

function centreAndSizeOf(
  data: Float32Array,
  row: number,
  anchor: number,
  context: DecodingContext,
): [number, number, number, number] {
  const [x, y, width, height] = [data[row]!, data[row + 1]!, data[row + 2]!, data[row + 3]!];
  if (context.boxEncoding === 'pixels') return [x, y, width, height];
  const { column, line, stride } = cellOf(anchor, context);
  return [(x + column) * stride, (y + line) * stride, Math.exp(width) * stride, Math.exp(height) * stride];
}

function cellOf(
  anchor: number,
  { inputWidth, inputHeight }: DecodingContext,
): { column: number; line: number; stride: number } {
  let first = 0;
  for (const stride of STRIDES) {
    const across = Math.floor(inputWidth / stride);
    const cells = across * Math.floor(inputHeight / stride);
    if (anchor < first + cells) {
      return { column: (anchor - first) % across, line: Math.floor((anchor - first) / across), stride };
    }
    first += cells;
  }
  return { column: 0, line: 0, stride: 0 };
}
