import * as fc from 'fast-check';
import { openOnnxModel } from '../../onnx.model-runner';
import { OnnxConstant, onnxFile, OnnxNode } from '../../testing/onnx.builder';
import { readOnnxModel } from '../onnx-graph';
import { rewrittenBytes } from '../testing/model-answers';
import { hoistedUpsampling } from './hoisted-upsampling.rewrite';

jest.setTimeout(60_000);

const SIDE = 4;
const LARGE = 2 * SIDE;

interface Neck {
  /** Channels of the value that is upsampled, of the one beside it, and of the result. */
  readonly small: number;
  readonly beside: number;
  readonly out: number;
  readonly upsampledFirst: boolean;
  readonly seed: number;
  readonly resize: Partial<OnnxNode>;
  readonly conv: Partial<OnnxNode>;
  readonly extra: readonly OnnxNode[];
}

/** Numbers −1..1 that are the same in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

/** Two strided convolutions of an image, the smaller result upsampled, joined with the other, and convolved. */
function neckOnnx(overrides: Partial<Neck> = {}): Uint8Array {
  const { small, beside, out, upsampledFirst, seed, resize, conv, extra }: Neck = {
    small: 3,
    beside: 2,
    out: 4,
    upsampledFirst: true,
    seed: 1,
    resize: {},
    conv: {},
    extra: [],
    ...overrides,
  };
  const next = random(seed);
  const floats = (name: string, ...dims: number[]): OnnxConstant => ({
    name,
    dims,
    data: Float32Array.from({ length: dims.reduce((product, dim) => product * dim, 1) }, next),
  });
  const strided = (input: string, output: string, ...rest: string[]): OnnxNode => ({
    type: 'Conv',
    inputs: [input, ...rest],
    outputs: [output],
    attributes: { kernel_shape: [2, 2], strides: [2, 2] },
  });
  const joined = upsampledFirst ? ['up', 'beside'] : ['beside', 'up'];
  return onnxFile({
    inputs: [{ name: 'images', type: 'float32', dims: [1, 3, 2 * LARGE, 2 * LARGE] }],
    outputs: [{ name: 'y', type: 'float32', dims: [1, out, LARGE, LARGE] }],
    constants: [
      floats('wb', beside, 3, 2, 2),
      floats('ws', small, beside, 2, 2),
      floats('w', out, small + beside, 1, 1),
      floats('b', out),
      { name: 'scales', dims: [4], data: Float32Array.of(1, 1, 2, 2) },
      { name: 'linear scales', dims: [4], data: Float32Array.of(1, 2, 2, 2) },
    ],
    nodes: [
      strided('images', 'beside', 'wb'),
      strided('beside', 'small', 'ws'),
      {
        type: 'Resize',
        inputs: ['small', '', 'scales'],
        outputs: ['up'],
        attributes: { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
        ...resize,
      },
      { type: 'Concat', inputs: joined, outputs: ['whole'], attributes: { axis: 1 } },
      {
        type: 'Conv',
        inputs: ['whole', 'w', 'b'],
        outputs: ['y'],
        attributes: { kernel_shape: [1, 1], strides: [1, 1], pads: [0, 0, 0, 0] },
        ...conv,
      },
      ...extra,
    ],
  });
}

async function answerOf(bytes: Uint8Array, seed: number): Promise<Float32Array> {
  const runner = await openOnnxModel(bytes, { device: 'cpu', intraOpThreads: 1 });
  try {
    const side = 2 * LARGE;
    const data = Float32Array.from({ length: 3 * side * side }, random(seed));
    const [output] = await runner.run({ type: 'float32', dims: [1, 3, side, side], data });
    return output!.data;
  } finally {
    await runner.close();
  }
}

const typesOf = (bytes: Uint8Array): string[] => readOnnxModel(bytes).graph.nodes.map(({ type }) => type);

describe('hoistedUpsampling', () => {
  it('convolves the upsampled channels before they are upsampled', () => {
    const rewritten = rewrittenBytes(neckOnnx(), hoistedUpsampling)!;
    expect(typesOf(rewritten)).toEqual(['Conv', 'Conv', 'Conv', 'Conv', 'Resize', 'Add']);
    const { constants } = readOnnxModel(rewritten).graph;
    expect(constants.map(({ dims }) => dims)).toEqual(
      expect.arrayContaining([
        [4, 2, 1, 1],
        [4, 3, 1, 1],
      ]),
    );
  });

  it('answers what it answered, whatever the channels, their order and the weights', async () => {
    const size = fc.integer({ min: 1, max: 9 });
    const neck = fc.record({
      small: size,
      beside: size,
      out: size,
      upsampledFirst: fc.boolean(),
      seed: fc.integer({ min: 1, max: 1_000_000 }),
    });
    await fc.assert(
      fc.asyncProperty(neck, async (some) => {
        const bytes = neckOnnx(some);
        const expected = await answerOf(bytes, some.seed);
        const got = await answerOf(rewrittenBytes(bytes, hoistedUpsampling)!, some.seed);
        expect(got.length).toBe(expected.length);
        got.forEach((value, place) => expect(Math.abs(value - expected[place]!)).toBeLessThan(1e-4));
      }),
      { numRuns: 40 },
    );
  });

  const pads = { kernel_shape: [1, 1], strides: [1, 1], pads: [0, 0, 1, 1] };
  it.each([
    ['interpolates', neckOnnx({ resize: { attributes: { mode: 'linear' } } })],
    ['is told its size', neckOnnx({ resize: { inputs: ['small', '', '', 'sizes'] } })],
    ['is also used otherwise', neckOnnx({ extra: [{ type: 'Relu', inputs: ['up'], outputs: ['z'] }] })],
    ['meets a convolution that pads', neckOnnx({ conv: { attributes: pads } })],
    [
      'is joined for somebody else too',
      neckOnnx({ extra: [{ type: 'Relu', inputs: ['whole'], outputs: ['z'] }] }),
    ],
    ['repeats channels', neckOnnx({ resize: { inputs: ['small', '', 'linear scales'] } })],
    ['has nothing beside it', neckOnnx({ beside: 3, resize: { type: 'Relu', inputs: ['beside'] } })],
  ])('leaves an upsampling alone that %s', (_, bytes) => {
    expect(rewrittenBytes(bytes, hoistedUpsampling)).toBeUndefined();
  });
});
