import {
  contentField,
  contentsOf,
  isContent,
  MessageField,
  messageField,
  numberOf,
  textOf,
  writeMessage,
} from '@thorax/platform/protobuf';
import { readOnnxMessage } from './onnx-message';
import { hasSubgraph, OnnxNode, readNode } from './onnx-node';
import { OnnxTensor, readTensor } from './onnx-tensor';
import { OnnxValue, readValue } from './onnx-value';
import { UnreadableGraphError } from './unreadable-graph.error';

/** The network itself (GraphProto), as far as rewriting needs to see it. Immutable. */
export interface OnnxGraph {
  /** In an order in which every value is computed before it is used. */
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxTensor[];
  /** Declared inputs; old files declare their constants here as well. */
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** Everything else of the message, as it was. */
  readonly rest: readonly MessageField[];
}

/** A whole model file (ModelProto). Immutable. */
export interface OnnxModelFile {
  readonly graph: OnnxGraph;
  /** Version of ONNX's own set of operators; 1 when the file does not say. */
  readonly opset: number;
  /** Everything but the graph, metadata and versions included, as it was. */
  readonly rest: readonly MessageField[];
}

// Field numbers of ModelProto, OperatorSetIdProto and GraphProto,
// https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
const GRAPH = 7;
const OPSET_IMPORT = 8;
const OPSET_DOMAIN = 1;
const OPSET_VERSION = 2;
const NODE = 1;
const CONSTANT = 5;
const INPUT = 11;
const OUTPUT = 12;
const VALUE_INFO = 13;

/**
 * Reads an ONNX file. Nothing is lost: what is not understood is kept byte for byte, and
 * {@link writeOnnxModel} gives the same bytes again for every file whose fields stand in the usual order.
 *
 * Bounded by the size of `bytes`, which must not change while the model is used.
 * Throws {@link UnreadableGraphError} for anything that is not a complete model.
 */
export function readOnnxModel(bytes: Uint8Array): OnnxModelFile {
  const fields = readOnnxMessage(bytes, 'model');
  const graphs = contentsOf(fields, GRAPH);
  if (graphs.length !== 1) {
    const reason = graphs.length === 0 ? 'it holds no graph' : 'it holds several graphs';
    throw new UnreadableGraphError({ part: 'model', reason, offset: bytes.length });
  }
  return {
    graph: readGraph(graphs[0]!),
    opset: opsetOf(fields),
    rest: fields.filter((field) => !isContent(field, GRAPH)),
  };
}

/** The bytes of a model file. */
export function writeOnnxModel({ graph, rest }: OnnxModelFile): Uint8Array {
  return writeMessage([...rest, messageField(GRAPH, fieldsOfGraph(graph))]);
}

/** Whether any node holds graphs of its own; their use of outer values is not visible here. */
export function hasSubgraphs(graph: OnnxGraph): boolean {
  return graph.nodes.some(hasSubgraph);
}

/** The inputs a caller must feed: declared ones that are not constants. */
export function feedsOf(graph: OnnxGraph): OnnxValue[] {
  const constants = new Set(graph.constants.map(({ name }) => name));
  return graph.inputs.filter(({ name }) => !constants.has(name));
}

/**
 * Drops what no output needs any more, and the exporter's notes on shapes, which a rewrite makes untrue and the
 * runtime finds by itself.
 */
export function withoutUnused(graph: OnnxGraph): OnnxGraph {
  const needed = new Set(graph.outputs.map(({ name }) => name));
  const nodes = [...graph.nodes].reverse();
  const kept = nodes.filter((node) => {
    if (!node.outputs.some((name) => needed.has(name))) return false;
    node.inputs.forEach((name) => needed.add(name));
    return true;
  });
  return {
    nodes: kept.reverse(),
    constants: graph.constants.filter(({ name }) => needed.has(name)),
    inputs: graph.inputs,
    outputs: graph.outputs,
    rest: graph.rest.filter(({ number }) => number !== VALUE_INFO),
  };
}

function readGraph(bytes: Uint8Array): OnnxGraph {
  const fields = readOnnxMessage(bytes, 'graph');
  const understood = [NODE, CONSTANT, INPUT, OUTPUT];
  return {
    nodes: contentsOf(fields, NODE).map(readNode),
    constants: contentsOf(fields, CONSTANT).map(readTensor),
    inputs: contentsOf(fields, INPUT).map(readValue),
    outputs: contentsOf(fields, OUTPUT).map(readValue),
    rest: fields.filter((field) => !understood.some((number) => isContent(field, number))),
  };
}

function fieldsOfGraph({ nodes, constants, inputs, outputs, rest }: OnnxGraph): MessageField[] {
  const fieldsOf = (number: number, elements: readonly { bytes: Uint8Array }[]): MessageField[] =>
    elements.map((element) => contentField(number, element.bytes));
  return [
    ...fieldsOf(NODE, nodes),
    ...fieldsOf(CONSTANT, constants),
    ...fieldsOf(INPUT, inputs),
    ...fieldsOf(OUTPUT, outputs),
    ...rest,
  ];
}

function opsetOf(fields: readonly MessageField[]): number {
  for (const content of contentsOf(fields, OPSET_IMPORT)) {
    const entry = readOnnxMessage(content, 'operator set');
    if (['', 'ai.onnx'].includes(textOf(entry, OPSET_DOMAIN))) return numberOf(entry, OPSET_VERSION) ?? 1;
  }
  return 1;
}
