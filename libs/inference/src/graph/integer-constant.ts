import { GraphIndex } from './graph-index';
import { intAttribute, isOperator, OnnxNode } from './onnx-node';
import { channelsOf } from './channels';
import { integersOf } from './onnx-tensor';

/** Whole numbers of a small vector or scalar; `undefined` elements depend on the image or the batch. */
export type IntegerVector = readonly (number | undefined)[];

/** Exporters nest a handful of operations on a handful of numbers; more is not an index computation. */
const MAX_DEPTH = 32;
const MAX_LENGTH = 64;

/**
 * Works out a value that exporters compute at run time although it is fixed: the bounds of a slice written as
 * "half of the channels", say. Shapes are only known in their channel dimension.
 * `undefined` where anything but simple integer arithmetic is involved.
 */
export function integersAt(index: GraphIndex, name: string): IntegerVector | undefined {
  return new IntegerEvaluation(index).at(name, 0);
}

/** One evaluation; every value is worked out once, however often it is used. */
class IntegerEvaluation {
  private readonly known = new Map<string, IntegerVector | undefined>();

  constructor(private readonly index: GraphIndex) {}

  at(name: string, depth: number): IntegerVector | undefined {
    if (this.known.has(name)) return this.known.get(name);
    const values = this.workOut(name, depth);
    const kept = values && values.length <= MAX_LENGTH ? values : undefined;
    this.known.set(name, kept);
    return kept;
  }

  private workOut(name: string, depth: number): IntegerVector | undefined {
    const constant = this.index.constantOf(name);
    if (constant) return integersOf(constant);
    const node = this.index.producerOf(name);
    if (!node || depth === MAX_DEPTH) return undefined;
    if (isOperator(node, 'Shape')) return shapeOf(this.index, node);
    const operation = OPERATIONS.get(node.type);
    return operation && isOperator(node, node.type)
      ? operation(
          node,
          node.inputs.map((input) => this.at(input, depth + 1)),
        )
      : undefined;
  }
}

type Operation = (
  node: OnnxNode,
  inputs: readonly (IntegerVector | undefined)[],
) => IntegerVector | undefined;

const passOn: Operation = (_, [data]) => data;
const OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ...['Identity', 'Cast', 'Unsqueeze', 'Squeeze'].map((type) => [type, passOn] as const),
  ...['Add', 'Sub', 'Mul', 'Div'].map((type) => [type, combined] as const),
  ['Concat', (_, inputs) => concatenated(inputs)],
  ['Gather', gathered],
]);

/** [batch, channels, height, width] with only the channels known. `start` and `end` of opset 15 are not read. */
function shapeOf(index: GraphIndex, node: OnnxNode): IntegerVector | undefined {
  if (node.attributes.length > 0) return undefined;
  const channels = channelsOf(index, node.inputs[0]!);
  return channels === undefined ? undefined : [undefined, channels, undefined, undefined];
}

function concatenated(inputs: readonly (IntegerVector | undefined)[]): IntegerVector | undefined {
  return inputs.every((input) => input !== undefined) ? inputs.flat() : undefined;
}

function gathered(
  node: OnnxNode,
  [data, places]: readonly (IntegerVector | undefined)[],
): IntegerVector | undefined {
  if (!data || !places || (intAttribute(node, 'axis') ?? 0) !== 0) return undefined;
  return places.map((place) => (place === undefined ? undefined : data.at(place)));
}

function combined(
  { type }: OnnxNode,
  [left, right]: readonly (IntegerVector | undefined)[],
): IntegerVector | undefined {
  if (!left || !right) return undefined;
  const length = Math.max(left.length, right.length);
  if (![left, right].every((side) => side.length === 1 || side.length === length)) return undefined;
  const at = (side: IntegerVector, place: number): number | undefined =>
    side.length === 1 ? side[0] : side[place];
  return Array.from({ length }, (_, place) => arithmetic(type, at(left, place), at(right, place)));
}

function arithmetic(type: string, left: number | undefined, right: number | undefined): number | undefined {
  if (left === undefined || right === undefined) return undefined;
  if (type === 'Add') return left + right;
  if (type === 'Sub') return left - right;
  if (type === 'Mul') return left * right;
  return right === 0 ? undefined : Math.trunc(left / right);
}
