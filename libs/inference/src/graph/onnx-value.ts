import {
  contentField,
  contentsOf,
  numberField,
  numberOf,
  textOf,
  writeMessage,
} from '@thorax/platform/protobuf';
import { readOnnxMessage } from './onnx-message';

/** One dimension of a declared value: fixed, named, or open. */
export type OnnxDimension = number | string | undefined;

/** A declared input or output (ValueInfoProto). A view of its bytes, which are what is written again. */
export interface OnnxValue {
  readonly name: string;
  /** Element type by its number in ONNX; 0 when it is not a tensor. */
  readonly type: number;
  /** `undefined` when no shape is declared. */
  readonly dims: readonly OnnxDimension[] | undefined;
  readonly bytes: Uint8Array;
}

// Field numbers of ValueInfoProto, TypeProto, TypeProto.Tensor, TensorShapeProto and its Dimension,
// https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
const NAME = 1;
const TYPE = 2;
const TENSOR_TYPE = 1;
const ELEMENT_TYPE = 1;
const SHAPE = 2;
const DIMENSION = 1;
const DIMENSION_VALUE = 1;
const DIMENSION_NAME = 2;

/** Reads a ValueInfoProto. */
export function readValue(bytes: Uint8Array): OnnxValue {
  const fields = readOnnxMessage(bytes, 'value');
  const type = readOnnxMessage(contentsOf(fields, TYPE).at(-1) ?? new Uint8Array(), 'type');
  const tensor = readOnnxMessage(contentsOf(type, TENSOR_TYPE).at(-1) ?? new Uint8Array(), 'tensor type');
  const shape = contentsOf(tensor, SHAPE).at(-1);
  return {
    name: textOf(fields, NAME),
    type: numberOf(tensor, ELEMENT_TYPE) ?? 0,
    dims: shape && contentsOf(readOnnxMessage(shape, 'shape'), DIMENSION).map(readDimension),
    bytes,
  };
}

/** Declares a tensor. */
export function newValue(name: string, type: number, dims: readonly OnnxDimension[]): OnnxValue {
  const shape = writeMessage(dims.map((dim) => contentField(DIMENSION, writeDimension(dim))));
  const tensor = writeMessage([numberField(ELEMENT_TYPE, type), contentField(SHAPE, shape)]);
  const typed = writeMessage([contentField(TENSOR_TYPE, tensor)]);
  return { name, type, dims, bytes: writeMessage([contentField(NAME, name), contentField(TYPE, typed)]) };
}

function readDimension(bytes: Uint8Array): OnnxDimension {
  const fields = readOnnxMessage(bytes, 'dimension');
  return numberOf(fields, DIMENSION_VALUE) ?? (textOf(fields, DIMENSION_NAME) || undefined);
}

function writeDimension(dim: OnnxDimension): Uint8Array {
  if (dim === undefined) return new Uint8Array();
  return writeMessage([
    typeof dim === 'number' ? numberField(DIMENSION_VALUE, dim) : contentField(DIMENSION_NAME, dim),
  ]);
}
