import { channelsOf } from '../channels';
import { GraphIndex } from '../graph-index';
import { OnnxGraph, withoutUnused } from '../onnx-graph';
import {
  copyOf,
  intAttribute,
  intsAttribute,
  isOperator,
  newIntAttribute,
  newNode,
  OnnxNode,
  textAttribute,
} from '../onnx-node';
import { floatsOf, floatTensor, OnnxTensor } from '../onnx-tensor';
import { Rewrite } from '../rewrite';

/**
 * A 1 × 1 convolution over upsampled channels joined with others, as the necks of YOLOv5 to 11 begin their blocks,
 * is computed before the upsampling where it concerns those channels:
 *
 *   W · [up(a), b] + bias = up(Wa · a) + (Wb · b + bias)
 *
 * since every pixel of up(a) is a pixel of a. At twice the size that part takes a quarter of the work, and the wide
 * upsampled channels are never written. Equal but for the order of additions.
 */
export const hoistedUpsampling: Rewrite = {
  name: 'hoisted-upsampling',
  apply(graph) {
    const index = new GraphIndex(graph);
    if (index.hasSubgraphs) return undefined;
    const replacements = new Map<OnnxNode, Replacement>();
    for (const node of graph.nodes) {
      if (!isOperator(node, 'Concat')) continue;
      for (const [convolution, replacement] of hoist(index, node)) replacements.set(convolution, replacement);
    }
    return replacements.size === 0 ? undefined : replaced(graph, replacements);
  },
};

/** What stands where a convolution stood. */
interface Replacement {
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxTensor[];
}

/** A value among those that are joined, and its place among the channels: `start` ≤ channel < `end`. */
interface Part {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** Where it is upsampled and used nowhere else. */
  readonly upsampling?: OnnxNode;
}

/** Replacements for the convolutions on one joined value; none unless all that use it are of the right kind. */
function hoist(index: GraphIndex, join: OnnxNode): [OnnxNode, Replacement][] {
  const [whole] = join.outputs;
  const users = index.usersOf(whole!);
  const axis = intAttribute(join, 'axis');
  if ((axis !== 1 && axis !== -3) || index.isOutput(whole!)) return [];
  const found = users.map((user): [OnnxNode, Replacement] | undefined => {
    const weights = isPointwise(user, whole!) ? index.constantOf(user.inputs[1]!) : undefined;
    const values = weights && floatsOf(weights);
    const parts = values && partsOf(index, join, weights.dims[1]!);
    return parts && [user, replacementOf(index, user, parts, new Weights(weights, values))];
  });
  return found.every((one) => one !== undefined) ? found : [];
}

/** A plain convolution that looks at one pixel at a time. */
function isPointwise(node: OnnxNode, image: string): boolean {
  if (!isOperator(node, 'Conv') || node.inputs.lastIndexOf(image) !== 0) return false;
  const all = (name: string, value: number): boolean =>
    (intsAttribute(node, name) ?? []).every((one) => one === value);
  const isUnpadded = [undefined, '', 'NOTSET', 'VALID'].includes(textAttribute(node, 'auto_pad'));
  return (
    (intAttribute(node, 'group') ?? 1) === 1 &&
    intsAttribute(node, 'kernel_shape')?.length === 2 &&
    all('kernel_shape', 1) &&
    all('strides', 1) &&
    all('pads', 0) &&
    isUnpadded
  );
}

/** The joined values in order; `undefined` where none or all are upsampled, or their channels are not known. */
function partsOf(index: GraphIndex, join: OnnxNode, channels: number): Part[] | undefined {
  const upsamplings = join.inputs.map((name) => upsamplingOf(index, name, join));
  const some = upsamplings.some((node) => node !== undefined);
  if (!some || upsamplings.every((node) => node !== undefined)) return undefined;
  const counts = join.inputs.map((name, place) => channelsOf(index, upsamplings[place]?.inputs[0] ?? name));
  const missing = counts.filter((count) => count === undefined).length;
  const known = counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  if (missing > 1 || known > channels || (missing === 0 && known !== channels)) return undefined;
  const sizes = counts.map((count) => count ?? channels - known);
  let end = 0;
  return join.inputs.map((name, place) => {
    const start = end;
    end += sizes[place]!;
    return { name, start, end, upsampling: upsamplings[place] };
  });
}

/** The node that makes a value larger by repeating pixels, if nobody but `user` looks at it. */
function upsamplingOf(index: GraphIndex, name: string, user: OnnxNode): OnnxNode | undefined {
  const node = index.producerOf(name);
  const isAlone = index.usersOf(name).every((one) => one === user) && !index.isOutput(name);
  if (!isOperator(node, 'Resize') || !isAlone || node.inputs.length !== 3) return undefined;
  const mode = textAttribute(node, 'mode') ?? 'nearest';
  const region = textAttribute(node, 'coordinate_transformation_mode');
  const scales = index.constantOf(node.inputs[2]!);
  const factors = scales && floatsOf(scales);
  const keepsChannels = factors?.length === 4 && factors[0] === 1 && factors[1] === 1;
  return mode === 'nearest' && region !== 'tf_crop_and_resize' && keepsChannels ? node : undefined;
}

/** [out, in, 1, 1] by input channel. */
class Weights {
  constructor(
    private readonly tensor: OnnxTensor,
    private readonly values: Float32Array,
  ) {}

  /** Those of some parts' channels, one after the other. */
  of(index: GraphIndex, parts: readonly Part[]): OnnxTensor {
    const [out, inputs] = this.tensor.dims as [number, number];
    const rows = Array.from({ length: out }, (_, row) =>
      parts.map(({ start, end }) => this.values.subarray(row * inputs + start, row * inputs + end)),
    ).flat();
    const data = new Float32Array(rows.reduce((sum, row) => sum + row.length, 0));
    rows.reduce((offset, row) => (data.set(row, offset), offset + row.length), 0);
    const wish = `${this.tensor.name || 'weights'}_from_${parts[0]!.start}`;
    return floatTensor(index.freshName(wish), [out, data.length / out, 1, 1], data);
  }
}

function replacementOf(
  index: GraphIndex,
  node: OnnxNode,
  parts: readonly Part[],
  weights: Weights,
): Replacement {
  const [output] = node.outputs;
  const fresh = (what: string): string => index.freshName(`${output}_${what}`);
  const others = parts.filter(({ upsampling }) => !upsampling);
  const othersWeights = weights.of(index, others);
  const nodes: OnnxNode[] = [];
  const constants = [othersWeights];
  let image = others[0]!.name;
  if (others.length > 1) {
    image = fresh('joined');
    const attributes = [newIntAttribute('axis', 1)];
    nodes.push(
      newNode({ type: 'Concat', inputs: others.map(({ name }) => name), outputs: [image], attributes }),
    );
  }
  let sum = fresh('others');
  nodes.push(copyOf(node, { inputs: [image, othersWeights.name, ...node.inputs.slice(2)], outputs: [sum] }));
  const raised = parts.filter(({ upsampling }) => upsampling);
  raised.forEach((part, place) => {
    const { upsampling } = part;
    const ours = weights.of(index, [part]);
    const [small, large] = [fresh(`small_${part.start}`), fresh(`large_${part.start}`)];
    const next = place === raised.length - 1 ? output! : fresh(`sum_${part.start}`);
    constants.push(ours);
    nodes.push(
      copyOf(node, { inputs: [upsampling!.inputs[0]!, ours.name], outputs: [small] }),
      copyOf(upsampling!, { inputs: [small, ...upsampling!.inputs.slice(1)], outputs: [large] }),
      newNode({ type: 'Add', inputs: [sum, large], outputs: [next] }),
    );
    sum = next;
  });
  return { nodes, constants };
}

function replaced(graph: OnnxGraph, replacements: ReadonlyMap<OnnxNode, Replacement>): OnnxGraph {
  return withoutUnused({
    ...graph,
    nodes: graph.nodes.flatMap((node) => replacements.get(node)?.nodes ?? [node]),
    constants: [...graph.constants, ...[...replacements.values()].flatMap(({ constants }) => constants)],
  });
}
