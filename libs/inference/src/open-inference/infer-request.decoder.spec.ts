import * as fc from 'fast-check';
import { bytesOf, Datatype, DATATYPES, TensorData } from './datatype';
import { decodeInferRequest } from './infer-request.decoder';
import { ProtocolError } from './protocol.error';

const utf8 = (text: string) => new TextEncoder().encode(text);
const json = (value: unknown) => utf8(typeof value === 'string' ? value : JSON.stringify(value));

function withTail(value: unknown, tail: Uint8Array): { body: Uint8Array; length: string } {
  const head = json(value);
  return { body: Buffer.concat([head, tail]), length: String(head.length) };
}

function refusal(run: () => unknown): ProtocolError {
  try {
    run();
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
  throw new Error('It was not refused.');
}

const input = { name: 'images', datatype: 'FP32', shape: [1, 2], data: [0.5, 1] };
const binary = (size: unknown) => ({
  name: 'images',
  datatype: 'FP32',
  shape: [1, 2],
  parameters: { binary_data_size: size },
});

describe('decodeInferRequest', () => {
  it('reads tensors in JSON, flat or nested', () => {
    const nested = { ...input, name: 'other', data: [[0.5], [1]] };
    expect(decodeInferRequest(json({ id: 'a', inputs: [input, nested] }))).toEqual({
      id: 'a',
      parameters: { binaryOutputs: false },
      inputs: [
        { name: 'images', datatype: 'FP32', shape: [1, 2], data: Float32Array.of(0.5, 1) },
        { name: 'other', datatype: 'FP32', shape: [1, 2], data: Float32Array.of(0.5, 1) },
      ],
      outputs: [],
    });
  });

  it('reads the numbers that JSON does not have, and leaves texts that look like them alone', () => {
    const body = utf8(
      '{"id":"NaN, \\"Infinity\\"","inputs":[{"name":"Infinity","datatype":"FP32","shape":[4],"data":[NaN,Infinity,-Infinity,1]}]}',
    );
    const request = decodeInferRequest(body);
    expect(request.id).toBe('NaN, "Infinity"');
    expect(request.inputs[0]).toMatchObject({
      name: 'Infinity',
      data: Float32Array.of(NaN, Infinity, -Infinity, 1),
    });
  });

  it('rounds JSON numbers to the datatype', () => {
    const tensor = (datatype: string, data: number[]) =>
      decodeInferRequest(json({ inputs: [{ name: 'x', datatype, shape: [data.length], data }] })).inputs[0]!
        .data;
    expect(tensor('FP16', [1, -2])).toEqual(Uint16Array.of(0x3c00, 0xc000));
    expect(tensor('UINT8', [0, 255])).toEqual(Uint8Array.of(0, 255));
    expect(tensor('FP32', [0.1])).toEqual(Float32Array.of(0.1));
  });

  it('reads what the request asks for', () => {
    const parameters = { binary_data_output: true, priority: 3, timeout: 5000, anything: { else: 1 } };
    const outputs = [{ name: 'a' }, { name: 'b', parameters: { binary_data: false, classification: 0 } }];
    expect(decodeInferRequest(json({ id: 7, inputs: [input], outputs, parameters }))).toMatchObject({
      id: '7',
      parameters: { binaryOutputs: true, priority: 3, timeoutMicroseconds: 5000 },
      outputs: [
        { name: 'a', binary: true },
        { name: 'b', binary: false },
      ],
    });
    const zero = json({ inputs: [input], parameters: { priority: 0, timeout: 0 } });
    expect(decodeInferRequest(zero).parameters).toEqual({ binaryOutputs: false });
  });

  it('takes a body of header length 0 as one raw tensor', () => {
    const body = Uint8Array.of(1, 2, 3);
    expect(decodeInferRequest(body, '0')).toMatchObject({ raw: body, parameters: { binaryOutputs: true } });
  });

  it('gives back what was sent, in binary or JSON, at any alignment', () => {
    fc.assert(
      fc.property(fc.array(tensors(), { maxLength: 4 }), fc.nat({ max: 7 }), (sent, padding) => {
        const entries = sent.map(({ datatype, shape, bytes, inJson }, index) => ({
          name: `input${index}`,
          datatype,
          shape,
          ...(inJson ? { data: [...bytes] } : { parameters: { binary_data_size: bytes.length } }),
        }));
        const { body, length } = withTail(
          { inputs: entries, padding: 'x'.repeat(padding) },
          Buffer.concat(sent.filter(({ inJson }) => !inJson).map(({ bytes }) => bytes)),
        );
        const { inputs } = decodeInferRequest(body, length);
        expect(inputs.map(({ data }) => bytesOfTensor(data))).toEqual(sent.map(({ bytes }) => [...bytes]));
        expect(inputs.map(({ shape }) => shape)).toEqual(sent.map(({ shape }) => shape));
      }),
    );
  });

  it('answers any bytes and any header length with a request or a ProtocolError', () => {
    const lengths = fc.option(
      fc.oneof(fc.string(), fc.integer().map(String), fc.nat({ max: 80 }).map(String)),
      {
        nil: undefined,
      },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), lengths, (body, length) => settles(body, length)),
      { numRuns: 500 },
    );
  });

  it('answers any JSON near a request with a request or a ProtocolError', () => {
    const anything = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<unknown>;
    const field = (proper: fc.Arbitrary<unknown>) => fc.oneof({ weight: 4, arbitrary: proper }, anything);
    const tensor = fc.record(
      {
        name: field(fc.constantFrom('images', '')),
        datatype: field(fc.constantFrom('FP32', 'FP16', 'UINT8', 'BYTES', 'INT64')),
        shape: field(fc.array(fc.integer({ min: -1, max: 3 }), { maxLength: 9 })),
        data: field(fc.array(fc.oneof(fc.integer(), fc.array(fc.integer())), { maxLength: 6 })),
        parameters: field(fc.record({ binary_data_size: field(fc.integer({ min: -1, max: 20 })) })),
      },
      { requiredKeys: [] },
    );
    const request = fc.record(
      {
        id: anything,
        inputs: field(fc.array(tensor)),
        outputs: field(fc.array(tensor)),
        parameters: anything,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(request, fc.uint8Array({ maxLength: 16 }), (value, tail) => {
        const { body, length } = withTail(value, tail);
        settles(body, length);
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses every truncation of a binary request', () => {
    const { body, length } = withTail({ inputs: [binary(8)] }, new Uint8Array(8));
    for (let end = 0; end < body.length; end++) {
      expect(refusal(() => decodeInferRequest(body.subarray(0, end), length)).kind).toBe('invalid-argument');
    }
  });

  it.each([
    ['no body', '', undefined, /no body/],
    ['no JSON', '{"inputs":', undefined, /failed to parse/],
    ['not UTF-8', Buffer.from('7b22ff', 'hex'), undefined, /failed to parse/],
    ['a list', '[]', undefined, /must be a JSON object/],
    ['no inputs', '{}', undefined, /needs "inputs"/],
    ['inputs of a wrong kind', { inputs: {} }, undefined, /needs "inputs"/],
    ['too many inputs', { inputs: Array(33).fill(input) }, undefined, /at most 32/],
    ['an input twice', { inputs: [input, input] }, undefined, /twice/],
    ['an output twice', { inputs: [input], outputs: [{ name: 'a' }, { name: 'a' }] }, undefined, /twice/],
    ['a name too long', { inputs: [{ ...input, name: 'x'.repeat(257) }] }, undefined, /"name"/],
    [
      'another datatype',
      { inputs: [{ ...input, datatype: 'INT64' }] },
      undefined,
      /'INT64'.*FP32, FP16, UINT8/,
    ],
    ['a negative side', { inputs: [{ ...input, shape: [-1, 2] }] }, undefined, /"shape"/],
    ['a shape beyond counting', { inputs: [{ ...input, shape: [2 ** 40, 2 ** 40] }] }, undefined, /"shape"/],
    ['a shape that claims the moon', { inputs: [{ ...input, shape: [2 ** 40] }] }, undefined, /2 elements/],
    ['too few elements', { inputs: [{ ...input, data: [1] }] }, undefined, /1 elements/],
    ['a text among numbers', { inputs: [{ ...input, data: [1, '2'] }] }, undefined, /no number/],
    ['null among numbers', { inputs: [{ ...input, data: [1, null] }] }, undefined, /no number/],
    ['no data at all', { inputs: [binary(undefined)] }, undefined, /neither/],
    ['data twice', { inputs: [{ ...input, ...binary(8), data: [1, 2] }] }, undefined, /both/],
    ['a size that is no number', { inputs: [binary('8')] }, undefined, /'8' bytes/],
    ['a size against the shape', { inputs: [binary(4)] }, undefined, /'4' bytes.*has 8/],
    ['binary data that is not there', { inputs: [binary(8)] }, undefined, /unexpected end/],
    ['a header length that is negative', { inputs: [input] }, '-1', /Inference-Header-Content-Length/],
    ['a header length that is huge', { inputs: [input] }, '99999999999999999999', /Inference-Header/],
    ['a header length beyond the body', { inputs: [input] }, '4000', /Inference-Header/],
    ['a header length that is no number', { inputs: [input] }, '0x10', /Inference-Header/],
    [
      'a flag that is none',
      { inputs: [input], parameters: { binary_data_output: 1 } },
      undefined,
      /true or false/,
    ],
    ['a negative timeout', { inputs: [input], parameters: { timeout: -1 } }, undefined, /"timeout"/],
    ['nesting without end', '['.repeat(100_000), undefined, /nested deeper/],
    ['empty arrays without end', `[${'[],'.repeat(100_001)}[]]`, undefined, /more than/],
  ])('refuses %s', (_, body, length, message) => {
    const bytes = body instanceof Uint8Array ? body : json(body);
    const error = refusal(() => decodeInferRequest(bytes, length));
    expect(error).toMatchObject({ status: 400, message: expect.stringMatching(message) });
  });

  it('refuses bytes behind the last input', () => {
    const { body, length } = withTail({ inputs: [binary(8)] }, new Uint8Array(9));
    expect(refusal(() => decodeInferRequest(body, length)).message).toMatch(/unexpected 1 bytes/);
  });

  it('says what it does not support', () => {
    const shared = { ...input, parameters: { shared_memory_region: 'r' } };
    const classified = [{ name: 'a', parameters: { classification: 3 } }];
    for (const request of [{ inputs: [shared] }, { inputs: [input], outputs: classified }]) {
      expect(refusal(() => decodeInferRequest(json(request))).status).toBe(501);
    }
  });

  it('quotes foreign text bounded and on one line', () => {
    const datatype = `FP32\n\u001b[31m${'x'.repeat(1000)}`;
    const { message } = refusal(() => decodeInferRequest(json({ inputs: [{ ...input, datatype }] })));
    expect(message.length).toBeLessThan(200);
    expect(message).not.toMatch(/[\n\u001b]/);
  });
});

function tensors(): fc.Arbitrary<{
  datatype: Datatype;
  shape: number[];
  bytes: Uint8Array;
  inJson: boolean;
}> {
  return fc
    .record({
      datatype: fc.constantFrom(...DATATYPES),
      shape: fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 3 }),
      inJson: fc.boolean(),
    })
    .chain(({ datatype, shape, inJson }) => {
      const length = shape.reduce((product, side) => product * side, bytesOf(datatype));
      return fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => ({
        datatype,
        shape,
        bytes,
        // Bytes and numbers are one and the same for UINT8 alone.
        inJson: inJson && datatype === 'UINT8',
      }));
    });
}

function bytesOfTensor(data: TensorData): number[] {
  return [...new Uint8Array(data.buffer, data.byteOffset, data.byteLength)];
}

function settles(body: Uint8Array, length: string | undefined): void {
  try {
    decodeInferRequest(body, length);
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError);
  }
}
