import { FieldContent, protobuf, repeated } from '../testing/protobuf.writer';
import { floatsOf, floatTensor, integersOf, readTensor } from './onnx-tensor';

const FLOAT32 = 1;
const INT64 = 7;
const bytesOf = (data: Float32Array | BigInt64Array | Int32Array): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
type Field = readonly [number: number, content: FieldContent];
const tensor = (...fields: readonly Field[]): ReturnType<typeof readTensor> =>
  readTensor(protobuf(...fields));

describe('floatsOf', () => {
  it('reads what floatTensor wrote', () => {
    const written = floatTensor('w', [2, 1, 3], Float32Array.of(1, -2, 0.5, 4, NaN, 6));
    expect(readTensor(written.bytes)).toEqual(written);
    expect(floatsOf(written)).toEqual(Float32Array.of(1, -2, 0.5, 4, NaN, 6));
  });

  it('reads elements that stand in a packed list', () => {
    const packed = tensor([1, 2], [2, FLOAT32], [4, bytesOf(Float32Array.of(1.5, -1))], [8, 'w']);
    expect(floatsOf(packed)).toEqual(Float32Array.of(1.5, -1));
  });

  it('reads elements that stand alone', () => {
    const one = Buffer.from([0x25, 0, 0, 0xc0, 0x3f]);
    const alone = readTensor(Buffer.concat([protobuf([1, 2], [2, FLOAT32]), one, one]));
    expect(floatsOf(alone)).toEqual(Float32Array.of(1.5, 1.5));
  });

  it.each([
    [
      'another type',
      [
        [1, 1],
        [2, INT64],
        [9, bytesOf(BigInt64Array.of(1n))],
      ],
    ],
    [
      'elements in another file',
      [
        [1, 1],
        [2, FLOAT32],
        [9, bytesOf(Float32Array.of(1))],
        [14, 1],
      ],
    ],
    [
      'too few elements',
      [
        [1, 3],
        [2, FLOAT32],
        [9, bytesOf(Float32Array.of(1))],
      ],
    ],
    [
      'no elements',
      [
        [1, 3],
        [2, FLOAT32],
      ],
    ],
  ] as [string, Field[]][])('gives nothing for %s', (_, fields) => {
    expect(floatsOf(tensor(...fields))).toBeUndefined();
  });
});

describe('integersOf', () => {
  it('reads raw elements of both widths, negative ones too', () => {
    expect(integersOf(tensor([1, 2], [2, INT64], [9, bytesOf(BigInt64Array.of(-1n, 5n))]))).toEqual([-1, 5]);
    expect(integersOf(tensor([1, 2], [2, 6], [9, bytesOf(Int32Array.of(-1, 5))]))).toEqual([-1, 5]);
  });

  it('reads lists, packed or not, and scalars', () => {
    expect(integersOf(tensor(...repeated(1, [3]), [2, INT64], [7, Uint8Array.of(1, 2, 3)]))).toEqual([
      1, 2, 3,
    ]);
    expect(integersOf(tensor([1, 2], [2, INT64], [7, 300], [7, 4]))).toEqual([300, 4]);
    expect(integersOf(tensor([2, INT64], [7, 9]))).toEqual([9]);
  });

  it('gives nothing for floats and for too many elements', () => {
    expect(integersOf(floatTensor('w', [1], Float32Array.of(1)))).toBeUndefined();
    expect(integersOf(tensor([1, 1], [2, INT64], [7, 3], [7, 4]))).toBeUndefined();
  });
});
