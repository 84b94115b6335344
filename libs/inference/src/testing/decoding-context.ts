import { DecodingContext } from '../layouts/layout-decoder';
import { OutputTensor } from '../model-runner';

/** A context of two classes on a 64 × 64 input with thresholds of 0.5. */
export function decodingContext(overrides: Partial<DecodingContext> = {}): DecodingContext {
  return {
    layout: 'anchor-free',
    inputWidth: 64,
    inputHeight: 64,
    classCount: 2,
    thresholds: Float32Array.of(0.5, 0.5),
    boxEncoding: 'pixels',
    ...overrides,
  };
}

/** An output of a batch of images, each given as its rows. */
export function outputTensor(
  images: readonly (readonly (readonly number[])[])[],
  name = 'output0',
): OutputTensor {
  const [first] = images;
  return {
    name,
    dims: [images.length, first!.length, first![0]!.length],
    data: Float32Array.from(images.flat(2)),
  };
}
