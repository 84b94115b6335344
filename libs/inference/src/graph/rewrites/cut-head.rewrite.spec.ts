import { decodeAnchorFree } from '../../layouts/anchor-free.layout';
import { openOnnxModel } from '../../onnx.model-runner';
import { decodingContext } from '../../testing/decoding-context';
import { tinyDetectorOnnx } from '../../testing/tiny-detector';
import { decodeCutHead } from '../cut-head.layout';
import { InputTensorWriter } from '../../input-tensor.writer';
import { readOnnxModel } from '../onnx-graph';
import { compareOutputs } from '../output-comparison';
import { answersOf, rewrittenBytes } from '../testing/model-answers';
import {
  SYNTHETIC_CLASSES,
  SYNTHETIC_SIDE,
  SYNTHETIC_STOCK,
  SyntheticDetector,
  syntheticDetectorOnnx,
} from '../testing/synthetic-detector';
import { warmUpImages } from '../warm-up.images';
import { cutHead } from './cut-head.rewrite';

jest.setTimeout(30_000);

const VARIANTS: Partial<SyntheticDetector>[] = [
  { head: 'joined', expectation: 'convolution' },
  { head: 'joined', expectation: 'sum' },
  { head: 'separate', expectation: 'convolution' },
  { head: 'separate', expectation: 'sum' },
  { head: 'joined', anchors: 'after-features' },
  { head: 'separate', anchors: 'after-features' },
];

describe('cutHead', () => {
  const images = warmUpImages(SYNTHETIC_SIDE, SYNTHETIC_SIDE);

  it.each(VARIANTS)('ends a graph with %j at its last convolutions', (variant) => {
    const { graph } = readOnnxModel(rewrittenBytes(syntheticDetectorOnnx(variant), cutHead)!);
    expect(graph.outputs.map(({ dims }) => dims)).toEqual(
      [64, 3, 64, 3, 64, 3].map((channels) => ['batch', channels, undefined, undefined]),
    );
    expect(graph.nodes.map(({ type }) => type)).not.toContain('Softmax');
  });

  it.each(VARIANTS)('loses nothing of a graph with %j', async (variant) => {
    const bytes = syntheticDetectorOnnx(variant);
    const expected = await answersOf(bytes, SYNTHETIC_STOCK, images);
    const got = await answersOf(rewrittenBytes(bytes, cutHead)!, SYNTHETIC_STOCK, images);
    expected.forEach((outputs, image) => {
      const { scores, pixels } = compareOutputs(outputs, got[image]!, true);
      expect(scores).toBeLessThan(1e-5);
      expect(pixels).toBeLessThan(1e-2);
    });
  });

  it.each([0.05, 0.3, 0.5])(
    'finds the candidates of the whole graph at a threshold of %d',
    async (threshold) => {
      const bytes = syntheticDetectorOnnx();
      const candidatesOf = async (file: Uint8Array, decode: typeof decodeCutHead) => {
        const runner = await openOnnxModel(file, { device: 'cpu', intraOpThreads: 1 });
        const writer = new InputTensorWriter(SYNTHETIC_STOCK, images.length);
        images.forEach((image, place) => writer.write(place, image));
        const outputs = await runner.run(writer.tensor());
        const context = decodingContext({
          classCount: SYNTHETIC_CLASSES,
          thresholds: new Float32Array(SYNTHETIC_CLASSES).fill(threshold),
        });
        const candidates = images.flatMap((_, place) => decode(outputs, place, context));
        await runner.close();
        return candidates;
      };
      const expected = await candidatesOf(bytes, decodeAnchorFree);
      const got = await candidatesOf(rewrittenBytes(bytes, cutHead)!, decodeCutHead);
      expect(expected.length).toBeGreaterThan(0);
      expect(got.map(({ classIndex }) => classIndex)).toEqual(expected.map(({ classIndex }) => classIndex));
      got.forEach(({ box, confidence }, place) => {
        expect(confidence).toBeCloseTo(expected[place]!.confidence, 5);
        for (const edge of ['xMin', 'yMin', 'xMax', 'yMax'] as const) {
          expect(box[edge]).toBeCloseTo(expected[place]!.box[edge], 2);
        }
      });
    },
  );

  it('leaves a graph without such a head alone', () => {
    expect(rewrittenBytes(tinyDetectorOnnx(), cutHead)).toBeUndefined();
    expect(rewrittenBytes(tinyDetectorOnnx({ layout: 'detr-sigmoid' }), cutHead)).toBeUndefined();
  });

  it('leaves a graph alone that it has cut', () => {
    const once = rewrittenBytes(syntheticDetectorOnnx(), cutHead)!;
    expect(rewrittenBytes(once, cutHead)).toBeUndefined();
  });
});
