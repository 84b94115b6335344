import { isContent, MessageField, textOf, WIRE_TYPES } from '@thorax/platform/protobuf';
import { ELEMENT_TYPES } from './element-types';
import { ReadingLimits } from './inspection.policy';
import { named, ProblemList, shown } from './inspection.problem';
import { bitsOf, MessageWalker } from './message.walker';
import { DeclaredValue } from './onnx.report';

// Field numbers of ValueInfoProto, TypeProto, TypeProto.Tensor, TensorShapeProto and its Dimension,
// https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
const NAME = 1;
const TYPE = 2;
const TENSOR_TYPE = 1;
const DENOTATION = 6;
const ELEMENT_TYPE = 1;
const SHAPE = 2;
const DIMENSION = 1;
const DIMENSION_VALUE = 1;
const DIMENSION_NAME = 2;

const PAIR = bitsOf(1, 2);

/** Reads declared inputs and outputs (ValueInfoProto). */
export class ValueReader {
  constructor(
    private readonly walker: MessageWalker,
    private readonly limits: ReadingLimits,
    private readonly problems: ProblemList,
  ) {}

  /** What is no tensor is a problem. */
  read(message: Uint8Array): DeclaredValue {
    this.walker.count('values');
    let name = '';
    let type: number | undefined;
    let dims: DeclaredValue['dims'] = null;
    let others = false;
    this.walker.walk(message, 'value', PAIR, (field) => {
      if (isContent(field, NAME)) name = shown(textOf([field], NAME), 200);
      else if (isContent(field, TYPE)) {
        this.walker.walk(field.content, 'type', bitsOf(TENSOR_TYPE), (kind) => {
          if (isContent(kind, TENSOR_TYPE)) ({ type, dims } = this.tensorType(kind.content));
          else if (kind.number !== DENOTATION) others = true;
        });
      }
    });
    const known = ELEMENT_TYPES.get(type ?? 0);
    if (!known || others) this.refuse(name);
    return { name, type: known?.name ?? null, dims };
  }

  private tensorType(message: Uint8Array): { type?: number; dims: DeclaredValue['dims'] } {
    let type: number | undefined;
    let dims: (number | string | null)[] | null = null;
    this.walker.walk(message, 'tensor type', PAIR, (field) => {
      if (field.number === ELEMENT_TYPE && field.wireType === WIRE_TYPES.varint) type = field.value;
      else if (isContent(field, SHAPE)) dims = this.shape(field.content);
    });
    return { type, dims };
  }

  private shape(message: Uint8Array): (number | string | null)[] {
    const dims: (number | string | null)[] = [];
    this.walker.walk(message, 'shape', 0, (field) => {
      if (!isContent(field, DIMENSION)) return;
      if (dims.length < this.limits.rank) dims.push(this.dimension(field.content));
    });
    return dims;
  }

  private dimension(message: Uint8Array): number | string | null {
    let dim: number | string | null = null;
    this.walker.walk(message, 'dimension', 0, (field: MessageField) => {
      if (field.number === DIMENSION_VALUE && field.wireType === WIRE_TYPES.varint) dim = field.value;
      else if (isContent(field, DIMENSION_NAME)) dim = shown(textOf([field], DIMENSION_NAME), 40);
    });
    return dim === '' ? null : dim;
  }

  private refuse(name: string): void {
    this.problems.add(
      'NOT_A_TENSOR',
      `The input or output ${named(name)} is no tensor of numbers.`,
      'Export the model with tensors in and out.',
    );
  }
}
