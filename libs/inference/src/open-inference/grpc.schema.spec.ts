import { ModelInferRequestMessage, ModelInferResponseMessage } from './grpc.messages';
import { grpcInferenceService } from './grpc.schema';

describe('the gRPC service', () => {
  const service = grpcInferenceService();

  it('has the 20 methods of Triton’s', () => {
    expect(Object.values(service).map(({ path }: { path: string }) => path)).toHaveLength(20);
    expect(service.ModelInfer.path).toBe('/inference.GRPCInferenceService/ModelInfer');
    expect(service.ModelStreamInfer).toMatchObject({ requestStream: true, responseStream: true });
  });

  it('writes a request with the field numbers of the wire', () => {
    const bytes = service.ModelInfer.requestSerialize({
      model_name: 'm',
      id: 'i',
      parameters: { p: { int64_param: 3 } },
      inputs: [{ name: 'x', datatype: 'FP32', shape: [1] }],
      outputs: [{ name: 'y' }],
      raw_input_contents: [Buffer.of(1, 2, 3, 4)],
    });
    expect(bytes.toString('hex')).toBe(
      '0a016d' +
        '1a0169' +
        '2207' +
        '0a01701202' +
        '1003' +
        '2a0c' +
        '0a017812044650333' +
        '21a0101' +
        '3203' +
        '0a0179' +
        '3a0401020304',
    );
  });

  it('reads back what it writes: texts, 64-bit numbers, bytes as views', () => {
    const request: ModelInferRequestMessage = {
      model_name: 'detector',
      model_version: '2',
      inputs: [{ name: 'images', datatype: 'UINT8', shape: [1, 3, 640, -1] }],
      raw_input_contents: [new Uint8Array(1000).fill(7)],
    };
    const bytes = service.ModelInfer.requestSerialize(request);
    const read = service.ModelInfer.requestDeserialize(bytes);
    expect(read).toMatchObject({ model_name: 'detector', id: '', outputs: [], parameters: {} });
    expect(read.inputs[0]!.shape).toEqual([1, 3, 640, -1]);
    const [raw] = read.raw_input_contents!;
    expect(raw!.buffer).toBe(bytes.buffer);
    expect([...raw!]).toEqual([...request.raw_input_contents![0]!]);
  });

  it('says which kind a parameter has', () => {
    const answer: ModelInferResponseMessage = {
      model_name: 'm',
      model_version: '1',
      parameters: { reason: { string_param: 'full' }, ms: { double_param: 0.5 } },
      outputs: [],
      raw_output_contents: [],
    };
    const { responseSerialize, responseDeserialize } = service.ModelInfer;
    expect(responseDeserialize(responseSerialize(answer)).parameters).toEqual({
      reason: { string_param: 'full', parameter_choice: 'string_param' },
      ms: { double_param: 0.5, parameter_choice: 'double_param' },
    });
  });
});
