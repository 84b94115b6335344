/** An element type of tensors. */
export interface ElementType {
  readonly name: string;
  readonly bits: number;
  /** Field of TensorProto that holds elements one by one, where they do not stand as raw bytes. */
  readonly listField: number;
}

// Field numbers of TensorProto, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
const FLOAT_DATA = 4;
const INT32_DATA = 5;
const INT64_DATA = 7;
const DOUBLE_DATA = 10;
const UINT64_DATA = 11;

/** By their number, TensorProto.DataType. Texts (8) and complex numbers (14, 15) are not among them. */
export const ELEMENT_TYPES: ReadonlyMap<number, ElementType> = new Map(
  [
    [1, 'float32', 32, FLOAT_DATA],
    [2, 'uint8', 8, INT32_DATA],
    [3, 'int8', 8, INT32_DATA],
    [4, 'uint16', 16, INT32_DATA],
    [5, 'int16', 16, INT32_DATA],
    [6, 'int32', 32, INT32_DATA],
    [7, 'int64', 64, INT64_DATA],
    [9, 'bool', 8, INT32_DATA],
    [10, 'float16', 16, INT32_DATA],
    [11, 'float64', 64, DOUBLE_DATA],
    [12, 'uint32', 32, UINT64_DATA],
    [13, 'uint64', 64, UINT64_DATA],
    [16, 'bfloat16', 16, INT32_DATA],
    [17, 'float8e4m3fn', 8, INT32_DATA],
    [18, 'float8e4m3fnuz', 8, INT32_DATA],
    [19, 'float8e5m2', 8, INT32_DATA],
    [20, 'float8e5m2fnuz', 8, INT32_DATA],
    [21, 'uint4', 4, INT32_DATA],
    [22, 'int4', 4, INT32_DATA],
  ].map(
    ([number, name, bits, listField]) =>
      [number, { name, bits, listField } as ElementType] as [number, ElementType],
  ),
);

/** Number of the type for texts. */
export const STRING_TYPE = 8;
