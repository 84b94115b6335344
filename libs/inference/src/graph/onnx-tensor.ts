import {
  contentField,
  contentsOf,
  numberField,
  numberOf,
  textOf,
  writeMessage,
} from '@thorax/platform/protobuf';
import { onnxNumbersOf, readOnnxMessage } from './onnx-message';

/** A constant of the graph (TensorProto). A view of its bytes, which are what is written again. */
export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly number[];
  /** Element type by its number in ONNX; see {@link ELEMENT_TYPES}. */
  readonly type: number;
  readonly bytes: Uint8Array;
}

/** Numbers of TensorProto.DataType that are read or written here. */
export const ELEMENT_TYPES = { float32: 1, uint8: 2, int32: 6, int64: 7 } as const;

// Field numbers of TensorProto, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
const DIMS = 1;
const DATA_TYPE = 2;
const FLOAT_DATA = 4;
const INT32_DATA = 5;
const INT64_DATA = 7;
const NAME = 8;
const RAW_DATA = 9;
const DATA_LOCATION = 14;
const PART = 'tensor';

/** Reads a TensorProto; its elements stay where they are. */
export function readTensor(bytes: Uint8Array): OnnxTensor {
  const fields = readOnnxMessage(bytes, PART);
  return {
    name: textOf(fields, NAME),
    dims: onnxNumbersOf(fields, DIMS, PART),
    type: numberOf(fields, DATA_TYPE) ?? 0,
    bytes,
  };
}

/** A new float32 tensor; `data` holds product of `dims` elements and is copied. */
export function floatTensor(name: string, dims: readonly number[], data: Float32Array): OnnxTensor {
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const bytes = writeMessage([
    ...dims.map((dim) => numberField(DIMS, dim)),
    numberField(DATA_TYPE, ELEMENT_TYPES.float32),
    contentField(NAME, name),
    contentField(RAW_DATA, raw),
  ]);
  return { name, dims, type: ELEMENT_TYPES.float32, bytes };
}

/**
 * Elements of a float32 tensor, as a copy; `undefined` for other types, for elements in another file, and
 * where their number contradicts the shape.
 */
export function floatsOf(tensor: OnnxTensor): Float32Array | undefined {
  if (tensor.type !== ELEMENT_TYPES.float32) return undefined;
  const data = elementBytes(tensor, FLOAT_DATA);
  if (data?.length !== 4 * elementCount(tensor)) return undefined;
  return new Float32Array(data.buffer);
}

/** Elements of a small int64 or int32 tensor; `undefined` for other types and contradictory sizes. */
export function integersOf(tensor: OnnxTensor): number[] | undefined {
  const wide = tensor.type === ELEMENT_TYPES.int64;
  if (!wide && tensor.type !== ELEMENT_TYPES.int32) return undefined;
  const fields = readOnnxMessage(tensor.bytes, PART);
  const raw = contentsOf(fields, RAW_DATA).at(-1);
  const numbers = raw
    ? fixedIntegers(raw, wide)
    : onnxNumbersOf(fields, wide ? INT64_DATA : INT32_DATA, PART);
  return numbers.length === elementCount(tensor) ? numbers : undefined;
}

/** Product of the dimensions; 1 for a scalar. */
export function elementCount({ dims }: OnnxTensor): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** A fresh, and therefore aligned, copy of the raw elements or of the fixed-width list that replaces them. */
function elementBytes(tensor: OnnxTensor, listField: number): Uint8Array<ArrayBuffer> | undefined {
  const fields = readOnnxMessage(tensor.bytes, PART);
  if (numberOf(fields, DATA_LOCATION)) return undefined;
  const raw = contentsOf(fields, RAW_DATA).at(-1);
  const parts = raw
    ? [raw]
    : fields.filter((field) => field.number === listField).map((field) => field.content);
  const copy = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((offset, part) => (copy.set(part, offset), offset + part.length), 0);
  return copy;
}

function fixedIntegers(raw: Uint8Array, wide: boolean): number[] {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const size = wide ? 8 : 4;
  return Array.from({ length: Math.floor(raw.length / size) }, (_, index) =>
    wide ? Number(view.getBigInt64(index * size, true)) : view.getInt32(index * size, true),
  );
}
