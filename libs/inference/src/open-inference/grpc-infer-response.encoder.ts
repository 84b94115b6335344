import { InferParameterMessage, InferParameters, ModelInferResponseMessage } from './grpc.messages';
import { RequestedOutput } from './infer-request';
import { InferResponse } from './infer-response.encoder';

/** An answer as a ModelInferResponse: raw outputs in the order of `requested`, as views of the tensors. */
export function encodeGrpcInferResponse(
  { modelName, modelVersion, id = '', parameters = {}, outputs }: InferResponse,
  requested: readonly RequestedOutput[],
): ModelInferResponseMessage {
  const tensors = requested.map(({ name }) => outputs.find((output) => output.name === name)!);
  return {
    model_name: modelName,
    model_version: modelVersion,
    id,
    parameters: parametersOf(parameters),
    outputs: tensors.map(({ name, dims }) => ({ name, datatype: 'FP32', shape: dims })),
    raw_output_contents: tensors.map(({ data }) =>
      Buffer.from(data.buffer, data.byteOffset, data.byteLength),
    ),
  };
}

function parametersOf(parameters: NonNullable<InferResponse['parameters']>): InferParameters {
  return Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key, parameterOf(key, value)]));
}

/** Durations are doubles even when they happen to be whole, so that a client finds them in one place. */
function parameterOf(key: string, value: string | number | boolean): InferParameterMessage {
  if (typeof value === 'string') return { string_param: value };
  if (typeof value === 'boolean') return { bool_param: value };
  return Number.isInteger(value) && !key.endsWith('_ms') ? { int64_param: value } : { double_param: value };
}
