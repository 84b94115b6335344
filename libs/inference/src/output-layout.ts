import { UnsupportedModelLayoutError } from './errors';

/** How a detector writes its boxes and scores. One decoder each in `layouts/`. */
export const OUTPUT_LAYOUTS = [
  'anchor-free',
  'end-to-end',
  'yolox',
  'rt-detr',
  'detr-sigmoid',
  'detr-softmax',
] as const;

/** Name of a layout; see {@link LAYOUT_SHAPES} for what each looks like. */
export type OutputLayout = (typeof OUTPUT_LAYOUTS)[number];

/** The shapes by layout, as shown to people. B batch, C classes, N anchors, Q queries. */
export const LAYOUT_SHAPES: Record<OutputLayout, string> = {
  'anchor-free': '[B, 4+C, N]: centre, size and class scores a column (YOLOv8, v9, 11, 12)',
  'end-to-end': '[B, Q, 6]: corners, score and class a row (YOLOv10, YOLO26, exports with NMS inside)',
  yolox: '[B, N, 5+C]: centre, size, objectness and class scores a row (YOLOX, YOLOv5)',
  'rt-detr': '[B, Q, 4+C]: normalised centre and size, class scores a row (RT-DETR exported by Ultralytics)',
  'detr-sigmoid': '[B, Q, C] logits and [B, Q, 4] normalised boxes (RT-DETR, Deformable DETR)',
  'detr-softmax': '[B, Q, C+1] logits, the last "no object", and [B, Q, 4] normalised boxes (DETR)',
};

/** An output as one run gave it. */
export interface OutputShape {
  readonly name: string;
  readonly dims: readonly number[];
}

/** What is known before the outputs are looked at. */
export interface LayoutHints {
  readonly inputWidth: number;
  readonly inputHeight: number;
  /** From configuration or metadata; `undefined` when neither says. */
  readonly classCount?: number;
  /** Named by configuration: not guessed, only checked. */
  readonly layout?: OutputLayout;
}

/** The layout and what follows from it. */
export interface RecognisedLayout {
  readonly layout: OutputLayout;
  readonly classCount: number;
}

/** Anchors of a detector with strides 8, 16 and 32 and one anchor a cell: 8,400 at 640 × 640. */
export function anchorCount(width: number, height: number): number {
  return [8, 16, 32].reduce(
    (sum, stride) => sum + Math.floor(width / stride) * Math.floor(height / stride),
    0,
  );
}

/**
 * Finds the layout whose shape the outputs have, from the outputs of an actual run (declared shapes may be
 * symbolic). Throws {@link UnsupportedModelLayoutError}, listing what was found and what is known, when none
 * fits or the class count contradicts the shape.
 */
export function recogniseLayout(outputs: readonly OutputShape[], hints: LayoutHints): RecognisedLayout {
  const candidates = candidatesOf(outputs, hints);
  const found = candidates.find(
    ({ layout, classCount }) =>
      classCount >= 1 &&
      (hints.layout === undefined || hints.layout === layout) &&
      (hints.classCount === undefined || hints.classCount === classCount || layout === 'end-to-end'),
  );
  if (!found) throw unsupported(outputs, hints);
  return { layout: found.layout, classCount: hints.classCount ?? found.classCount };
}

/** All readings the shapes allow, likeliest first. */
function candidatesOf(outputs: readonly OutputShape[], hints: LayoutHints): RecognisedLayout[] {
  const boxes = outputs.find((output) => isBoxes(output, outputs));
  const [only] = outputs;
  if (outputs.length === 2 && boxes) {
    const logits = outputs.find((output) => output !== boxes)!;
    const width = logits.dims[2]!;
    return [
      { layout: 'detr-sigmoid', classCount: width },
      { layout: 'detr-softmax', classCount: width - 1 },
    ];
  }
  if (outputs.length !== 1 || only === undefined || only.dims.length !== 3) return [];
  return readingsOf(only.dims[1]!, only.dims[2]!, hints);
}

/** A YOLO head has thousands of anchors, a query-based one hundreds of queries: their rows tell them apart. */
function readingsOf(rows: number, columns: number, hints: LayoutHints): RecognisedLayout[] {
  const cells = anchorCount(hints.inputWidth, hints.inputHeight);
  const yolox: RecognisedLayout = { layout: 'yolox', classCount: columns - 5 };
  const rtDetr: RecognisedLayout = { layout: 'rt-detr', classCount: columns - 4 };
  const anchorFree: RecognisedLayout = { layout: 'anchor-free', classCount: rows - 4 };
  // The class count of an end-to-end head is not in its shape: without names there is no telling.
  const endToEnd: RecognisedLayout = { layout: 'end-to-end', classCount: hints.classCount ?? 0 };
  if (rows === cells || rows === 3 * cells) return [yolox];
  if (columns === 6 && rows !== 4 + (hints.classCount ?? 0)) return [endToEnd, rtDetr, anchorFree];
  if (columns === cells) return [anchorFree];
  return hints.classCount === undefined
    ? [rows < columns ? anchorFree : rtDetr]
    : [anchorFree, rtDetr, yolox];
}

function isBoxes(output: OutputShape, outputs: readonly OutputShape[]): boolean {
  const other = outputs.find((one) => one !== output);
  const named = /box/i.test(output.name) || !/box/i.test(other?.name ?? '');
  return (
    named &&
    output.dims.length === 3 &&
    output.dims[2] === 4 &&
    other?.dims.length === 3 &&
    other.dims[1] === output.dims[1]
  );
}

function unsupported(outputs: readonly OutputShape[], hints: LayoutHints): UnsupportedModelLayoutError {
  const shapes = outputs.map(({ name, dims }) => `${name} [${dims.join(', ')}]`).join(' and ') || 'no output';
  const classes =
    hints.classCount === undefined ? 'an unknown number of classes' : `${hints.classCount} classes`;
  const wanted = hints.layout === undefined ? '' : `, configured as ${hints.layout}`;
  return new UnsupportedModelLayoutError({
    found: `${shapes} with ${classes}${wanted}`,
    supported: OUTPUT_LAYOUTS.map((layout) => `${layout} ${LAYOUT_SHAPES[layout]}`),
  });
}
