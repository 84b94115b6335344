import { float16ToFloat32 } from '../float16';

/** Element types of the protocol that are numbers read here, as the runtime names them, with their size in bytes. */
const TYPES = {
  FP32: { type: 'float32', bytes: 4 },
  FP16: { type: 'float16', bytes: 2 },
  FP64: { type: 'float64', bytes: 8 },
  UINT8: { type: 'uint8', bytes: 1 },
  INT32: { type: 'int32', bytes: 4 },
  INT64: { type: 'int64', bytes: 8 },
} as const;

type NumberDatatype = keyof typeof TYPES;

/** The runtime's name of a datatype; one that is not read here keeps the protocol's. */
export function typeOfDatatype(datatype: string): string {
  return isNumberDatatype(datatype) ? TYPES[datatype].type : datatype;
}

/** Size of one element, `undefined` for datatypes that are not read here. */
export function bytesOfDatatype(datatype: string): number | undefined {
  return isNumberDatatype(datatype) ? TYPES[datatype].bytes : undefined;
}

/**
 * Little-endian elements as float32: a view where that is possible, otherwise a copy. `bytes` must be whole
 * elements of a datatype that {@link bytesOfDatatype} knows.
 */
export function floatsOf(bytes: Uint8Array, datatype: string): Float32Array {
  const { type, bytes: size } = TYPES[datatype as NumberDatatype];
  const { buffer, byteOffset, byteLength } = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  const length = byteLength / size;
  if (type === 'float32') return new Float32Array(buffer, byteOffset, length);
  if (type === 'float16') return float16ToFloat32(new Uint16Array(buffer, byteOffset, length));
  if (type === 'float64') return Float32Array.from(new Float64Array(buffer, byteOffset, length));
  if (type === 'int32') return Float32Array.from(new Int32Array(buffer, byteOffset, length));
  if (type === 'int64') return Float32Array.from(new BigInt64Array(buffer, byteOffset, length), Number);
  return Float32Array.from(new Uint8Array(buffer, byteOffset, length));
}

function isNumberDatatype(datatype: string): datatype is NumberDatatype {
  return Object.hasOwn(TYPES, datatype);
}
