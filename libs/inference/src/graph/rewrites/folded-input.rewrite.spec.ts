import { onnxFile, OnnxNode } from '../../testing/onnx.builder';
import { feedsOf, readOnnxModel } from '../onnx-graph';
import { compareOutputs } from '../output-comparison';
import { answersOf, rewrittenBytes } from '../testing/model-answers';
import { SYNTHETIC_SIDE, SYNTHETIC_STOCK, syntheticDetectorOnnx } from '../testing/synthetic-detector';
import { warmUpImages } from '../warm-up.images';
import { foldedInput } from './folded-input.rewrite';

jest.setTimeout(30_000);

describe('foldedInput', () => {
  const images = warmUpImages(SYNTHETIC_SIDE, SYNTHETIC_SIDE);
  // The letterbox's gray, and levels at both ends.
  images.push(...[0, 114, 255].map((level) => new Uint8Array(SYNTHETIC_SIDE ** 2).fill(level)));

  it.each([
    ['a model', false, 'unit'],
    ['a model that pools first', true, 'unit'],
    ['a model fed with levels as they are', false, 'raw'],
  ] as const)('lets %s take gray bytes and answer the same', async (_, pooled, normalisation) => {
    const bytes = syntheticDetectorOnnx({ pooled });
    const stock = { ...SYNTHETIC_STOCK, normalisation };
    const folded = rewrittenBytes(bytes, foldedInput(normalisation))!;
    expect(feedsOf(readOnnxModel(folded).graph)).toMatchObject([
      { name: 'images', type: 2, dims: ['batch', 1, SYNTHETIC_SIDE, SYNTHETIC_SIDE] },
    ]);
    const [expected, got] = [await answersOf(bytes, stock, images), await answersOf(folded, stock, images)];
    expected.forEach((outputs, image) => {
      const { scores, pixels } = compareOutputs(outputs, got[image]!, true);
      expect(scores).toBeLessThan(1e-4);
      expect(pixels).toBeLessThan(1e-2);
    });
  });

  it('leaves a model alone whose channels are normalised apart', () => {
    expect(rewrittenBytes(syntheticDetectorOnnx(), foldedInput('imagenet'))).toBeUndefined();
  });

  const weights = { name: 'w', dims: [2, 3, 1, 1], data: new Float32Array(6).fill(1) };
  const small = (
    nodes: OnnxNode[],
    { type = 'float32', channels = 3 }: { type?: 'float32' | 'uint8'; channels?: number } = {},
  ): Uint8Array =>
    onnxFile({
      inputs: [{ name: 'x', type, dims: [1, channels, 4, 4] }],
      outputs: [{ name: 'y', type: 'float32', dims: [1, 2, 4, 4] }],
      constants: [weights],
      nodes,
    });
  const conv: OnnxNode = { type: 'Conv', inputs: ['x', 'w'], outputs: ['y'] };

  it.each([
    ['is bytes already', small([conv], { type: 'uint8' })],
    ['has other channels', small([conv], { channels: 4 })],
    ['is also used otherwise', small([conv, { type: 'Relu', inputs: ['x'], outputs: ['z'] }])],
    ['goes into a grouped convolution', small([{ ...conv, attributes: { group: 3 } }])],
    ['is sliced first, as YOLOX does', small([{ type: 'Slice', inputs: ['x', 'a', 'b'], outputs: ['y'] }])],
    [
      'is convolved with computed weights',
      small([
        { type: 'Relu', inputs: ['w'], outputs: ['v'] },
        { ...conv, inputs: ['x', 'v'] },
      ]),
    ],
  ])('leaves a model alone whose input %s', (_, bytes) => {
    expect(rewrittenBytes(bytes, foldedInput('unit'))).toBeUndefined();
  });

  it('folds every convolution that looks at the images', () => {
    const two = small([
      { ...conv, outputs: ['a'] },
      { ...conv, outputs: ['b'] },
      { type: 'Add', inputs: ['a', 'b'], outputs: ['y'] },
    ]);
    const { graph } = readOnnxModel(rewrittenBytes(two, foldedInput('unit'))!);
    expect(graph.constants.map(({ dims }) => dims)).toEqual([
      [2, 1, 1, 1],
      [2, 1, 1, 1],
    ]);
  });
});
