import { Box, FINDING_CLASSES } from '@thorax/radiograph';
import { InputElementType } from '../model-runner';
import { OutputLayout } from '../output-layout';
import { OnnxConstant, onnxFile, OnnxNode, OnnxValue } from './onnx.builder';

/** What the tiny detector always finds. */
export interface PlantedFinding {
  /** Pixels of the model's input. */
  readonly box: Box;
  readonly classIndex: number;
  /** 0..1, exclusive for the logit layouts. */
  readonly confidence: number;
}

/** Which detector to make. */
export interface TinyDetector {
  readonly layout: OutputLayout;
  readonly classes: readonly string[];
  /** Side of the square input in pixels, a multiple of 32. */
  readonly inputSize: number;
  readonly inputType: InputElementType;
  readonly channels: 1 | 3;
  /** A number fixes the batch dimension; 'batch' leaves it open. */
  readonly batch: number | 'batch';
  readonly findings: readonly PlantedFinding[];
  /** Adds the input's mean (0..1 for an input in 0..1) to the first finding's score, so that answers tell images apart. */
  readonly scoreFollowsBrightness: boolean;
  /** 512 × 512 matrix products in every run, each some milliseconds of one core. */
  readonly busyWork: number;
  /** Entries of the file; default: `names`, `imgsz` and `stride` as Ultralytics writes them. */
  readonly metadata?: Readonly<Record<string, string>>;
}

const QUERIES = 20;
const BUSY_SIDE = 512;

/** Bytes of a real ONNX model, a few kilobytes, that answers every image with the findings planted in it. */
export function tinyDetectorOnnx(overrides: Partial<TinyDetector> = {}): Uint8Array {
  const detector: TinyDetector = {
    layout: 'anchor-free',
    classes: FINDING_CLASSES,
    inputSize: 64,
    inputType: 'float32',
    channels: 3,
    batch: 'batch',
    findings: [{ box: { xMin: 8, yMin: 8, xMax: 40, yMax: 40 }, classIndex: 3, confidence: 0.75 }],
    scoreFollowsBrightness: false,
    busyWork: 0,
    ...overrides,
  };
  const { inputSize, channels, inputType, batch } = detector;
  const parts = outputsOf(detector).map((output) => outputPart(output, detector));
  const busy = busyPart(detector.busyWork);
  return onnxFile({
    inputs: [{ name: 'images', type: inputType, dims: [batch, channels, inputSize, inputSize] }],
    outputs: parts.map((part) => part.value),
    constants: [...brightnessConstants, ...busy.constants, ...parts.flatMap((part) => part.constants)],
    nodes: [...brightnessNodes, ...busy.nodes, ...parts.map((part) => part.node).flat()],
    metadata: detector.metadata ?? ultralyticsMetadata(detector),
  });
}

/** The metadata of an Ultralytics export: Python literals. */
function ultralyticsMetadata({ classes, inputSize }: TinyDetector): Record<string, string> {
  const names = classes.map((name, index) => `${index}: ${JSON.stringify(name).replaceAll(/^"|"$/g, "'")}`);
  return {
    names: `{${names.join(', ')}}`,
    imgsz: `[${inputSize}, ${inputSize}]`,
    stride: '32',
    task: 'detect',
  };
}

/** One output's constant content, for one image, and which element is the first finding's score. */
interface PlannedOutput {
  readonly name: string;
  readonly dims: readonly [number, number];
  readonly data: Float32Array;
  readonly scoreAt?: number;
}

function outputsOf(detector: TinyDetector): PlannedOutput[] {
  const { layout, classes } = detector;
  if (layout === 'anchor-free') return [anchorFree(detector)];
  if (layout === 'end-to-end') return [table('output0', 6, QUERIES, 4, detector, endToEndRow)];
  if (layout === 'yolox') {
    const cells =
      (detector.inputSize / 8) ** 2 + (detector.inputSize / 16) ** 2 + (detector.inputSize / 32) ** 2;
    return [table('output', 5 + classes.length, cells, 4, detector, yoloxRow)];
  }
  if (layout === 'rt-detr')
    return [table('output0', 4 + classes.length, QUERIES, undefined, detector, rtDetrRow)];
  const width = layout === 'detr-softmax' ? classes.length + 1 : classes.length;
  return [
    table('logits', width, QUERIES, undefined, detector, layout === 'detr-softmax' ? softmaxRow : sigmoidRow),
    table('pred_boxes', 4, QUERIES, undefined, detector, normalisedBoxRow),
  ];
}

type RowOf = (
  finding: PlantedFinding | undefined,
  detector: TinyDetector,
  index: number,
) => readonly number[];

function table(
  name: string,
  columns: number,
  rows: number,
  objectness: number | undefined,
  detector: TinyDetector,
  rowOf: RowOf,
): PlannedOutput {
  const data = Float32Array.from(
    Array.from({ length: rows }, (_, index) => rowOf(detector.findings[index], detector, index)).flat(),
  );
  const [first] = detector.findings;
  const scored = first && name !== 'pred_boxes';
  const scoreColumn =
    objectness ?? (columns === detector.classes.length + 4 ? 4 : 0) + (first?.classIndex ?? 0);
  return { name, dims: [rows, columns], data, ...(scored && { scoreAt: scoreColumn }) };
}

function centreAndSize({ xMin, yMin, xMax, yMax }: Box): [number, number, number, number] {
  return [(xMin + xMax) / 2, (yMin + yMax) / 2, xMax - xMin, yMax - yMin];
}

function scores({ classIndex, confidence }: PlantedFinding, count: number): number[] {
  return Array.from({ length: count }, (_, index) => (index === classIndex ? confidence : 0));
}

/** Columns are anchors here, so the rows of the others are transposed. */
function anchorFree(detector: TinyDetector): PlannedOutput {
  const { inputSize, classes, findings } = detector;
  const anchors = (inputSize / 8) ** 2 + (inputSize / 16) ** 2 + (inputSize / 32) ** 2;
  const data = new Float32Array((4 + classes.length) * anchors);
  findings.forEach((finding, anchor) => {
    const column = [...centreAndSize(finding.box), ...scores(finding, classes.length)];
    column.forEach((value, row) => (data[row * anchors + anchor] = value));
  });
  const scoreAt = findings[0] ? (4 + findings[0].classIndex) * anchors : undefined;
  return { name: 'output0', dims: [4 + classes.length, anchors], data, scoreAt };
}

const endToEndRow: RowOf = (finding) => {
  if (!finding) return [0, 0, 0, 0, 0, 0];
  const { box, confidence, classIndex } = finding;
  return [box.xMin, box.yMin, box.xMax, box.yMax, confidence, classIndex];
};

/** YOLOX's own encoding; the findings sit in the first cells of the first row, stride 8. */
const yoloxRow: RowOf = (finding, { classes, inputSize }, index) => {
  if (!finding) return new Array<number>(5 + classes.length).fill(0);
  const [x, y, width, height] = centreAndSize(finding.box);
  const across = inputSize / 8;
  const [column, line] = [index % across, Math.floor(index / across)];
  const certain = { ...finding, confidence: 1 };
  const encoded = [x / 8 - column, y / 8 - line, Math.log(width / 8), Math.log(height / 8)];
  return [...encoded, finding.confidence, ...scores(certain, classes.length)];
};

const normalisedBoxRow: RowOf = (finding, { inputSize }) =>
  finding ? centreAndSize(finding.box).map((value) => value / inputSize) : [0.5, 0.5, 0.1, 0.1];

const rtDetrRow: RowOf = (finding, detector, index) => [
  ...normalisedBoxRow(finding, detector, index),
  ...(finding
    ? scores(finding, detector.classes.length)
    : new Array<number>(detector.classes.length).fill(0)),
];

const sigmoidRow: RowOf = (finding, { classes }) =>
  classes.map((_, index) =>
    finding?.classIndex === index ? Math.log(finding.confidence / (1 - finding.confidence)) : -20,
  );

/** Two classes share the probability: the finding's and "no object". */
const softmaxRow: RowOf = (finding, { classes }) => [
  ...classes.map((_, index) => (finding?.classIndex === index ? Math.log(finding.confidence) : -20)),
  finding ? Math.log(1 - finding.confidence) : 0,
];

// output = plan + mean(image) × mask: the same for every image unless the mask picks out the score.
const brightnessNodes: OnnxNode[] = [
  { type: 'Cast', inputs: ['images'], outputs: ['numbers'], attributes: { to: 1 } },
  {
    type: 'ReduceMean',
    inputs: ['numbers'],
    outputs: ['mean'],
    attributes: { axes: [1, 2, 3], keepdims: 0 },
  },
  { type: 'Reshape', inputs: ['mean', 'column'], outputs: ['brightness'] },
];
const brightnessConstants: OnnxConstant[] = [
  { name: 'column', dims: [3], data: BigInt64Array.from([-1n, 1n, 1n]) },
];

function outputPart(
  { name, dims, data, scoreAt }: PlannedOutput,
  { batch, scoreFollowsBrightness, busyWork }: TinyDetector,
): { value: OnnxValue; constants: OnnxConstant[]; node: OnnxNode[] } {
  const mask = new Float32Array(data.length);
  if (scoreFollowsBrightness && scoreAt !== undefined) mask[scoreAt] = 1;
  return {
    value: { name, type: 'float32', dims: [batch, ...dims] },
    constants: [
      { name: `${name}_plan`, dims: [1, ...dims], data },
      { name: `${name}_mask`, dims: [1, ...dims], data: mask },
    ],
    node: [
      {
        type: 'Mul',
        inputs: [busyWork ? 'tired' : 'brightness', `${name}_mask`],
        outputs: [`${name}_shift`],
      },
      { type: 'Add', inputs: [`${name}_shift`, `${name}_plan`], outputs: [name] },
    ],
  };
}

/** Matrix products that depend on the image, so that they cannot be computed beforehand, and change nothing. */
function busyPart(products: number): { constants: OnnxConstant[]; nodes: OnnxNode[] } {
  if (products === 0) return { constants: [], nodes: [] };
  const matrix = new Float32Array(BUSY_SIDE * BUSY_SIDE).fill(1 / BUSY_SIDE);
  const chain = Array.from(
    { length: products },
    (_, index): OnnxNode => ({
      type: 'MatMul',
      inputs: [`busy${index}`, 'matrix'],
      outputs: [`busy${index + 1}`],
    }),
  );
  return {
    constants: [{ name: 'matrix', dims: [BUSY_SIDE, BUSY_SIDE], data: matrix }],
    nodes: [
      { type: 'Mul', inputs: ['brightness', 'matrix'], outputs: ['busy0'] },
      ...chain,
      {
        type: 'ReduceMean',
        inputs: [`busy${products}`],
        outputs: ['spread'],
        attributes: { axes: [1, 2], keepdims: 1 },
      },
      { type: 'Sub', inputs: ['spread', 'spread'], outputs: ['nothing'] },
      { type: 'Add', inputs: ['brightness', 'nothing'], outputs: ['tired'] },
    ],
  };
}
