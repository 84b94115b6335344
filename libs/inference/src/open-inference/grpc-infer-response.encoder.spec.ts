import { encodeGrpcInferResponse } from './grpc-infer-response.encoder';
import { grpcInferenceService } from './grpc.schema';

describe('encodeGrpcInferResponse', () => {
  const outputs = [
    { name: 'boxes', dims: [1, 2], data: Float32Array.of(1, 2) },
    { name: 'scores', dims: [1, 1], data: new Float32Array([0, 0.5]).subarray(1) },
  ];
  const { responseSerialize, responseDeserialize } = grpcInferenceService().ModelInfer;

  it('answers with the requested outputs, raw, in the order of the request', () => {
    const answer = encodeGrpcInferResponse(
      { modelName: 'm', modelVersion: '1', id: 'mine', outputs },
      ['scores', 'boxes'].map((name) => ({ name, binary: true })),
    );
    const read = responseDeserialize(responseSerialize(answer));
    expect(read).toMatchObject({
      model_name: 'm',
      model_version: '1',
      id: 'mine',
      outputs: [
        { name: 'scores', datatype: 'FP32', shape: [1, 1], contents: null },
        { name: 'boxes', datatype: 'FP32', shape: [1, 2], contents: null },
      ],
    });
    expect(read.raw_output_contents.map((bytes) => Buffer.from(bytes).toString('hex'))).toEqual([
      '0000003f',
      '0000803f00000040',
    ]);
  });

  it('keeps the kind of a parameter, and durations doubles', () => {
    const parameters = { batch_size: 2, batch_reason: 'full', queue_ms: 3, last: true };
    expect(
      encodeGrpcInferResponse({ modelName: 'm', modelVersion: '1', parameters, outputs }, []).parameters,
    ).toEqual({
      batch_size: { int64_param: 2 },
      batch_reason: { string_param: 'full' },
      queue_ms: { double_param: 3 },
      last: { bool_param: true },
    });
  });
});
