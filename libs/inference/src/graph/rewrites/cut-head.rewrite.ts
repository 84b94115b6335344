import { GraphIndex } from '../graph-index';
import { OnnxGraph, withoutUnused } from '../onnx-graph';
import { ELEMENT_TYPES } from '../onnx-tensor';
import { newValue } from '../onnx-value';
import { Rewrite } from '../rewrite';
import { recogniseHead } from './anchor-free.head';

/**
 * Ends the graph of an anchor-free detector at its last convolutions. The outputs become, level by level, box
 * distributions [B, 4 × bins, h, w] and class logits [B, C, h, w]; `cut-head.layout.ts` decodes them for the few
 * anchors that reach their threshold, where the graph decoded all.
 */
export const cutHead: Rewrite = { name: 'cut-head', apply: cut };

function cut(graph: OnnxGraph): OnnxGraph | undefined {
  const [output, ...others] = graph.outputs;
  const index = new GraphIndex(graph);
  if (!output || others.length > 0 || index.hasSubgraphs) return undefined;
  const head = recogniseHead(index, output.name);
  if (!head) return undefined;
  const batch = output.dims?.[0];
  const declared = (name: string, channels: number) =>
    newValue(name, ELEMENT_TYPES.float32, [batch, channels, undefined, undefined]);
  return withoutUnused({
    ...graph,
    outputs: head.levels.flatMap(({ boxes, classes }) => [
      declared(boxes, 4 * head.bins),
      declared(classes, head.classCount),
    ]),
  });
}
