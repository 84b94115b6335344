import { GraphIndex } from './graph-index';
import { isOperator, OnnxNode } from './onnx-node';

/** The element-wise operations behind a value, in order; `output` is that value itself where there are none. */
export interface Activation {
  readonly nodes: readonly OnnxNode[];
  readonly output: string;
}

/** Operations on every element alone, without parameters besides attributes. */
const UNARY = [
  'Relu',
  'LeakyRelu',
  'Elu',
  'HardSwish',
  'HardSigmoid',
  'Mish',
  'Swish',
  'Gelu',
  'Tanh',
  'Sigmoid',
];

/** Whether the node is an activation of one input. */
export function isUnaryActivation(node: OnnxNode): boolean {
  return isOperator(node, ...UNARY) && node.inputs.length === 1;
}

/** x where the node is the product of x × sigmoid(x), which is how exporters write SiLU. */
export function siluInputOf(index: GraphIndex, node: OnnxNode): string | undefined {
  if (!isOperator(node, 'Mul') || node.inputs.length !== 2) return undefined;
  return node.inputs.find((input, place) => {
    const other = index.producerOf(node.inputs[1 - place]!);
    return isOperator(other, 'Sigmoid') && other.inputs[0] === input;
  });
}

/**
 * The activation that is all that uses a value, apart from questions for its shape. A value that is also used
 * otherwise, or leaves the graph, has none.
 */
export function activationOf(index: GraphIndex, name: string): Activation {
  const none: Activation = { nodes: [], output: name };
  if (index.isOutput(name)) return none;
  const users = index.usersOf(name).filter((user) => !isOperator(user, 'Shape'));
  const [first] = users;
  if (users.length === 1 && isUnaryActivation(first!)) return { nodes: users, output: first!.outputs[0]! };
  const gate = users.find((user) => isOperator(user, 'Sigmoid'));
  const product = users.find((user) => siluInputOf(index, user) === name);
  const isSilu =
    users.length === 2 &&
    gate !== undefined &&
    product !== undefined &&
    !index.isOutput(gate.outputs[0]!) &&
    index.usersOf(gate.outputs[0]!).every((user) => user === product);
  return isSilu ? { nodes: [gate, product], output: product.outputs[0]! } : none;
}
