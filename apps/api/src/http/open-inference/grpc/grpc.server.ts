import { MethodDefinition, sendUnaryData, Server, ServerDuplexStream, ServerUnaryCall } from '@grpc/grpc-js';
import { Logger } from '@nestjs/common';
import {
  GrpcInferenceService,
  grpcInferenceService,
  ModelStreamInferResponseMessage,
  ProtocolError,
  readFields,
} from '@thorax/inference';
import { LARGEST_BODIES_AT_ONCE, OpenInferenceFace } from '../open-inference.face';
import { protocolErrorOf } from '../protocol.answer';
import { SMALL_HANDLERS, SmallHandler, SmallMethod } from './grpc.handlers';
import { addressOf, Caller, inferByGrpc, readInferRequest } from './grpc.inference';
import { statusOf } from './grpc.status';
import { InferenceStream } from './inference.stream';
import { ReceivedMessage, receiveBounded, ReceivingRules } from './received.call';
import { ReceivingGate } from './receiving.gate';

/** Time a client has to send a whole tensor, and any other message. */
const TENSOR_TIMEOUT_MS = 120_000;
const SMALL_TIMEOUT_MS = 10_000;

/** Messages of everything but tensors and files. */
const SMALL_MESSAGE_BYTES = 64 * 1024;
const SMALL_MESSAGES_AT_ONCE = 32;

/** Each may be receiving one message, however long it takes. */
const MAX_STREAMS = 32;

/** Requests of one stream that are worked on at once; the next ones wait with the sender. */
const MAX_UNFINISHED_IN_STREAM = 16;

const MAX_CALLS_OF_A_CONNECTION = 256;

type Unary = ServerUnaryCall<ReceivedMessage, unknown>;
type StreamCall = ServerDuplexStream<ReceivedMessage, ModelStreamInferResponseMessage>;

/** `inference.GRPCInferenceService` over a face, not yet bound to a port. */
export class GrpcServer {
  readonly server: Server;
  private readonly streams = new Set<InferenceStream>();
  private readonly logger = new Logger('OpenInferenceGrpc');
  private readonly service = grpcInferenceService();

  constructor(private readonly face: OpenInferenceFace) {
    this.server = new Server({
      'grpc.max_receive_message_length': face.maxBodyBytes,
      'grpc.max_concurrent_streams': MAX_CALLS_OF_A_CONNECTION,
      interceptors: [receiveBounded(face.budget, this.receivingRules())],
    });
    const smalls = Object.entries(SMALL_HANDLERS) as [SmallMethod, SmallHandler<SmallMethod>][];
    this.server.addService(this.undecoded(), {
      ModelInfer: this.unary((message, caller) => inferByGrpc(face, readInferRequest(message), caller)),
      ModelStreamInfer: (call: StreamCall) => this.openStream(call),
      ...Object.fromEntries(
        smalls.map(([name, handler]) => [
          name,
          this.unary(async (message) => handler(face, this.readSmall(name, message) as never)),
        ]),
      ),
    });
  }

  /**
   * Ends it: takes no new calls, answers those under way, and resolves when the last is answered or, cutting off the
   * rest, after `graceMs`.
   */
  async close(graceMs: number): Promise<void> {
    const cutOff = setTimeout(() => this.server.forceShutdown(), graceMs);
    const closed = new Promise<void>((resolve) => this.server.tryShutdown(() => resolve()));
    await Promise.all([closed, ...[...this.streams].map((stream) => stream.stop())]);
    clearTimeout(cutOff);
  }

  /** Messages reach the handlers as bytes: what is wrong with them is then told by the protocol's own status. */
  private undecoded(): Record<string, MethodDefinition<Buffer, object>> {
    const methods = Object.entries(this.service) as [string, MethodDefinition<object, object>][];
    return Object.fromEntries(
      methods.map(([name, method]) => [
        name,
        { ...method, requestSerialize: asItIs, requestDeserialize: asItIs },
      ]),
    );
  }

  private receivingRules(): (path: string) => ReceivingRules {
    const { ModelInfer, ModelStreamInfer, RepositoryModelLoad } = this.service;
    const rules = { maxReceiveMs: TENSOR_TIMEOUT_MS, maxUnfinished: MAX_UNFINISHED_IN_STREAM };
    const large = { ...rules, gate: new ReceivingGate(LARGEST_BODIES_AT_ONCE) };
    const small = {
      ...rules,
      maxReceiveMs: SMALL_TIMEOUT_MS,
      gate: new ReceivingGate(SMALL_MESSAGES_AT_ONCE),
    };
    return (path) => {
      if (path === ModelStreamInfer.path) return rules;
      return path === ModelInfer.path || path === RepositoryModelLoad.path ? large : small;
    };
  }

  private readSmall(name: SmallMethod, { bytes, refusal }: ReceivedMessage): unknown {
    if (refusal) throw refusal;
    if (bytes.length > SMALL_MESSAGE_BYTES && name !== 'RepositoryModelLoad') {
      throw new ProtocolError('invalid-argument', `the message is larger than ${SMALL_MESSAGE_BYTES} bytes`);
    }
    // Bounds the entries of its maps before they become objects.
    readFields(bytes, () => false);
    try {
      return this.service[name as keyof GrpcInferenceService].requestDeserialize(bytes);
    } catch {
      throw new ProtocolError('invalid-argument', `failed to parse the request: it is no ${name} message`);
    }
  }

  private unary(answer: (message: ReceivedMessage, caller: Caller) => Promise<unknown>) {
    return async (call: Unary, callback: sendUnaryData<unknown>): Promise<void> => {
      const { request: message } = call;
      const abort = new AbortController();
      call.once('cancelled', () => abort.abort());
      try {
        callback(null, await answer(message, { address: addressOf(call.getPeer()), signal: abort.signal }));
      } catch (error) {
        // Nobody reads the answer of a call that is over.
        if (!abort.signal.aborted) callback(statusOf(this.told(error)));
      } finally {
        message.done();
      }
    };
  }

  private openStream(call: StreamCall): void {
    if (this.streams.size >= MAX_STREAMS) {
      const refusal = new ProtocolError('unavailable', `there are already ${MAX_STREAMS} streams`);
      call.emit('error', Object.assign(new Error(refusal.message), statusOf(refusal)));
      return;
    }
    const owner = {
      told: (error: unknown) => this.told(error),
      over: (stream: InferenceStream) => this.streams.delete(stream),
    };
    this.streams.add(new InferenceStream(this.face, call, owner));
  }

  /** What the client is told; what is the server's fault is logged. */
  private told(error: unknown): ProtocolError {
    const answer = protocolErrorOf(error);
    if (answer.kind === 'internal') {
      const { message, stack } = error as Error;
      this.logger.error({ message, stack });
    }
    return answer;
  }
}

function asItIs(bytes: Buffer): Buffer {
  return bytes;
}
