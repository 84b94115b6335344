import { InferRequest, RequestTensor } from './infer-request';
import { matchInferRequest } from './infer-request.matcher';
import { ModelInterface } from './tensor-specification';

const model: ModelInterface = {
  input: { name: 'images', datatype: 'FP32', shape: [-1, 1, 2, 2] },
  outputs: [
    { name: 'output0', datatype: 'FP32', shape: [-1, 6, 4] },
    { name: 'output1', datatype: 'FP32', shape: [-1, 2] },
  ],
  maxBatchSize: 2,
};
const images: RequestTensor = {
  name: 'images',
  datatype: 'FP32',
  shape: [1, 1, 2, 2],
  data: Float32Array.of(0, 1, 2, 3),
};

function request(change: Partial<RequestTensor> = {}, rest: Partial<InferRequest> = {}): InferRequest {
  return { parameters: { binaryOutputs: false }, inputs: [{ ...images, ...change }], outputs: [], ...rest };
}

describe('matchInferRequest', () => {
  it('gives the tensor to run on, and all outputs where none are named', () => {
    expect(matchInferRequest(request(), model, 'm')).toEqual({
      input: { type: 'float32', dims: [1, 1, 2, 2], data: images.data },
      batchSize: 1,
      outputs: [
        { name: 'output0', binary: false },
        { name: 'output1', binary: false },
      ],
    });
  });

  it('keeps the order and form of the outputs that are named', () => {
    const outputs = [
      { name: 'output1', binary: true },
      { name: 'output0', binary: false },
    ];
    expect(matchInferRequest(request({}, { outputs }), model, 'm').outputs).toEqual(outputs);
  });

  it('takes a raw body for one image', () => {
    const raw = new Uint8Array(images.data.buffer as ArrayBuffer);
    expect(matchInferRequest(request({}, { inputs: [], raw }), model, 'm')).toMatchObject({
      input: { dims: [1, 1, 2, 2], data: images.data },
      batchSize: 1,
    });
  });

  it.each([
    ['another name', request({ name: 'pictures' }), /unexpected inference input 'pictures'/],
    ['no input', request({}, { inputs: [] }), /got 0 inputs/],
    [
      'another type',
      request({ datatype: 'UINT8', data: new Uint8Array(4) }),
      /datatype UINT8.*expecting FP32/,
    ],
    ['another shape', request({ shape: [1, 1, 4, 1] }), /Expected \[-1,1,2,2\], got \[1,1,4,1\]/],
    ['fewer dimensions', request({ shape: [1, 2, 2] }), /unexpected shape/],
    ['an empty batch', request({ shape: [0, 1, 2, 2], data: new Float32Array() }), /batch is empty/],
    [
      'too large a batch',
      request({ shape: [3, 1, 2, 2], data: new Float32Array(12) }),
      /must be <= 2.*got 3/,
    ],
    ['NaN', request({ data: Float32Array.of(0, 1, NaN, 3) }), /element 2/],
    ['infinity', request({ data: Float32Array.of(-Infinity, 1, 0, 3) }), /element 0/],
    [
      'an unknown output',
      request({}, { outputs: [{ name: 'x', binary: true }] }),
      /unexpected inference output 'x'/,
    ],
    ['a raw body too short', request({}, { inputs: [], raw: new Uint8Array(15) }), /must have 16 bytes/],
  ])('refuses %s', (_, wrong, message) => {
    expect(() => matchInferRequest(wrong, model, 'm')).toThrow(message);
  });

  it('takes NaN and infinity where they are welcome', () => {
    const data = Float32Array.of(NaN, 1, Infinity, 3);
    expect(matchInferRequest(request({ data }), model, 'm', { acceptNonFinite: true }).input.data).toBe(data);
  });

  it('finds half-precision NaN and infinity', () => {
    const half = { ...model, input: { ...model.input, datatype: 'FP16' as const } };
    const tensor = (bits: number) =>
      request({ datatype: 'FP16', data: Uint16Array.of(0x3c00, 0x7bff, bits, 0) });
    for (const bits of [0x7c00, 0xfc00, 0x7e00]) {
      expect(() => matchInferRequest(tensor(bits), half, 'm')).toThrow(/element 2/);
    }
    expect(matchInferRequest(tensor(0x8000), half, 'm').input.type).toBe('float16');
  });

  it('does not guess the shape of a raw body for a model of any size', () => {
    const open = { ...model, input: { ...model.input, shape: [-1, 1, -1, -1] } };
    expect(() => matchInferRequest(request({}, { inputs: [], raw: new Uint8Array(16) }), open, 'm')).toThrow(
      /no fixed size/,
    );
  });
});
