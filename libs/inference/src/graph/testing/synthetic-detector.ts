import { OnnxConstant, onnxFile, OnnxNode } from '../../testing/onnx.builder';
import { StockModel } from '../trial';

/** Which variant of a detector to make. */
export interface SyntheticDetector {
  /** How exporters write the halves of a C2f block: `Split`, or slices with bounds computed from the shape. */
  readonly halves: 'split' | 'computed-slices';
  /** Whether a level's boxes and classes are joined before the levels are (YOLOv8, 11), or never (later exports). */
  readonly head: 'joined' | 'separate';
  /** How the mean distance is taken: Ultralytics' convolution, or product and sum. */
  readonly expectation: 'convolution' | 'sum';
  /** Whether anchors stand in the file, or are laid out after the shape of a feature map (open input sizes). */
  readonly anchors: 'fixed' | 'after-features';
  /** Whether pooling stands between the images and the first convolution. */
  readonly pooled: boolean;
}

export const SYNTHETIC_SIDE = 64;
export const SYNTHETIC_CLASSES = 3;
const BINS = 16;
const WIDTH = 16;
const LEVELS = [8, 16, 32].map((stride) => ({ stride, side: SYNTHETIC_SIDE / stride }));
const ANCHORS = LEVELS.reduce((sum, { side }) => sum + side * side, 0);
const BOX_CHANNELS = 4 * BINS;

/** How the synthetic detector is fed and read. */
export const SYNTHETIC_STOCK: StockModel = {
  inputWidth: SYNTHETIC_SIDE,
  inputHeight: SYNTHETIC_SIDE,
  inputType: 'float32',
  channels: 3,
  normalisation: 'unit',
  layout: 'anchor-free',
  fixedBatchSize: undefined,
};

/**
 * Bytes of a small anchor-free detector with random but fixed weights, built after the published architecture of
 * YOLOv8 and 11: strided convolutions with SiLU, a C2f block, a head on three levels with distribution focal loss.
 * Takes float [batch, 3, 64, 64], gives [batch, 4 + 3, 84].
 */
export function syntheticDetectorOnnx(overrides: Partial<SyntheticDetector> = {}): Uint8Array {
  const variant: SyntheticDetector = {
    halves: 'split',
    head: 'joined',
    expectation: 'convolution',
    anchors: 'fixed',
    pooled: false,
    ...overrides,
  };
  const draft = new Draft();
  const features = backbone(draft, variant);
  head(draft, variant, features);
  return onnxFile({
    inputs: [{ name: 'images', type: 'float32', dims: ['batch', 3, SYNTHETIC_SIDE, SYNTHETIC_SIDE] }],
    outputs: [{ name: 'output0', type: 'float32', dims: ['batch', 4 + SYNTHETIC_CLASSES, ANCHORS] }],
    constants: draft.constants,
    nodes: draft.nodes,
    metadata: { names: "{0: 'a', 1: 'b', 2: 'c'}", task: 'detect' },
  });
}

/** Collects nodes and constants; every method returns the name of its result. */
class Draft {
  readonly nodes: OnnxNode[] = [];
  readonly constants: OnnxConstant[] = [];
  private state = 7;
  private count = 0;

  op(
    type: string,
    inputs: readonly string[],
    attributes: OnnxNode['attributes'] = {},
    output?: string,
  ): string {
    const name = output ?? this.name(type);
    this.nodes.push({ type, inputs, outputs: [name], attributes });
    return name;
  }

  split(input: string, sizes: readonly number[], axis: number): string[] {
    const outputs = sizes.map(() => this.name('part'));
    this.nodes.push({ type: 'Split', inputs: [input, this.integers(sizes)], outputs, attributes: { axis } });
    return outputs;
  }

  integers(values: readonly number[]): string {
    const name = this.name('integers');
    this.constants.push({ name, dims: [values.length], data: BigInt64Array.from(values, BigInt) });
    return name;
  }

  floats(dims: readonly number[], values: ArrayLike<number>): string {
    const name = this.name('floats');
    this.constants.push({ name, dims, data: Float32Array.from(values) });
    return name;
  }

  conv(input: string, inChannels: number, outChannels: number, kernel: number, stride = 1): string {
    const size = outChannels * inChannels * kernel * kernel;
    const spread = 2 / Math.sqrt(inChannels * kernel * kernel);
    const weights = this.floats([outChannels, inChannels, kernel, kernel], this.random(size, spread));
    const bias = this.floats([outChannels], this.random(outChannels, 1));
    const pad = (kernel - 1) / 2;
    return this.op('Conv', [input, weights, bias], {
      kernel_shape: [kernel, kernel],
      pads: [pad, pad, pad, pad],
      strides: [stride, stride],
    });
  }

  silu(input: string): string {
    return this.op('Mul', [input, this.op('Sigmoid', [input])]);
  }

  slice(input: string, start: string, end: string, axis: number): string {
    return this.op('Slice', [input, start, end, this.integers([axis])]);
  }

  private random(length: number, spread: number): number[] {
    return Array.from({ length }, () => {
      this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
      return (this.state / 2 ** 32 - 0.5) * 2 * spread;
    });
  }

  private name(wish: string): string {
    return `${wish}_${this.count++}`;
  }
}

function backbone(draft: Draft, { halves, pooled }: SyntheticDetector): string[] {
  const image = pooled
    ? draft.op('AveragePool', ['images'], { kernel_shape: [2, 2], strides: [2, 2] })
    : 'images';
  const stem = draft.silu(draft.conv(image, 3, WIDTH, 3, pooled ? 1 : 2));
  const down = draft.silu(draft.conv(stem, WIDTH, WIDTH, 3, 2));
  const block = c2f(draft, down, halves);
  const levels: string[] = [];
  for (let input = block; levels.length < LEVELS.length; ) {
    input = draft.silu(draft.conv(input, WIDTH, WIDTH, 3, 2));
    levels.push(input);
  }
  return levels;
}

function c2f(draft: Draft, input: string, halves: SyntheticDetector['halves']): string {
  const both = draft.silu(draft.conv(input, WIDTH, WIDTH, 1));
  const [first, second] =
    halves === 'split' ? draft.split(both, [WIDTH / 2, WIDTH / 2], 1) : computedSlices(draft, both);
  const third = draft.silu(draft.conv(second!, WIDTH / 2, WIDTH / 2, 3));
  const joined = draft.op('Concat', [first!, second!, third], { axis: 1 });
  return draft.silu(draft.conv(joined, (3 * WIDTH) / 2, WIDTH, 1));
}

/** (channels + 1) / 2 × {1, 2}, as tracing `chunk(2, 1)` writes it. */
function computedSlices(draft: Draft, both: string): string[] {
  const channels = draft.op('Gather', [draft.op('Shape', [both]), draft.integers([1])], { axis: 0 });
  const half = draft.op('Div', [draft.op('Add', [channels, draft.integers([1])]), draft.integers([2])]);
  const [once, twice] = [1, 2].map((times) => draft.op('Mul', [half, draft.integers([times])]));
  return [draft.slice(both, draft.integers([0]), once!, 1), draft.slice(both, once!, twice!, 1)];
}

function head(draft: Draft, variant: SyntheticDetector, features: readonly string[]): void {
  const boxes = features.map((feature) => draft.conv(feature, WIDTH, BOX_CHANNELS, 1));
  const classes = features.map((feature) => draft.conv(feature, WIDTH, SYNTHETIC_CLASSES, 1));
  const flat = (name: string, channels: number): string =>
    draft.op('Reshape', [name, draft.integers([0, channels, -1])]);
  const levelsJoined = (names: readonly string[], channels: number): string =>
    draft.op(
      'Concat',
      names.map((name) => flat(name, channels)),
      { axis: 2 },
    );
  const joined = (): string[] => {
    const pairs = boxes.map((box, level) => draft.op('Concat', [box, classes[level]!], { axis: 1 }));
    const all = levelsJoined(pairs, BOX_CHANNELS + SYNTHETIC_CLASSES);
    return draft.split(all, [BOX_CHANNELS, SYNTHETIC_CLASSES], 1);
  };
  const [distributions, logits] =
    variant.head === 'joined'
      ? joined()
      : [levelsJoined(boxes, BOX_CHANNELS), levelsJoined(classes, SYNTHETIC_CLASSES)];
  const distances = distancesOf(draft, distributions!, variant.expectation);
  const decoded = boxesOf(draft, distances, variant.anchors === 'fixed' ? undefined : features[0]);
  draft.op('Concat', [decoded, draft.op('Sigmoid', [logits!])], { axis: 1 }, 'output0');
}

/** [B, 4 × bins, N] → [B, 4, N]. */
function distancesOf(draft: Draft, distributions: string, by: SyntheticDetector['expectation']): string {
  const apart = draft.op('Reshape', [distributions, draft.integers([0, 4, BINS, ANCHORS])]);
  const counts = Array.from({ length: BINS }, (_, bin) => bin);
  if (by === 'sum') {
    const shares = draft.op('Softmax', [apart], { axis: 2 });
    const weighed = draft.op('Mul', [shares, draft.floats([1, 1, BINS, 1], counts)]);
    return draft.op('ReduceSum', [weighed, draft.integers([2])], { keepdims: 0 });
  }
  const shares = draft.op('Softmax', [draft.op('Transpose', [apart], { perm: [0, 2, 1, 3] })], { axis: 1 });
  const mean = draft.op('Conv', [shares, draft.floats([1, BINS, 1, 1], counts)], { kernel_shape: [1, 1] });
  return draft.op('Reshape', [mean, draft.integers([0, 4, ANCHORS])]);
}

/** Distances from the anchors → centre and size in pixels. `feature`: the finest, when anchors depend on it. */
function boxesOf(draft: Draft, distances: string, feature: string | undefined): string {
  const cells = LEVELS.flatMap(({ stride, side }) =>
    Array.from({ length: side * side }, (_, cell) => ({
      stride,
      x: (cell % side) + 0.5,
      y: Math.floor(cell / side) + 0.5,
    })),
  );
  const fixed = draft.floats([1, 2, ANCHORS], [...cells.map(({ x }) => x), ...cells.map(({ y }) => y)]);
  const anchors = feature ? draft.op('Mul', [fixed, heightShare(draft, feature)]) : fixed;
  const strides = draft.floats(
    [1, ANCHORS],
    cells.map(({ stride }) => stride),
  );
  const [leftTop, rightBottom] = draft.split(distances, [2, 2], 1);
  const low = draft.op('Sub', [anchors, leftTop!]);
  const high = draft.op('Add', [anchors, rightBottom!]);
  const centre = draft.op('Div', [draft.op('Add', [low, high]), draft.floats([1], [2])]);
  const size = draft.op('Sub', [high, low]);
  return draft.op('Mul', [draft.op('Concat', [centre, size], { axis: 1 }), strides]);
}

/** Height of the finest feature map ÷ what it is: 1, but not before the graph has run. */
function heightShare(draft: Draft, feature: string): string {
  const height = draft.op('Gather', [draft.op('Shape', [feature]), draft.integers([2])], { axis: 0 });
  return draft.op('Div', [draft.op('Cast', [height], { to: 1 }), draft.floats([1], [LEVELS[0]!.side])]);
}
