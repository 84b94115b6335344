import {
  contentField,
  contentsOf,
  MessageField,
  numberField,
  numberOf,
  textOf,
  textsOf,
  writeMessage,
} from '@thorax/platform/protobuf';
import { onnxNumbersOf, readOnnxMessage } from './onnx-message';
import { OnnxTensor, readTensor } from './onnx-tensor';

/** An attribute of a node; its content is read by {@link intAttribute} and its kin when asked for. */
export interface OnnxAttribute {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** One operation (NodeProto). A view of its bytes, which are what is written again. */
export interface OnnxNode {
  /** For example `Conv`. */
  readonly type: string;
  /** '' is ONNX's own set of operators. */
  readonly domain: string;
  /** Names of values; '' where an optional input is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: readonly OnnxAttribute[];
  readonly bytes: Uint8Array;
}

/** What a new node is made of. */
export type NewOnnxNode = Pick<OnnxNode, 'type' | 'inputs' | 'outputs'> &
  Partial<Pick<OnnxNode, 'attributes'>>;

// Field numbers of NodeProto and AttributeProto, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
const INPUT = 1;
const OUTPUT = 2;
const NAME = 3;
const OP_TYPE = 4;
const ATTRIBUTE = 5;
const DOMAIN = 7;
const ATTRIBUTE_NAME = 1;
const ATTRIBUTE_INT = 3;
const ATTRIBUTE_TEXT = 4;
const ATTRIBUTE_TENSOR = 5;
const ATTRIBUTE_GRAPH = 6;
const ATTRIBUTE_INTS = 8;
const ATTRIBUTE_GRAPHS = 11;
const ATTRIBUTE_TYPE = 20;
const TYPE_INT = 2;
const PART = 'node';
const ATTRIBUTE_PART = 'attribute';

/** Reads a NodeProto. */
export function readNode(bytes: Uint8Array): OnnxNode {
  return nodeOf(readOnnxMessage(bytes, PART), bytes);
}

/** Makes a node of ONNX's own operators. Nameless: names of nodes are for people. */
export function newNode({ type, inputs, outputs, attributes = [] }: NewOnnxNode): OnnxNode {
  const fields = [
    ...inputs.map((name) => contentField(INPUT, name)),
    ...outputs.map((name) => contentField(OUTPUT, name)),
    contentField(OP_TYPE, type),
    ...attributes.map((attribute) => contentField(ATTRIBUTE, attribute.bytes)),
  ];
  return nodeOf(fields, writeMessage(fields));
}

/** The same operation, everything unknown about it included, on other values. */
export function rewired(node: OnnxNode, values: Pick<OnnxNode, 'inputs' | 'outputs'>): OnnxNode {
  return withValues(node, values, [INPUT, OUTPUT]);
}

/** One of several equal operations on other values: like {@link rewired}, but nameless, since names are unique. */
export function copyOf(node: OnnxNode, values: Pick<OnnxNode, 'inputs' | 'outputs'>): OnnxNode {
  return withValues(node, values, [INPUT, OUTPUT, NAME]);
}

/** A new attribute holding a whole number. */
export function newIntAttribute(name: string, value: number): OnnxAttribute {
  const bytes = writeMessage([
    contentField(ATTRIBUTE_NAME, name),
    numberField(ATTRIBUTE_INT, value),
    numberField(ATTRIBUTE_TYPE, TYPE_INT),
  ]);
  return { name, bytes };
}

/** Value of a whole-number attribute; `undefined` when the node does not have it. */
export function intAttribute(node: OnnxNode, name: string): number | undefined {
  const fields = attributeFields(node, name);
  return fields && numberOf(fields, ATTRIBUTE_INT);
}

/** Values of an attribute holding a list of whole numbers; `undefined` when the node does not have it. */
export function intsAttribute(node: OnnxNode, name: string): number[] | undefined {
  const fields = attributeFields(node, name);
  return fields && onnxNumbersOf(fields, ATTRIBUTE_INTS, ATTRIBUTE_PART);
}

/** Value of an attribute holding a text; `undefined` when the node does not have it. */
export function textAttribute(node: OnnxNode, name: string): string | undefined {
  const fields = attributeFields(node, name);
  return fields && textOf(fields, ATTRIBUTE_TEXT);
}

/** Content of an attribute holding a tensor; `undefined` when the node does not have it. */
export function tensorAttribute(node: OnnxNode, name: string): OnnxTensor | undefined {
  const content = contentsOf(attributeFields(node, name) ?? [], ATTRIBUTE_TENSOR).at(-1);
  return content && readTensor(content);
}

/** Whether the node holds graphs of its own (`If`, `Loop`, `Scan`), which may use values of the outer one. */
export function hasSubgraph(node: OnnxNode): boolean {
  return node.attributes.some(({ bytes }) =>
    readOnnxMessage(bytes, ATTRIBUTE_PART).some(
      ({ number }) => number === ATTRIBUTE_GRAPH || number === ATTRIBUTE_GRAPHS,
    ),
  );
}

/** A node of ONNX's own set of operators. */
export interface OnnxOperator extends OnnxNode {
  readonly domain: '' | 'ai.onnx';
}

/** Whether the node is one of those operators of ONNX's own set. */
export function isOperator(node: OnnxNode | undefined, ...types: readonly string[]): node is OnnxOperator {
  return node !== undefined && (node.domain === '' || node.domain === 'ai.onnx') && types.includes(node.type);
}

function withValues(
  node: OnnxNode,
  { inputs, outputs }: Pick<OnnxNode, 'inputs' | 'outputs'>,
  dropped: readonly number[],
): OnnxNode {
  const fields = [
    ...inputs.map((name) => contentField(INPUT, name)),
    ...outputs.map((name) => contentField(OUTPUT, name)),
    ...readOnnxMessage(node.bytes, PART).filter(({ number }) => !dropped.includes(number)),
  ];
  return nodeOf(fields, writeMessage(fields));
}

function attributeFields(node: OnnxNode, name: string): MessageField[] | undefined {
  const found = node.attributes.find((attribute) => attribute.name === name);
  return found && readOnnxMessage(found.bytes, ATTRIBUTE_PART);
}

function nodeOf(fields: readonly MessageField[], bytes: Uint8Array): OnnxNode {
  return {
    type: textOf(fields, OP_TYPE),
    domain: textOf(fields, DOMAIN),
    inputs: textsOf(fields, INPUT),
    outputs: textsOf(fields, OUTPUT),
    attributes: contentsOf(fields, ATTRIBUTE).map((attribute) => ({
      name: textOf(readOnnxMessage(attribute, ATTRIBUTE_PART), ATTRIBUTE_NAME),
      bytes: attribute,
    })),
    bytes,
  };
}
