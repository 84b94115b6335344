import * as fc from 'fast-check';
import { Datatype, TensorData } from './datatype';
import { decodeGrpcInferRequest, GrpcInferRequest } from './grpc-infer-request.decoder';
import { ModelInferRequestMessage } from './grpc.messages';
import { grpcInferenceService } from './grpc.schema';
import { matchInferRequest } from './infer-request.matcher';
import { ProtocolError } from './protocol.error';
import { ModelInterface } from './tensor-specification';

const { requestSerialize } = grpcInferenceService().ModelInfer;

const input = { name: 'images', datatype: 'FP32', shape: [1, 2] };
const eightBytes = Buffer.alloc(8);

function message(over: Partial<ModelInferRequestMessage> = {}): Buffer {
  return requestSerialize({ model_name: 'm', inputs: [input], raw_input_contents: [eightBytes], ...over });
}

function typed(contents: object, over: object = {}): Buffer {
  return message({ inputs: [{ ...input, ...over, contents }], raw_input_contents: [] });
}

function refusal(bytes: Uint8Array): ProtocolError {
  try {
    decodeGrpcInferRequest(bytes);
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

/** A request, or a ProtocolError: nothing else may come of any bytes. */
function settles(bytes: Uint8Array): GrpcInferRequest | undefined {
  try {
    return decodeGrpcInferRequest(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError);
    return undefined;
  }
}

function bytesOfTensor({ buffer, byteOffset, byteLength }: TensorData): number[] {
  return [...new Uint8Array(buffer, byteOffset, byteLength)];
}

describe('decodeGrpcInferRequest', () => {
  it('reads whose request it is, what it wants and how urgently', () => {
    const bytes = message({
      model_name: 'detector',
      model_version: '3',
      id: 'mine',
      parameters: {
        priority: { uint64_param: 2 },
        timeout: { int64_param: 5000 },
        sequence_id: { int64_param: 7 },
        sequence_start: { bool_param: true },
        note: { string_param: 'x' },
        weight: { double_param: 0.5 },
      },
      outputs: [{ name: 'output0' }],
    });
    expect(decodeGrpcInferRequest(bytes)).toMatchObject({
      modelName: 'detector',
      modelVersion: '3',
      request: {
        id: 'mine',
        parameters: { priority: 2, timeoutMicroseconds: 5000, binaryOutputs: true },
        outputs: [{ name: 'output0', binary: true }],
      },
    });
  });

  it('leaves out what the request leaves out', () => {
    const { modelVersion, request } = decodeGrpcInferRequest(message());
    expect(modelVersion).toBeUndefined();
    expect(request).toMatchObject({ parameters: { binaryOutputs: true }, outputs: [] });
    expect(Object.keys(request)).not.toContain('id');
  });

  it('gives raw elements as they were sent, whatever their datatype and alignment', () => {
    const tensor = fc
      .tuple(
        fc.constantFrom<Datatype>('FP32', 'FP16', 'UINT8'),
        fc.array(fc.nat({ max: 3 }), { maxLength: 4 }),
      )
      .chain(([datatype, shape]) => {
        const size = shape.reduce((all, side) => all * side, { FP32: 4, FP16: 2, UINT8: 1 }[datatype]);
        const bytes = fc.uint8Array({ minLength: size, maxLength: size });
        return fc.record({ datatype: fc.constant(datatype), shape: fc.constant(shape), bytes });
      });
    fc.assert(
      fc.property(fc.array(tensor, { maxLength: 4 }), fc.string({ maxLength: 9 }), (sent, id) => {
        const inputs = sent.map(({ datatype, shape }, index) => ({ name: `x${index}`, datatype, shape }));
        const bytes = message({ id, inputs, raw_input_contents: sent.map((one) => one.bytes) });
        const { request } = decodeGrpcInferRequest(bytes);
        expect(request.inputs.map(({ data }) => bytesOfTensor(data))).toEqual(
          sent.map((one) => [...one.bytes]),
        );
        expect(request.inputs.map(({ shape }) => shape)).toEqual(sent.map(({ shape }) => shape));
      }),
    );
  });

  it('does not copy raw bytes', () => {
    const bytes = message({ inputs: [{ ...input, datatype: 'UINT8', shape: [8] }] });
    expect(decodeGrpcInferRequest(bytes).request.inputs[0]!.data.buffer).toBe(bytes.buffer);
  });

  it('gives typed elements', () => {
    const floats = fc.array(fc.float({ noNaN: false }), { minLength: 1, maxLength: 20 });
    const bytes = fc.array(fc.nat({ max: 255 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(floats, bytes, (fp32, uint) => {
        const float = typed({ fp32_contents: fp32 }, { shape: [fp32.length] });
        expect([...decodeGrpcInferRequest(float).request.inputs[0]!.data]).toEqual([
          ...new Float32Array(fp32),
        ]);
        const byte = typed({ uint_contents: uint }, { shape: [uint.length], datatype: 'UINT8' });
        expect([...decodeGrpcInferRequest(byte).request.inputs[0]!.data]).toEqual(uint);
      }),
    );
  });

  it('takes numbers that are written longer than they need to be', () => {
    const head = '0a0178120555494e54381a0102';
    const bytes = (contents: string) => {
      const packed = Buffer.from(contents, 'hex');
      const field = Buffer.concat([Buffer.of(0x22, packed.length), packed]);
      const entry = Buffer.concat([Buffer.from(head, 'hex'), Buffer.of(0x2a, field.length), field]);
      return Buffer.concat([Buffer.of(0x2a, entry.length), entry]);
    };
    expect([...decodeGrpcInferRequest(bytes('85008001')).request.inputs[0]!.data]).toEqual([5, 128]);
    expect(refusal(bytes('01ff')).message).toMatch(/failed to parse|unexpected end/);
  });

  it('gives typed elements that were written one by one, and contents in two pieces', () => {
    const tensor = (contents: string) => Buffer.from(contents, 'hex');
    const field = (tag: number, bytes: Buffer) => Buffer.concat([Buffer.of(tag, bytes.length), bytes]);
    const head = Buffer.from('0a01781204465033321a0102', 'hex');
    const one = tensor('350000803f');
    const both = field(0x2a, Buffer.concat([head, field(0x2a, Buffer.concat([one, one]))]));
    const apart = field(0x2a, Buffer.concat([head, field(0x2a, one), field(0x2a, one)]));
    for (const bytes of [both, apart]) {
      expect([...decodeGrpcInferRequest(bytes).request.inputs[0]!.data]).toEqual([1, 1]);
    }
  });

  it('refuses every truncation', () => {
    for (const bytes of [message(), typed({ fp32_contents: [1, 2] })]) {
      for (let end = 1; end < bytes.length; end++) {
        const cut = settles(bytes.subarray(0, end));
        // A cut between two fields is a message with fewer of them, but never one with this input.
        expect(cut?.request.inputs ?? []).toEqual([]);
      }
    }
  });

  it('answers any bytes, and any damage to a request, with a request or a ProtocolError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void settles(bytes)),
      { numRuns: 1000 },
    );
    const whole = message({
      outputs: [{ name: 'o', parameters: { classification: { int64_param: 0 } } }],
      parameters: { priority: { uint64_param: 1 } },
    });
    const damage = fc.array(fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 })), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(damage, (changes) => {
        const bytes = Buffer.from(whole);
        for (const [at, byte] of changes) bytes[at] = byte;
        settles(bytes);
      }),
      { numRuns: 1000 },
    );
  });

  it.each<[string, Buffer, RegExp]>([
    [
      'too few raw entries',
      message({ raw_input_contents: [eightBytes], inputs: [input, { ...input, name: 'b' }] }),
      /each of the 2 inputs, got 1/,
    ],
    [
      'too many raw entries',
      message({ raw_input_contents: [eightBytes, eightBytes] }),
      /each of the 1 inputs, got 2/,
    ],
    [
      'raw entries of a wrong size',
      message({ raw_input_contents: [Buffer.alloc(7)] }),
      /unexpected total byte size 7 .* has 8/,
    ],
    [
      'raw and typed at once',
      message({ inputs: [{ ...input, contents: { fp32_contents: [1, 2] } }] }),
      /must not be there/,
    ],
    ['neither', message({ raw_input_contents: [] }), /needs 2 elements/],
    ['too few typed', typed({ fp32_contents: [1] }), /needs 2 elements/],
    ['too many typed', typed({ fp32_contents: [1, 2, 3] }), /got more/],
    ['typed of another type', typed({ int_contents: [1, 2, 3, 4, 5, 6, 7, 8] }), /takes fp32_contents only/],
    ['half precision typed', typed({ fp32_contents: [1, 2] }, { datatype: 'FP16' }), /must be sent as raw/],
    ['a byte of 256', typed({ uint_contents: [1, 256] }, { datatype: 'UINT8' }), /from 0 to 255, got 256/],
    [
      'an unknown datatype',
      message({ inputs: [{ ...input, datatype: 'INT64' }] }),
      /INT64.*takes FP32, FP16, UINT8/,
    ],
    ['a negative dimension', message({ inputs: [{ ...input, shape: [-1, 2] }] }), /whole numbers from 0/],
    [
      'a shape that overflows',
      message({ inputs: [{ ...input, shape: [2 ** 31, 2 ** 31] }] }),
      /needs a "shape"/,
    ],
    ['a shape of 9 dimensions', message({ inputs: [{ ...input, shape: Array(9).fill(1) }] }), /at most 8/],
    [
      'a shape that promises more than there is',
      typed({ fp32_contents: [1] }, { shape: [2 ** 40] }),
      /needs 1099511627776/,
    ],
    ['an input without a name', message({ inputs: [{ ...input, name: '' }] }), /needs a "name"/],
    [
      'an input twice',
      message({ inputs: [input, input], raw_input_contents: [eightBytes, eightBytes] }),
      /there twice/,
    ],
    ['33 inputs', message({ inputs: Array(33).fill(input) }), /at most 32 inputs/],
    ['a long name', message({ inputs: [{ ...input, name: 'x'.repeat(257) }] }), /more than 256 characters/],
    [
      'a priority that is a text',
      message({ parameters: { priority: { string_param: 'high' } } }),
      /"priority"/,
    ],
    [
      '257 parameters',
      message({
        parameters: Object.fromEntries(
          Array.from({ length: 257 }, (_, key) => [`k${key}`, { bool_param: true }]),
        ),
      }),
      /more than 256/,
    ],
    ['a group', Buffer.from('43', 'hex'), /group/],
  ])('refuses %s', (_, bytes, expected) => {
    expect(refusal(bytes)).toMatchObject({
      kind: 'invalid-argument',
      message: expect.stringMatching(expected),
    });
  });

  it.each<[string, Partial<ModelInferRequestMessage>]>([
    [
      'input in shared memory',
      { inputs: [{ ...input, parameters: { shared_memory_region: { string_param: 'r' } } }] },
    ],
    [
      'output in shared memory',
      { outputs: [{ name: 'o', parameters: { shared_memory_region: { string_param: 'r' } } }] },
    ],
    ['classification', { outputs: [{ name: 'o', parameters: { classification: { int64_param: 3 } } }] }],
  ])('says that it has no %s', (_, over) => {
    expect(refusal(message(over)).kind).toBe('unsupported');
  });

  it('refuses a flood of empty messages without making objects of them', () => {
    const inputs = Buffer.alloc(2_000_000);
    for (let at = 0; at < inputs.length; at += 2) inputs[at] = 0x2a;
    expect(refusal(inputs).message).toMatch(/needs a "name"/);
    const unknown = Buffer.alloc(2_000_000, Buffer.of(0x78, 0x01));
    expect(refusal(unknown).message).toMatch(/more than 10000 fields/);
  });

  it('leaves NaN, names and shapes to the model’s matcher, which HTTP shares', () => {
    const model: ModelInterface = {
      input: { name: 'images', datatype: 'FP32', shape: [-1, 2] },
      outputs: [{ name: 'output0', datatype: 'FP32', shape: [-1, 6] }],
      maxBatchSize: 1,
    };
    const match = (bytes: Buffer) => matchInferRequest(decodeGrpcInferRequest(bytes).request, model, 'm');
    expect(match(typed({ fp32_contents: [1, 2] }))).toMatchObject({ batchSize: 1 });
    expect(() => match(typed({ fp32_contents: [1, NaN] }))).toThrow(/element 1 is NaN/);
    expect(() => match(typed({ fp32_contents: [1, 2] }, { shape: [2, 1] }))).toThrow(/unexpected shape/);
    expect(() => match(typed({ fp32_contents: [1, 2] }, { name: 'other' }))).toThrow(
      /unexpected inference input/,
    );
  });
});
