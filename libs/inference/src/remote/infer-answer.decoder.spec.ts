import fc from 'fast-check';
import { OutputTensor } from '../model-runner';
import { encodeInferResponse } from '../open-inference/infer-response.encoder';
import { decodeInferAnswer } from './infer-answer.decoder';
import { RemoteFault } from './remote-fault';

const outputs = [
  { name: 'boxes', type: 'float32', dims: [undefined, 2, 3] },
  { name: 'scores', type: 'float32', dims: [undefined, 2] },
];
const EXPECTED = { outputs, batchSize: 2 };
const json = (document: object) =>
  decodeInferAnswer({ body: Buffer.from(JSON.stringify(document)) }, EXPECTED);
const tensor = (name: string, shape: number[], data: unknown, datatype = 'FP32') => ({
  name,
  datatype,
  shape,
  data,
});

describe('decodeInferAnswer', () => {
  it('reads back what our own encoder writes, in JSON, as bytes, and mixed, NaN included', () => {
    const numbers = (length: number) => fc.float32Array({ minLength: length, maxLength: length });
    fc.assert(
      fc.property(numbers(12), numbers(4), fc.boolean(), fc.boolean(), (boxes, scores, one, other) => {
        const answer: OutputTensor[] = [
          { name: 'boxes', dims: [2, 2, 3], data: boxes },
          { name: 'scores', dims: [2, 2], data: scores },
        ];
        const requested = [
          { name: 'scores', binary: one },
          { name: 'boxes', binary: other },
        ];
        const { body, headerLength } = encodeInferResponse(
          { modelName: 'm', modelVersion: '3', outputs: answer },
          requested,
        );
        const decoded = decodeInferAnswer({ body, headerLength: headerLength?.toString() }, EXPECTED);
        expect(decoded.modelVersion).toBe('3');
        expect(decoded.outputs.map(({ name }) => name)).toEqual(['boxes', 'scores']);
        // JSON has no negative zero.
        const plain = (data: Float32Array) => [...data].map((value) => value + 0);
        expect(plain(decoded.outputs[0]!.data)).toEqual(plain(boxes));
        expect(plain(decoded.outputs[1]!.data)).toEqual(plain(scores));
      }),
    );
  });

  it('takes nested data, outputs nobody asked for, and halves', () => {
    const decoded = decodeInferAnswer(
      {
        body: Buffer.from(
          JSON.stringify({
            outputs: [tensor('extra', [1], ['x'], 'BYTES'), tensor('half', [1, 2], [[0.5, 2]], 'FP16')],
          }),
        ),
      },
      { outputs: [{ name: 'half', type: 'float16', dims: [1, undefined] }], batchSize: 1 },
    );
    expect(decoded.outputs).toEqual([{ name: 'half', dims: [1, 2], data: Float32Array.of(0.5, 2) }]);
  });

  it('takes no memory for elements that are only claimed', () => {
    const claim = tensor('scores', [2, 2 ** 40], [1]);
    const open = {
      outputs: [{ name: 'scores', type: 'float32', dims: [undefined, undefined] }],
      batchSize: 2,
    };
    const body = Buffer.from(JSON.stringify({ outputs: [claim] }));
    expect(() => decodeInferAnswer({ body }, open)).toThrow(/has 1 elements/);
  });

  it('throws nothing but a fault, whatever the bytes', () => {
    const document = fc.record({
      outputs: fc.array(
        fc.record({
          name: fc.constantFrom('boxes', 'scores', 'other', 1),
          datatype: fc.constantFrom('FP32', 'INT64', 'BYTES', null),
          shape: fc.oneof(fc.array(fc.integer({ min: -2, max: 3 })), fc.anything()),
          data: fc.oneof(fc.array(fc.double()), fc.anything()),
          parameters: fc.oneof(
            fc.record({ binary_data_size: fc.integer({ min: -1, max: 64 }) }),
            fc.anything(),
          ),
        }),
        { maxLength: 3 },
      ),
    });
    const text = fc.oneof(document, fc.jsonValue()).map((value) => {
      const shown = JSON.stringify(value, (_, entry: unknown) => (typeof entry === 'bigint' ? 0 : entry));
      return Buffer.from(shown);
    });
    const header = fc.option(fc.oneof(fc.nat(200).map(String), fc.string()), { nil: undefined });
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 200 }), text);
    fc.assert(
      fc.property(bytes, fc.uint8Array({ maxLength: 64 }), header, (start, rest, headerLength) => {
        try {
          decodeInferAnswer({ body: Buffer.concat([start, rest]), headerLength }, EXPECTED);
        } catch (error) {
          expect(error).toBeInstanceOf(RemoteFault);
          expect((error as RemoteFault).kind).toBe('invalid');
        }
      }),
      { numRuns: 500 },
    );
    expect(() => json({ outputs: [] })).toThrow(RemoteFault);
  });
});
