import * as fc from 'fast-check';
import { encodeInferResponse } from './infer-response.encoder';

interface Document {
  readonly outputs: readonly {
    readonly name: string;
    readonly shape: number[];
    readonly data?: number[];
    readonly parameters?: { readonly binary_data_size: number };
  }[];
}

/** Reads an answer as the Python client does. */
function read(body: Buffer, headerLength = body.length): { name: string; values: number[] }[] {
  const { outputs } = JSON.parse(body.toString('utf8', 0, headerLength)) as Document;
  let at = headerLength;
  return outputs.map(({ name, data, parameters }) => {
    if (data) return { name, values: data };
    const size = parameters!.binary_data_size;
    const bytes = new Uint8Array(body.subarray(at, (at += size)));
    return { name, values: [...new Float32Array(bytes.buffer)] };
  });
}

const answer = { modelName: 'm', modelVersion: '1' };

describe('encodeInferResponse', () => {
  it('writes JSON alone when nothing is binary', () => {
    const outputs = [{ name: 'a', dims: [1, 2], data: Float32Array.of(0.5, 2) }];
    const { body, headerLength } = encodeInferResponse(
      { ...answer, id: 'x"', outputs, parameters: { n: 1 } },
      [{ name: 'a', binary: false }],
    );
    expect(headerLength).toBeUndefined();
    expect(JSON.parse(body.toString())).toEqual({
      id: 'x"',
      model_name: 'm',
      model_version: '1',
      parameters: { n: 1 },
      outputs: [{ name: 'a', datatype: 'FP32', shape: [1, 2], data: [0.5, 2] }],
    });
  });

  it('carries all values, each in its form and in the order asked for', () => {
    const data = fc.float32Array({ noNaN: true, noDefaultInfinity: true, maxLength: 20 });
    const wanted = fc.uniqueArray(fc.record({ index: fc.nat({ max: 3 }), binary: fc.boolean() }), {
      selector: ({ index }) => index,
      minLength: 1,
    });
    fc.assert(
      fc.property(fc.array(data, { minLength: 4, maxLength: 4 }), wanted, (tensors, order) => {
        const outputs = tensors.map((values, index) => ({
          name: `o${index}`,
          dims: [values.length],
          data: values,
        }));
        const requested = order.map(({ index, binary }) => ({ name: `o${index}`, binary }));
        const { body, headerLength } = encodeInferResponse({ ...answer, outputs }, requested);
        expect(headerLength === undefined).toBe(requested.every(({ binary }) => !binary));
        const expected = order.map(({ index, binary }) => ({
          name: `o${index}`,
          // JSON has no negative zero.
          values: [...tensors[index]!].map((value) => (binary ? value : value + 0)),
        }));
        expect(read(body, headerLength)).toEqual(expected);
      }),
    );
  });

  it('writes what JSON does not have as Triton does', () => {
    const outputs = [{ name: 'a', dims: [3], data: Float32Array.of(NaN, Infinity, -Infinity) }];
    const { body } = encodeInferResponse({ ...answer, outputs }, [{ name: 'a', binary: false }]);
    expect(body.toString()).toContain('"data":[NaN,Infinity,-Infinity]');
  });
});
