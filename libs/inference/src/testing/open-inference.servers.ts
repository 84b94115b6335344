import { Server, ServerCredentials, status } from '@grpc/grpc-js';
import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { InputTensor, ModelRunner, OutputTensor, TensorSignature } from '../model-runner';
import { openOnnxModel } from '../onnx.model-runner';
import { elementsOf, elementTypeOf, datatypeOf, isDatatype } from '../open-inference/datatype';
import { ModelInferRequestMessage, ModelInferResponseMessage } from '../open-inference/grpc.messages';
import { grpcInferenceService } from '../open-inference/grpc.schema';
import { decodeInferRequest } from '../open-inference/infer-request.decoder';
import { encodeInferResponse } from '../open-inference/infer-response.encoder';
import { ProtocolError } from '../open-inference/protocol.error';

/** A small server of the Open Inference Protocol that runs an ONNX model, for as long as a test needs it. */
export interface ModelServer {
  readonly url: string;
  /** Inference requests that arrived. */
  readonly received: number;
  close(): Promise<void>;
}

/** What a test can change about a server. */
export interface ServedDocuments {
  readonly name: string;
  readonly version: string;
  /** `GET …/config`; absent: 404. */
  readonly config?: object;
  /** Whether it says that it has, and has, tensors after the JSON. */
  readonly binary: boolean;
  readonly port: number;
}

/** Answers an inference request in place of the model; false lets the model do it. */
export type HttpFault = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface HttpModelServer extends ModelServer {
  /** Changed by the test at any time. */
  fault: HttpFault;
  /** Paths of all requests, the latest last. */
  readonly paths: readonly string[];
}

export interface GrpcModelServer extends ModelServer {
  /** Changes what the model answered, or throws what the call shall fail with. */
  fault: (answer: ModelInferResponseMessage) => ModelInferResponseMessage;
}

const DOCUMENTS: ServedDocuments = { name: 'tiny', version: '3', binary: true, port: 0 };
const CPU = { device: 'cpu', intraOpThreads: 1 } as const;

/** The runner as a server uses it: one run after the other, named outputs. */
async function openModel(onnx: Uint8Array) {
  const runner = await openOnnxModel(onnx, CPU);
  let previous: Promise<unknown> = Promise.resolve();
  const run = (input: InputTensor): Promise<OutputTensor[]> => {
    const result = previous
      .then(() => runner.run(input))
      .then((outputs) => outputs.map(({ name, dims, data }) => ({ name, dims, data: data.slice() })));
    previous = result.catch(() => undefined);
    return result;
  };
  return { runner, run };
}

/** Serves over HTTP on loopback. Refusals of the model are its 400. */
export async function serveHttp(
  onnx: Uint8Array,
  overrides: Partial<ServedDocuments> = {},
): Promise<HttpModelServer> {
  const documents = { ...DOCUMENTS, ...overrides };
  const { runner, run } = await openModel(onnx);
  const paths: string[] = [];
  const served: { fault: HttpFault; received: number } = { fault: () => false, received: 0 };
  const server = createServer((request, response) => {
    paths.push(request.url!);
    if (!request.url!.endsWith('/infer')) return answerDocument(request, response, runner, documents);
    served.received++;
    if (!served.fault(request, response)) void answerInfer(request, response, run, documents);
  });
  await new Promise<void>((resolve) => server.listen(documents.port, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(served, {
    url: `http://127.0.0.1:${port}`,
    paths,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await runner.close();
    },
  });
}

function answerDocument(
  { url }: IncomingMessage,
  response: ServerResponse,
  { signature }: ModelRunner,
  { name, version, config, binary }: ServedDocuments,
): void {
  const model = `/v2/models/${name}`;
  const tensors = (list: readonly TensorSignature[]) => list.map(documentOf);
  const answers: Record<string, object | undefined> = {
    '/v2': { name: 'test', version: '1', extensions: binary ? ['binary_tensor_data'] : [] },
    '/v2/health/ready': {},
    [`${model}/ready`]: {},
    [`${model}/config`]: config,
    [model]: {
      name,
      versions: [version],
      platform: 'test',
      inputs: tensors(signature.inputs),
      outputs: tensors(signature.outputs),
    },
  };
  const body = answers[url!.replace(`/versions/${version}`, '')];
  response.writeHead(body ? 200 : 404).end(JSON.stringify(body ?? { error: 'there is nothing here' }));
}

async function answerInfer(
  request: IncomingMessage,
  response: ServerResponse,
  run: (input: InputTensor) => Promise<OutputTensor[]>,
  { name, version, binary }: ServedDocuments,
): Promise<void> {
  try {
    const body = await buffer(request);
    const headerLength = request.headers['inference-header-content-length'] as string | undefined;
    const { inputs, outputs } = decodeInferRequest(body, binary ? headerLength : undefined);
    const { datatype, shape, data } = inputs[0]!;
    const answer = await run({ type: elementTypeOf(datatype), dims: shape as never, data });
    const answered = { modelName: name, modelVersion: version, outputs: answer };
    const encoded = encodeInferResponse(answered, outputs);
    const header = encoded.headerLength;
    response.writeHead(200, header === undefined ? {} : { 'inference-header-content-length': header });
    response.end(encoded.body);
  } catch (error) {
    if (request.destroyed && !request.complete) return;
    const code = error instanceof ProtocolError ? error.status : 400;
    response.writeHead(code).end(JSON.stringify({ error: (error as Error).message }));
  }
}

function documentOf({ name, type, dims }: TensorSignature) {
  return { name, datatype: datatypeOf(type as InputTensor['type']), shape: dims.map((dim) => dim ?? -1) };
}

/** Serves over gRPC on loopback, outputs raw, or typed when `binary` is false. */
export async function serveGrpc(
  onnx: Uint8Array,
  overrides: Partial<ServedDocuments> = {},
): Promise<GrpcModelServer> {
  const { name, version, config, binary, port: wanted } = { ...DOCUMENTS, ...overrides };
  const { runner, run } = await openModel(onnx);
  const { signature } = runner;
  const served = { fault: (answer: ModelInferResponseMessage) => answer, received: 0 };
  const server = new Server({ 'grpc.max_receive_message_length': -1 });
  const { ServerReady, ModelReady, ModelMetadata, ModelConfig, ModelInfer } = grpcInferenceService();
  type Answer = (error: object | null, value?: object) => void;
  const unary = (answer: (request: never) => Promise<object>) => (call: { request: never }, done: Answer) =>
    void answer(call.request).then(
      (value) => done(null, value),
      (error: Error & { code?: number }) =>
        done({ code: error.code ?? status.INVALID_ARGUMENT, details: error.message }),
    );
  server.addService(
    { ServerReady, ModelReady, ModelMetadata, ModelConfig, ModelInfer } as never,
    {
      ServerReady: unary(async () => ({ ready: true })),
      ModelReady: unary(async () => ({ ready: true })),
      ModelMetadata: unary(async () => ({
        name,
        versions: [version],
        platform: 'test',
        inputs: signature.inputs.map(documentOf),
        outputs: signature.outputs.map(documentOf),
      })),
      ModelConfig: unary(async () => {
        if (config) return { config };
        throw Object.assign(new Error('it has none'), { code: status.UNIMPLEMENTED });
      }),
      ModelInfer: unary(async ({ inputs, outputs, raw_input_contents: raw }: ModelInferRequestMessage) => {
        served.received++;
        const { datatype, shape } = inputs[0]!;
        if (!isDatatype(datatype)) throw new Error('an unknown datatype');
        const data = elementsOf(raw![0]!, datatype);
        const answered = await run({ type: elementTypeOf(datatype), dims: shape as never, data });
        const wantedOutputs = outputs!.map((output) => answered.find((one) => one.name === output.name)!);
        return served.fault(grpcAnswer(wantedOutputs, { name, version, binary }));
      }),
    } as never,
  );
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync(`127.0.0.1:${wanted}`, ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return Object.assign(served, {
    url: `grpc://127.0.0.1:${port}`,
    close: async () => {
      server.forceShutdown();
      await runner.close();
    },
  });
}

function grpcAnswer(
  outputs: readonly OutputTensor[],
  { name, version, binary }: Pick<ServedDocuments, 'name' | 'version' | 'binary'>,
): ModelInferResponseMessage {
  return {
    model_name: name,
    model_version: version,
    outputs: outputs.map(({ name: output, dims, data }) => ({
      name: output,
      datatype: 'FP32',
      shape: dims,
      ...(!binary && { contents: { fp32_contents: [...data] } }),
    })),
    raw_output_contents: binary ? outputs.map(({ data }) => new Uint8Array(data.buffer)) : [],
  };
}
