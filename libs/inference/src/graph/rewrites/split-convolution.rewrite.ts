import { Activation, activationOf } from '../activation';
import { channelsOf } from '../channels';
import { GraphIndex } from '../graph-index';
import { OnnxGraph, withoutUnused } from '../onnx-graph';
import { copyOf, intAttribute, isOperator, OnnxNode } from '../onnx-node';
import { floatsOf, floatTensor, OnnxTensor } from '../onnx-tensor';
import { Rewrite } from '../rewrite';
import { ChannelPart, Partition, partitionOf } from './channel-parts';

/**
 * A convolution whose output is only used in parts becomes one convolution a part, so that the copies into the
 * parts disappear: the C2f, C3k2 and ELAN blocks of YOLOv8, 11 and 9 begin with one. Output channels do not depend on each
 * other, so every part has the very numbers it had; an activation in between is repeated for each.
 */
export const splitConvolution: Rewrite = {
  name: 'split-convolution',
  apply(graph) {
    let current = graph;
    let index = new GraphIndex(graph);
    if (index.hasSubgraphs) return undefined;
    for (const node of graph.nodes) {
      const next = isOperator(node, 'Conv') ? splitOne(current, index, node) : undefined;
      if (!next) continue;
      current = next;
      index = new GraphIndex(next);
    }
    return current === graph ? undefined : current;
  },
};

function splitOne(graph: OnnxGraph, index: GraphIndex, node: OnnxNode): OnnxGraph | undefined {
  const channels = channelsOf(index, node.outputs[0]!);
  if (channels === undefined || (intAttribute(node, 'group') ?? 1) !== 1) return undefined;
  const activation = activationOf(index, node.outputs[0]!);
  const partition = partitionOf(index, activation.output, channels);
  const constants = partition && partition.parts.map((part) => constantsOf(index, node, part));
  if (!constants?.every((some) => some !== undefined)) return undefined;
  const replaced = new Set<OnnxNode>([node, ...activation.nodes, ...partition!.nodes]);
  const nodes = graph.nodes.flatMap((one) => {
    if (one === node) return newNodes(index, node, activation, partition!, constants);
    return replaced.has(one) ? [] : [one];
  });
  const rewritten = withoutUnused({
    ...graph,
    nodes,
    constants: [...graph.constants, ...constants.flat()],
  });
  // Whoever asked for the whole value's shape, and still wants to know, would ask in vain.
  const gone = new Set([...replaced].flatMap(({ outputs }) => outputs));
  partition!.parts.forEach(({ name }) => gone.delete(name));
  return rewritten.nodes.some(({ inputs }) => inputs.some((name) => gone.has(name))) ? undefined : rewritten;
}

/** Weights and, where there is one, bias of the output channels of one part. */
function constantsOf(index: GraphIndex, node: OnnxNode, part: ChannelPart): OnnxTensor[] | undefined {
  const tensors = node.inputs.slice(1).filter((name) => name !== '');
  const parts = tensors.map((name) => {
    const tensor = index.constantOf(name);
    const values = tensor && floatsOf(tensor);
    if (!values) return undefined;
    const [channels, ...dims] = tensor.dims as [number, ...number[]];
    const size = values.length / channels;
    const data = values.subarray(part.start * size, part.end * size);
    const wish = `${name}_${part.start}_${part.end}`;
    return floatTensor(index.freshName(wish), [part.end - part.start, ...dims], data);
  });
  return parts.every((tensor) => tensor !== undefined) ? parts : undefined;
}

function newNodes(
  index: GraphIndex,
  node: OnnxNode,
  activation: Activation,
  { parts }: Partition,
  constants: readonly (readonly OnnxTensor[])[],
): OnnxNode[] {
  return parts.flatMap((part, place) => {
    const [image] = node.inputs;
    const nameOf = (name: string): string => {
      if (name === activation.output) return part.name;
      return index.freshName(`${name}_${part.start}_${part.end}`);
    };
    const ours = new Map(
      [node, ...activation.nodes].map(({ outputs }) => [outputs[0]!, nameOf(outputs[0]!)]),
    );
    const convolution = copyOf(node, {
      inputs: [image!, ...constants[place]!.map(({ name }) => name)],
      outputs: [ours.get(node.outputs[0]!)!],
    });
    const activated = activation.nodes.map((one) =>
      copyOf(one, {
        inputs: one.inputs.map((name) => ours.get(name) ?? name),
        outputs: [ours.get(one.outputs[0]!)!],
      }),
    );
    return [convolution, ...activated];
  });
}
