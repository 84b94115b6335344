import { GraphIndex } from '../graph-index';
import { integersAt } from '../integer-constant';
import { intAttribute, intsAttribute, isOperator, OnnxNode } from '../onnx-node';

/** A range of channels under a name of its own: `start` ≤ channel < `end`. */
export interface ChannelPart {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** A value of so many channels that is used only in parts. */
export interface Partition {
  readonly parts: readonly ChannelPart[];
  /** The nodes that make the parts. */
  readonly nodes: readonly OnnxNode[];
}

const CHANNEL_AXIS = 1;

/**
 * How a value is taken apart along its channels, by one `Split` or by several `Slice`s that cover every channel
 * exactly once; `undefined` when it is also used whole, or the bounds are not known. Questions for its shape
 * do not count as use.
 */
export function partitionOf(index: GraphIndex, name: string, channels: number): Partition | undefined {
  if (index.isOutput(name)) return undefined;
  const nodes = index.usersOf(name).filter((user) => !isOperator(user, 'Shape'));
  const [first] = nodes;
  if (nodes.length === 0 || nodes.some((node) => node.inputs.lastIndexOf(name) !== 0)) return undefined;
  const parts =
    nodes.length === 1 && isOperator(first, 'Split')
      ? partsOfSplit(index, first, channels)
      : nodes.map((node) => partOfSlice(index, node, channels));
  if (!parts?.every((part) => part !== undefined)) return undefined;
  const sorted = [...parts].sort((a, b) => a.start - b.start);
  const covers =
    sorted.length > 1 &&
    sorted.every((part, place) => part.start === (sorted[place - 1]?.end ?? 0) && part.end > part.start) &&
    sorted.at(-1)!.end === channels;
  return covers ? { parts: sorted, nodes } : undefined;
}

/** Sizes stand in an input since opset 13, before in an attribute; without either the parts are equal. */
function partsOfSplit(index: GraphIndex, node: OnnxNode, channels: number): ChannelPart[] | undefined {
  const axis = intAttribute(node, 'axis') ?? 0;
  if (axis !== CHANNEL_AXIS && axis !== CHANNEL_AXIS - 4) return undefined;
  const equal = channels / node.outputs.length;
  const sizes = node.inputs[1]
    ? integersAt(index, node.inputs[1])
    : (intsAttribute(node, 'split') ?? (Number.isInteger(equal) ? node.outputs.map(() => equal) : undefined));
  if (sizes?.length !== node.outputs.length || !sizes.every((size) => size !== undefined)) return undefined;
  const ends = sizes.map((_, place) => sizes.slice(0, place + 1).reduce((sum, size) => sum + size, 0));
  return node.outputs.map((name, place) => ({
    name,
    start: ends[place]! - sizes[place]!,
    end: ends[place]!,
  }));
}

function partOfSlice(index: GraphIndex, node: OnnxNode, channels: number): ChannelPart | undefined {
  if (!isOperator(node, 'Slice') || node.inputs.length < 4) return undefined;
  const [starts, ends, axes, steps] = [1, 2, 3, 4].map((place) => {
    const name = node.inputs[place];
    return name ? single(index, name) : undefined;
  });
  const stepsByOne = !node.inputs[4] || steps === 1;
  if (starts === undefined || ends === undefined || axes !== CHANNEL_AXIS || !stepsByOne) return undefined;
  const bound = (value: number): number =>
    Math.min(Math.max(value < 0 ? value + channels : value, 0), channels);
  return { name: node.outputs[0]!, start: bound(starts), end: bound(ends) };
}

function single(index: GraphIndex, name: string): number | undefined {
  const values = integersAt(index, name);
  return values?.length === 1 ? values[0] : undefined;
}
