import { OutputTensor } from '../model-runner';
import { RequestedOutput } from './infer-request';

/** What an inference is answered with. */
export interface InferResponse {
  readonly modelName: string;
  readonly modelVersion: string;
  /** The request's own. */
  readonly id?: string;
  /** More about this answer, for example how large its batch was. */
  readonly parameters?: Readonly<Record<string, string | number | boolean>>;
  /** All outputs that `requested` names. */
  readonly outputs: readonly OutputTensor[];
}

/** A body to send. */
export interface EncodedResponse {
  readonly body: Buffer;
  /** Length of the JSON part, when something follows it: the value of `Inference-Header-Content-Length`. */
  readonly headerLength?: number;
}

/**
 * Writes an answer: JSON, and after it the binary outputs in the order in which the JSON lists them, which is that
 * of `requested`. Values that are not finite appear in JSON tensors as bare NaN and Infinity, as Triton has it.
 */
export function encodeInferResponse(
  response: InferResponse,
  requested: readonly RequestedOutput[],
): EncodedResponse {
  const chunks: Uint8Array[] = [];
  const outputs = requested.map(({ name, binary }) => {
    const { dims, data } = response.outputs.find((output) => output.name === name)!;
    const head = `{"name":${JSON.stringify(name)},"datatype":"FP32","shape":[${dims.join(',')}]`;
    if (!binary) return `${head},"data":[${data.join(',')}]}`;
    chunks.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return `${head},"parameters":{"binary_data_size":${data.byteLength}}}`;
  });
  const { id, modelName, modelVersion, parameters } = response;
  const fields = [
    ...(id === undefined ? [] : [`"id":${JSON.stringify(id)}`]),
    `"model_name":${JSON.stringify(modelName)}`,
    `"model_version":${JSON.stringify(modelVersion)}`,
    ...(parameters ? [`"parameters":${JSON.stringify(parameters)}`] : []),
    `"outputs":[${outputs.join(',')}]`,
  ];
  const json = Buffer.from(`{${fields.join(',')}}`);
  if (chunks.length === 0) return { body: json };
  return { body: Buffer.concat([json, ...chunks]), headerLength: json.length };
}
