import { protobuf, repeated } from './protobuf.writer';

/** Element types by their number in ONNX. */
export const ONNX_TYPES = { float32: 1, uint8: 2, int64: 7, float16: 10 } as const;

/** A constant of the graph; float32 unless its data are bigints (then int64). */
export interface OnnxConstant {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

/** One operation. Attributes are whole numbers or lists of them. */
export interface OnnxNode {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, number | string | readonly number[]>>;
}

/** A declared input or output; a text is a symbolic dimension. */
export interface OnnxValue {
  readonly name: string;
  readonly type: keyof typeof ONNX_TYPES;
  readonly dims: readonly (number | string)[];
}

/** A whole model. */
export interface OnnxModel {
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly constants: readonly OnnxConstant[];
  readonly nodes: readonly OnnxNode[];
  readonly metadata?: Readonly<Record<string, string>>;
}

const IR_VERSION = 8;
const OPSET = 17;
const ATTRIBUTE_INT = 2;
const ATTRIBUTE_STRING = 3;
const ATTRIBUTE_INTS = 7;

/** The bytes of a model file (ONNX IR 8, opset 17). */
export function onnxFile(model: OnnxModel): Uint8Array {
  const graph = protobuf(
    ...repeated(1, model.nodes.map(nodeProto)),
    [2, 'tiny'],
    ...repeated(5, model.constants.map(tensorProto)),
    ...repeated(11, model.inputs.map(valueProto)),
    ...repeated(12, model.outputs.map(valueProto)),
  );
  const metadata = Object.entries(model.metadata ?? {}).map(([key, value]) => protobuf([1, key], [2, value]));
  const opset = protobuf([1, ''], [2, OPSET]);
  return protobuf([1, IR_VERSION], [2, 'thorax-testing'], [7, graph], [8, opset], ...repeated(14, metadata));
}

function nodeProto({ type, inputs, outputs, attributes = {} }: OnnxNode): Uint8Array {
  const attributeProtos = Object.entries(attributes).map(([name, value]) => {
    if (typeof value === 'number') return protobuf([1, name], [3, value], [20, ATTRIBUTE_INT]);
    if (typeof value === 'string') return protobuf([1, name], [4, value], [20, ATTRIBUTE_STRING]);
    return protobuf([1, name], ...repeated(8, value), [20, ATTRIBUTE_INTS]);
  });
  return protobuf(
    ...repeated(1, inputs),
    ...repeated(2, outputs),
    [4, type],
    ...repeated(5, attributeProtos),
  );
}

function tensorProto({ name, dims, data }: OnnxConstant): Uint8Array {
  const type = data instanceof BigInt64Array ? ONNX_TYPES.int64 : ONNX_TYPES.float32;
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return protobuf(...repeated(1, dims), [2, type], [8, name], [9, raw]);
}

function valueProto({ name, type, dims }: OnnxValue): Uint8Array {
  const dimensions = dims.map((dim) => (typeof dim === 'number' ? protobuf([1, dim]) : protobuf([2, dim])));
  const shape = protobuf(...repeated(1, dimensions));
  const tensorType = protobuf([1, ONNX_TYPES[type]], [2, shape]);
  return protobuf([1, name], [2, protobuf([1, tensorType])]);
}
