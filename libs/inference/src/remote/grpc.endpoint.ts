import { Client, credentials, Metadata, MethodDefinition, ServiceError, status } from '@grpc/grpc-js';
import { OutputTensor } from '../model-runner';
import { datatypeOf } from '../open-inference/datatype';
import { InferTensorMessage, ModelInferResponseMessage } from '../open-inference/grpc.messages';
import { grpcInferenceService, GrpcInferenceService } from '../open-inference/grpc.schema';
import { AnsweredTensor, checkedOutputs, requireVersion } from './answered-tensors';
import { EndpointAddress } from './endpoint-address';
import { invalidAnswer, RemoteFault, saidByServer } from './remote-fault';
import { largestAnswer, RemoteEndpoint, RemoteModelName, RemoteRun } from './remote.endpoint';
import { ServedModel, servedModelOf } from './served-model';

const MAX_DOCUMENT_BYTES = 1024 * 1024;
const LARGEST_RECEIVED = 256 * 1024 * 1024;

/** The breaker decides when to try again; the channel must not hold on to an old failure for longer. */
const CHANNEL_OPTIONS = {
  'grpc.max_send_message_length': -1,
  'grpc.max_receive_message_length': LARGEST_RECEIVED,
  'grpc.enable_retries': 0,
  'grpc.use_local_subchannel_pool': 1,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 500,
};

const FAULTS: Readonly<Partial<Record<status, RemoteFault['kind']>>> = {
  [status.UNAVAILABLE]: 'unavailable',
  [status.DEADLINE_EXCEEDED]: 'unavailable',
  [status.CANCELLED]: 'unavailable',
  [status.ABORTED]: 'unavailable',
  [status.INVALID_ARGUMENT]: 'refused',
  [status.FAILED_PRECONDITION]: 'refused',
  [status.OUT_OF_RANGE]: 'refused',
  [status.UNAUTHENTICATED]: 'refused',
  [status.PERMISSION_DENIED]: 'refused',
  [status.UNIMPLEMENTED]: 'refused',
};

/** A server of the Open Inference Protocol over gRPC, tensors as raw bytes. Answers are read raw and typed. */
export class GrpcEndpoint implements RemoteEndpoint {
  readonly label: string;
  private readonly client: Client;
  private readonly service: GrpcInferenceService;
  private closed = false;

  constructor(
    { label, host, port, secure }: EndpointAddress,
    private readonly model: RemoteModelName,
  ) {
    this.label = label;
    this.service = grpcInferenceService();
    const channelCredentials = secure ? credentials.createSsl() : credentials.createInsecure();
    this.client = new Client(`${host}:${port}`, channelCredentials, CHANNEL_OPTIONS);
  }

  async isReady(signal: AbortSignal): Promise<boolean> {
    const { ready } = await this.call(this.service.ServerReady, {}, signal);
    return ready && (await this.call(this.service.ModelReady, this.named, signal)).ready;
  }

  async describe(signal: AbortSignal): Promise<ServedModel> {
    const metadata = await this.call(this.service.ModelMetadata, this.named, signal);
    const config = await this.configOf(signal);
    return servedModelOf({ metadata, config }, this.model);
  }

  async infer({ input, signature, version }: RemoteRun, signal: AbortSignal): Promise<OutputTensor[]> {
    const { type, dims, data } = input;
    const answer = await this.call(
      this.service.ModelInfer,
      {
        model_name: this.model.name,
        model_version: this.model.version ?? '',
        inputs: [{ name: signature.inputs[0]!.name, datatype: datatypeOf(type), shape: dims }],
        outputs: signature.outputs.map(({ name }) => ({ name })),
        raw_input_contents: [new Uint8Array(data.buffer, data.byteOffset, data.byteLength)],
      },
      signal,
      largestAnswer(signature, dims[0]),
    );
    requireVersion(answer.model_version, version);
    return checkedOutputs(answeredTensors(answer), { outputs: signature.outputs, batchSize: dims[0] });
  }

  close(): void {
    this.closed = true;
    this.client.close();
  }

  private get named() {
    return { name: this.model.name, version: this.model.version ?? '' };
  }

  /** Not every server has it; one that has not says UNIMPLEMENTED, or that there is nothing of the kind. */
  private async configOf(signal: AbortSignal): Promise<unknown> {
    try {
      return (await this.call(this.service.ModelConfig, this.named, signal)).config ?? undefined;
    } catch (error) {
      if (error instanceof RemoteFault && error.kind === 'refused') return undefined;
      throw error;
    }
  }

  private call<Request, Response>(
    { path, requestSerialize, responseDeserialize }: MethodDefinition<Request, Response>,
    request: Request,
    signal: AbortSignal,
    maxBytes = MAX_DOCUMENT_BYTES,
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      if (this.closed || signal.aborted) return reject(new RemoteFault('unavailable', 'it was not asked'));
      // Without this, what cannot be deserialised would be an exception outside of the call.
      const deserialize = (bytes: Buffer): Response | RemoteFault => {
        if (bytes.length > maxBytes)
          return invalidAnswer(`it has ${bytes.length} bytes, of at most ${maxBytes}`);
        try {
          return responseDeserialize(bytes);
        } catch {
          return invalidAnswer('it is no message of the protocol');
        }
      };
      const call = this.client.makeUnaryRequest(
        path, requestSerialize, deserialize, request, new Metadata(),
        (error, answer) => {
          signal.removeEventListener('abort', cancel);
          if (error) reject(faultOf(error));
          else if (answer instanceof RemoteFault) reject(answer);
          else resolve(answer!);
        },
      ); // prettier-ignore
      const cancel = (): void => call.cancel();
      signal.addEventListener('abort', cancel, { once: true });
    });
  }
}

function faultOf({ code, details }: ServiceError): RemoteFault {
  const reason = `gRPC ${status[code] ?? code}; ${saidByServer(details)}`;
  return new RemoteFault(FAULTS[code] ?? 'failed', reason);
}

/** Raw outputs come in the order of `outputs`; a server that sends any sends all. */
function answeredTensors({ outputs, raw_output_contents: raw }: ModelInferResponseMessage): AnsweredTensor[] {
  if (raw.length > 0 && raw.length !== outputs.length) {
    throw invalidAnswer(`it has ${outputs.length} outputs and the bytes of ${raw.length}`);
  }
  return outputs.map((output, index) => {
    const { name, datatype, shape } = output;
    return {
      name,
      datatype,
      shape,
      ...(raw.length > 0 ? { bytes: raw[index]! } : { values: typedValues(output) }),
    };
  });
}

/** FP16 has no field of its own: servers send it raw. */
function typedValues({ datatype, contents }: InferTensorMessage): readonly number[] | undefined {
  if (datatype === 'FP32') return contents?.fp32_contents;
  if (datatype === 'FP64') return contents?.fp64_contents;
  if (datatype === 'INT64') return contents?.int64_contents;
  return datatype === 'INT32' ? contents?.int_contents : contents?.uint_contents;
}
