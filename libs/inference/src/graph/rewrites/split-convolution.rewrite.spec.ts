import { OnnxConstant, onnxFile, OnnxNode } from '../../testing/onnx.builder';
import { readOnnxModel } from '../onnx-graph';
import { compareOutputs } from '../output-comparison';
import { answersOf, rewrittenBytes } from '../testing/model-answers';
import { SYNTHETIC_SIDE, SYNTHETIC_STOCK, syntheticDetectorOnnx } from '../testing/synthetic-detector';
import { warmUpImages } from '../warm-up.images';
import { splitConvolution } from './split-convolution.rewrite';

jest.setTimeout(30_000);

const typesOf = (bytes: Uint8Array): string[] => readOnnxModel(bytes).graph.nodes.map(({ type }) => type);

describe('splitConvolution', () => {
  it.each(['split', 'computed-slices'] as const)(
    'turns halves made by %s into convolutions',
    async (halves) => {
      const bytes = syntheticDetectorOnnx({ halves });
      const split = rewrittenBytes(bytes, splitConvolution)!;
      const count = (file: Uint8Array, type: string): number =>
        typesOf(file).filter((one) => one === type).length;
      expect(count(split, 'Conv')).toBe(count(bytes, 'Conv') + 1);
      expect(count(split, 'Slice') + count(split, 'Shape')).toBe(0);
      const images = warmUpImages(SYNTHETIC_SIDE, SYNTHETIC_SIDE);
      const expected = await answersOf(bytes, SYNTHETIC_STOCK, images);
      const got = await answersOf(split, SYNTHETIC_STOCK, images);
      expected.forEach((outputs, image) => {
        const { scores, pixels } = compareOutputs(outputs, got[image]!, true);
        expect(scores).toBeLessThan(1e-5);
        expect(pixels).toBeLessThan(1e-3);
      });
    },
  );

  const constants: OnnxConstant[] = [
    { name: 'w', dims: [6, 3, 1, 1], data: Float32Array.from({ length: 18 }, (_, place) => place) },
    { name: 'b', dims: [6], data: Float32Array.of(0, 1, 2, 3, 4, 5) },
    { name: 'sizes', dims: [2], data: BigInt64Array.of(2n, 4n) },
    { name: 'zero', dims: [1], data: BigInt64Array.of(0n) },
    { name: 'one', dims: [1], data: BigInt64Array.of(1n) },
    { name: 'two', dims: [1], data: BigInt64Array.of(2n) },
    { name: 'minus four', dims: [1], data: BigInt64Array.of(-4n) },
    { name: 'end', dims: [1], data: BigInt64Array.of(2n ** 63n - 1n) },
  ];
  const small = (...nodes: OnnxNode[]): Uint8Array =>
    onnxFile({
      inputs: [{ name: 'x', type: 'float32', dims: [1, 3, 4, 4] }],
      outputs: ['left', 'right'].map((name) => ({ name, type: 'float32', dims: [1, 'channels', 4, 4] })),
      constants,
      nodes,
    });
  const conv: OnnxNode = { type: 'Conv', inputs: ['x', 'w', 'b'], outputs: ['c'] };
  const split: OnnxNode = {
    type: 'Split',
    inputs: ['c', 'sizes'],
    outputs: ['left', 'right'],
    attributes: { axis: 1 },
  };
  const slice = (output: string, ...bounds: string[]): OnnxNode => ({
    type: 'Slice',
    inputs: ['c', ...bounds],
    outputs: [output],
  });

  it('divides weights and bias by output channel, unevenly too', () => {
    const { graph } = readOnnxModel(rewrittenBytes(small(conv, split), splitConvolution)!);
    expect(graph.nodes.map(({ type, outputs }) => [type, outputs[0]])).toEqual([
      ['Conv', 'left'],
      ['Conv', 'right'],
    ]);
    expect(graph.constants.map(({ dims }) => dims)).toEqual([[2, 3, 1, 1], [2], [4, 3, 1, 1], [4]]);
  });

  it('reads bounds that count from the end', () => {
    const bytes = small(
      conv,
      slice('left', 'zero', 'minus four', 'one'),
      slice('right', 'two', 'end', 'one'),
    );
    expect(typesOf(rewrittenBytes(bytes, splitConvolution)!)).toEqual(['Conv', 'Conv']);
  });

  it('repeats a plain activation', () => {
    const relu: OnnxNode = { type: 'Relu', inputs: ['c'], outputs: ['r'] };
    const bytes = small(conv, relu, { ...split, inputs: ['r', 'sizes'] });
    expect(typesOf(rewrittenBytes(bytes, splitConvolution)!)).toEqual(['Conv', 'Relu', 'Conv', 'Relu']);
  });

  it.each([
    ['is also used whole', small(conv, split, { type: 'Relu', inputs: ['c'], outputs: ['whole'] })],
    ['is split along another axis', small(conv, { ...split, attributes: { axis: 2 } })],
    [
      'is sliced with gaps',
      small(conv, slice('left', 'zero', 'one', 'one'), slice('right', 'two', 'end', 'one')),
    ],
    [
      'is sliced with overlap',
      small(conv, slice('left', 'zero', 'end', 'one'), slice('right', 'two', 'end', 'one')),
    ],
    [
      'is sliced in steps',
      small(conv, slice('left', 'zero', 'two', 'one', 'two'), slice('right', 'two', 'end', 'one', 'one')),
    ],
    ['comes from a grouped convolution', small({ ...conv, attributes: { group: 3 } }, split)],
    ['comes from elsewhere', small({ type: 'Relu', inputs: ['x'], outputs: ['c'] }, split)],
  ])('leaves a value alone that %s', (_, bytes) => {
    expect(rewrittenBytes(bytes, splitConvolution)).toBeUndefined();
  });

  it('leaves a value alone whose shape somebody still needs', () => {
    const bytes = small(
      conv,
      { type: 'Shape', inputs: ['c'], outputs: ['shape'] },
      { ...split, outputs: ['left', 'half'] },
      { type: 'Reshape', inputs: ['half', 'shape'], outputs: ['right'] },
    );
    expect(rewrittenBytes(bytes, splitConvolution)).toBeUndefined();
  });
});
