import { Normalisation } from '../../model-config';
import { GraphIndex } from '../graph-index';
import { feedsOf, OnnxGraph, withoutUnused } from '../onnx-graph';
import { intAttribute, isOperator, newIntAttribute, newNode, OnnxNode, rewired } from '../onnx-node';
import { ELEMENT_TYPES, elementCount, floatsOf, floatTensor, OnnxTensor } from '../onnx-tensor';
import { newValue } from '../onnx-value';
import { Rewrite } from '../rewrite';

/**
 * Lets a graph for gray images in three equal float channels take the gray bytes themselves: the input becomes
 * uint8 [B, 1, H, W], and what the caller did to the levels moves into the first convolutions, whose weights are
 * summed over the input channels and scaled.
 *
 * sum_c w_c · (x / 255) = (sum_c w_c / 255) · x, for every x, the letterbox's gray included; the zeros that a
 * convolution pads with stay zeros. Pooling before the convolution treats channels alike and scales with x.
 * ImageNet's normalisation also shifts levels, which padding does not follow: it is left alone.
 */
export function foldedInput(normalisation: Normalisation): Rewrite {
  return { name: 'folded-input', apply: (graph) => fold(graph, normalisation) };
}

function fold(graph: OnnxGraph, normalisation: Normalisation): OnnxGraph | undefined {
  if (normalisation === 'imagenet') return undefined;
  const [input, ...others] = feedsOf(graph);
  const [batch, channels, height, width] = input?.dims ?? [];
  const takesImages = input?.dims?.length === 4 && (channels === 3 || channels === 1);
  if (!takesImages || others.length > 0 || input.type !== ELEMENT_TYPES.float32) return undefined;
  const index = new GraphIndex(graph);
  const convolutions = index.hasSubgraphs ? undefined : convolutionsOn(index, input.name);
  const folded = convolutions?.map((node, place) =>
    foldWeights(index, node, normalisation === 'unit' ? 1 / 255 : 1, place),
  );
  if (!folded?.every((weights) => weights !== undefined)) return undefined;
  const levels = index.freshName(`${input.name}_levels`);
  const weightsOf = new Map(convolutions!.map((node, place) => [node, folded[place]!.name]));
  return withoutUnused({
    ...graph,
    inputs: graph.inputs.map((value) =>
      value === input ? newValue(input.name, ELEMENT_TYPES.uint8, [batch, 1, height, width]) : value,
    ),
    constants: [...graph.constants, ...folded],
    nodes: [
      newNode({
        type: 'Cast',
        inputs: [input.name],
        outputs: [levels],
        attributes: [newIntAttribute('to', ELEMENT_TYPES.float32)],
      }),
      ...graph.nodes.map((node) => redirected(node, input.name, levels, weightsOf.get(node))),
    ],
  });
}

/** All convolutions on the images, through pooling; `undefined` when anything else looks at them. */
function convolutionsOn(index: GraphIndex, image: string): OnnxNode[] | undefined {
  const found: OnnxNode[] = [];
  const seen = new Set<string>();
  const waiting = [image];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (index.isOutput(name) || seen.has(name)) return undefined;
    seen.add(name);
    for (const user of index.usersOf(name)) {
      const passes = isOperator(user, 'AveragePool', 'MaxPool', 'Identity') && user.outputs.length === 1;
      if (passes) waiting.push(user.outputs[0]!);
      else if (isOperator(user, 'Conv') && user.inputs.lastIndexOf(name) === 0) found.push(user);
      else return undefined;
    }
  }
  return found.length > 0 ? found : undefined;
}

/** [out, in, h, w] summed over `in` and scaled to [out, 1, h, w], in double precision. */
function foldWeights(
  index: GraphIndex,
  node: OnnxNode,
  scale: number,
  place: number,
): OnnxTensor | undefined {
  const weights = index.constantOf(node.inputs[1] ?? '');
  const values = weights && floatsOf(weights);
  const isPlain = (intAttribute(node, 'group') ?? 1) === 1 && weights?.dims.length === 4;
  if (!isPlain || !values) return undefined;
  const [out, channels, rows, columns] = weights.dims as [number, number, number, number];
  const kernel = rows * columns;
  const folded = new Float32Array(elementCount({ ...weights, dims: [out, rows, columns] }));
  for (let target = 0; target < folded.length; target++) {
    const start = Math.floor(target / kernel) * channels * kernel + (target % kernel);
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += values[start + channel * kernel]!;
    folded[target] = sum * scale;
  }
  const name = index.freshName(`${weights.name || 'weights'}_folded_${place}`);
  return floatTensor(name, [out, 1, rows, columns], folded);
}

function redirected(node: OnnxNode, input: string, levels: string, weights: string | undefined): OnnxNode {
  if (!weights && !node.inputs.includes(input)) return node;
  const inputs = node.inputs.map((name, place) =>
    weights && place === 1 ? weights : name === input ? levels : name,
  );
  return rewired(node, { inputs, outputs: node.outputs });
}
