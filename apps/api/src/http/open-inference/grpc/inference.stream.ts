import { ServerDuplexStream, status } from '@grpc/grpc-js';
import { ModelStreamInferResponseMessage, ProtocolError } from '@thorax/inference';
import { OpenInferenceFace } from '../open-inference.face';
import { addressOf, Caller, inferByGrpc, readInferRequest } from './grpc.inference';
import { ReceivedMessage } from './received.call';

/** What a stream tells of itself. */
export interface StreamOwner {
  /** Something was thrown; gives back what the client is told of it. */
  told(error: unknown): ProtocolError;
  /** Called once. */
  over(stream: InferenceStream): void;
}

/**
 * One `ModelStreamInfer`: requests run at the same time, so that they can share a batch, and are answered in their
 * order, one answer each. What is wrong with one is told in its answer, and the stream goes on.
 */
export class InferenceStream {
  private readonly abort = new AbortController();
  private readonly caller: Caller;
  /** Resolves when all that was asked so far is answered. */
  private answered = Promise.resolve();
  private ended = false;

  constructor(
    private readonly face: OpenInferenceFace,
    private readonly call: ServerDuplexStream<ReceivedMessage, ModelStreamInferResponseMessage>,
    private readonly owner: StreamOwner,
  ) {
    this.caller = { address: addressOf(call.getPeer()), signal: this.abort.signal };
    call.on('data', (message: ReceivedMessage) => this.take(message));
    call.once('end', () => void this.finish());
    call.once('cancelled', () => {
      this.abort.abort();
      this.owner.over(this);
    });
  }

  /** Takes no more requests, answers those under way, and tells the client to go elsewhere. */
  async stop(): Promise<void> {
    const details = 'the server is shutting down';
    await this.finish(() =>
      this.call.emit('error', Object.assign(new Error(details), { code: status.UNAVAILABLE, details })),
    );
  }

  private take(message: ReceivedMessage): void {
    if (this.ended) return message.done();
    const answer = this.answer(message);
    const before = this.answered;
    this.answered = answer.then(async (response) => {
      await before;
      await this.write(response);
      message.done();
    });
  }

  private async answer(message: ReceivedMessage): Promise<ModelStreamInferResponseMessage> {
    let id = '';
    try {
      const asked = readInferRequest(message);
      id = asked.request.id ?? '';
      const response = await inferByGrpc(this.face, asked, this.caller);
      const parameters = { ...response.parameters, triton_final_response: { bool_param: true } };
      return { infer_response: { ...response, parameters } };
    } catch (error) {
      // Nobody reads the answer of a stream that is over.
      const text = this.abort.signal.aborted ? 'cancelled' : this.owner.told(error).message;
      const failed = { model_name: '', model_version: '', id, outputs: [], raw_output_contents: [] };
      return { error_message: text, infer_response: failed };
    }
  }

  /** Resolves when it is written or nobody reads any more. */
  private write(response: ModelStreamInferResponseMessage): Promise<void> {
    const { signal } = this.caller;
    return new Promise((resolve) => {
      const settle = () => {
        signal.removeEventListener('abort', settle);
        resolve();
      };
      if (signal.aborted) return resolve();
      signal.addEventListener('abort', settle);
      this.call.write(response, settle);
    });
  }

  private async finish(end: () => void = () => this.call.end()): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    await this.answered;
    if (!this.abort.signal.aborted) end();
  }
}
