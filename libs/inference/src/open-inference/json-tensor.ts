import { float16Of } from '../float16';
import { Datatype, TensorData } from './datatype';
import { invalidArgument } from './protocol.error';

/** What an array of a JSON tensor has to hold. */
export interface JsonTensorExpectation {
  readonly datatype: Datatype;
  readonly elements: number;
  /** Name of the tensor in error messages. */
  readonly what: string;
}

/**
 * The elements of a JSON tensor, flat or nested in any way, in row-major order, rounded to the datatype.
 * Throws an `invalid-argument` ProtocolError for a wrong number of elements or one the datatype cannot hold.
 */
export function elementsOfJson(
  data: readonly unknown[],
  { datatype, elements, what }: JsonTensorExpectation,
): TensorData {
  // Counted first: the shape is a claim, and memory is not given on a claim.
  const count = countLeaves(data);
  if (count !== elements) {
    throw invalidArgument(`${what} has ${count} elements, but its shape has ${elements}`);
  }
  const target = emptyTensor(datatype, elements);
  let next = 0;
  const write = (values: readonly unknown[]): void => {
    for (const value of values) {
      if (Array.isArray(value)) write(value as unknown[]);
      else target[next++] = encode(value, datatype, what);
    }
  };
  write(data);
  return target;
}

function countLeaves(values: readonly unknown[]): number {
  let count = 0;
  for (const value of values) count += Array.isArray(value) ? countLeaves(value as unknown[]) : 1;
  return count;
}

function emptyTensor(datatype: Datatype, elements: number): TensorData {
  if (datatype === 'FP32') return new Float32Array(elements);
  return datatype === 'FP16' ? new Uint16Array(elements) : new Uint8Array(elements);
}

function encode(value: unknown, datatype: Datatype, what: string): number {
  if (datatype === 'UINT8') {
    if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 255) return value as number;
    throw invalidArgument(`${what} holds something that is no UINT8`);
  }
  const number = value === 'NaN' ? NaN : value;
  if (typeof number !== 'number') throw invalidArgument(`${what} holds something that is no number`);
  return datatype === 'FP16' ? float16Of(number) : number;
}
