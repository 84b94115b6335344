import { isUnaryActivation, siluInputOf } from './activation';
import { GraphIndex } from './graph-index';
import { isOperator } from './onnx-node';

const MAX_DEPTH = 8;

/**
 * Channels of a value that a convolution computes, seen through the activation behind it; `undefined` when it
 * comes from anything else. All such values have the shape [batch, channels, height, width].
 */
export function channelsOf(index: GraphIndex, name: string, depth = 0): number | undefined {
  const node = index.producerOf(name);
  if (!node || depth === MAX_DEPTH) return undefined;
  if (isOperator(node, 'Conv')) {
    const weights = index.constantOf(node.inputs[1] ?? '');
    return weights?.dims.length === 4 ? weights.dims[0] : undefined;
  }
  if (isUnaryActivation(node)) return channelsOf(index, node.inputs[0]!, depth + 1);
  const input = siluInputOf(index, node);
  return input === undefined ? undefined : channelsOf(index, input, depth + 1);
}
