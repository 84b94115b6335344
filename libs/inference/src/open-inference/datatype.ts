import { InputElementType } from '../model-runner';

/** Element types that this server takes and gives, as the protocol names them. */
export const DATATYPES = ['FP32', 'FP16', 'UINT8'] as const;
export type Datatype = (typeof DATATYPES)[number];

/** Row-major elements; FP16 as its bits. */
export type TensorData = Float32Array | Uint16Array | Uint8Array;

const BYTES: Readonly<Record<Datatype, number>> = { FP32: 4, FP16: 2, UINT8: 1 };
const ELEMENT_TYPES: Readonly<Record<Datatype, InputElementType>> = {
  FP32: 'float32',
  FP16: 'float16',
  UINT8: 'uint8',
};

/** Size of one element in bytes. */
export function bytesOf(datatype: Datatype): number {
  return BYTES[datatype];
}

/** The same type in the runtime's words. */
export function elementTypeOf(datatype: Datatype): InputElementType {
  return ELEMENT_TYPES[datatype];
}

/** The same type in the protocol's words. */
export function datatypeOf(elementType: InputElementType): Datatype {
  return DATATYPES.find((datatype) => ELEMENT_TYPES[datatype] === elementType)!;
}

export function isDatatype(name: unknown): name is Datatype {
  return DATATYPES.includes(name as Datatype);
}

/**
 * Little-endian bytes as elements. A view where the alignment allows it and a copy where not, so the bytes must not
 * change while the result is in use. The length must be a multiple of {@link bytesOf}.
 */
export function elementsOf(bytes: Uint8Array, datatype: Datatype): TensorData {
  if (datatype === 'UINT8') return bytes;
  const size = bytesOf(datatype);
  const { buffer, byteOffset, byteLength } = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  return datatype === 'FP32'
    ? new Float32Array(buffer, byteOffset, byteLength / size)
    : new Uint16Array(buffer, byteOffset, byteLength / size);
}

/** Index of the first element that is no finite number, or -1. */
export function firstNonFinite(data: TensorData): number {
  if (data instanceof Uint8Array) return -1;
  if (data instanceof Uint16Array) return data.findIndex((bits) => (bits & 0x7c00) === 0x7c00);
  // A difference of a number to itself is 0 or NaN: one sum over all is several times faster than a search.
  let sum = 0;
  for (let index = 0; index < data.length; index++) sum += data[index]! - data[index]!;
  return sum === 0 ? -1 : data.findIndex((value) => !Number.isFinite(value));
}
