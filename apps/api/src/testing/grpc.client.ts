import {
  CallOptions,
  Client,
  ClientDuplexStream,
  ClientUnaryCall,
  credentials,
  Metadata,
  MethodDefinition,
  ServiceError,
} from '@grpc/grpc-js';
import {
  GrpcInferenceService,
  grpcInferenceService,
  ModelInferRequestMessage,
  ModelInferResponseMessage,
  ModelStreamInferResponseMessage,
} from '@thorax/inference';

type Unary = Exclude<keyof GrpcInferenceService, 'ModelStreamInfer'>;
type Response<Method extends Unary> = ReturnType<GrpcInferenceService[Method]['responseDeserialize']>;
type Request<Method extends Unary> = Parameters<GrpcInferenceService[Method]['requestSerialize']>[0];
type StreamCall = ClientDuplexStream<ModelInferRequestMessage, ModelStreamInferResponseMessage>;

/** What a call ended with when it was not answered. */
export interface GrpcRefusal {
  readonly code: number;
  readonly details: string;
  readonly metadata: Metadata;
}

/** Speaks to a server's gRPC face, `host:port`. */
export class GrpcClient {
  readonly service = grpcInferenceService();
  private readonly client: Client;

  constructor(address: string) {
    this.client = new Client(address, credentials.createInsecure(), {
      'grpc.max_receive_message_length': -1,
      // Each with a connection of its own, as programs of their own have.
      'grpc.use_local_subchannel_pool': 1,
    });
  }

  call<Method extends Unary>(
    name: Method,
    request: Request<Method>,
    options: CallOptions = {},
  ): Promise<Response<Method>> {
    const { requestSerialize } = this.service[name] as MethodDefinition<object, object>;
    return this.send(name, requestSerialize(request), options).answer as Promise<Response<Method>>;
  }

  /** Sends any bytes as the message. */
  send(
    name: Unary,
    bytes: Buffer,
    options: CallOptions = {},
  ): { call: ClientUnaryCall; answer: Promise<object> } {
    const { path, responseDeserialize } = this.service[name] as MethodDefinition<object, object>;
    let call!: ClientUnaryCall;
    const answer = new Promise<object>((resolve, reject) => {
      const settle = (error: ServiceError | null, response?: object) =>
        error ? reject(error) : resolve(response!);
      call = this.client.makeUnaryRequest(
        path,
        (same: Buffer) => same,
        responseDeserialize,
        bytes,
        new Metadata(),
        options,
        settle,
      );
    });
    return { call, answer };
  }

  infer(request: ModelInferRequestMessage, options?: CallOptions): Promise<ModelInferResponseMessage> {
    return this.call('ModelInfer', request, options);
  }

  stream(): StreamCall {
    const { path, requestSerialize, responseDeserialize } = this.service.ModelStreamInfer;
    return this.client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
  }

  close(): void {
    this.client.close();
  }
}

/** How a call was refused; rejects when it was answered. */
export async function refusalOf(answer: Promise<object>): Promise<GrpcRefusal> {
  let answered: object;
  try {
    answered = await answer;
  } catch (error) {
    return error as ServiceError;
  }
  throw new Error(`it was answered: ${JSON.stringify(answered).slice(0, 200)}`);
}
