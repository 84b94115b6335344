import { isMarkedAsUntransferable } from 'node:worker_threads';
import { InferRequest, RequestedOutput } from './infer-request';
import { decodeInferRequest } from './infer-request.decoder';
import { EncodedResponse, encodeInferResponse, InferResponse } from './infer-response.encoder';
import { ProtocolError, ProtocolErrorKind } from './protocol.error';

/** Work that takes long enough to be done on a thread of its own. */
export type CodecTask =
  | { readonly kind: 'decode'; readonly body: Uint8Array; readonly headerLength?: string }
  | {
      readonly kind: 'encode';
      readonly response: InferResponse;
      readonly requested: readonly RequestedOutput[];
    };

/** What each kind of task results in. */
export interface CodecResults {
  readonly decode: InferRequest;
  readonly encode: EncodedResponse;
}

export interface CodecOrder {
  readonly id: number;
  readonly task: CodecTask;
}

export type CodecReply =
  | { readonly id: number; readonly ok: true; readonly value: CodecResults[CodecTask['kind']] }
  | { readonly id: number; readonly ok: false; readonly kind: ProtocolErrorKind; readonly message: string };

/** Does the work, on whichever thread. Throws like {@link decodeInferRequest}. */
export function performCodecTask(task: CodecTask): CodecResults[CodecTask['kind']] {
  return task.kind === 'decode'
    ? decodeInferRequest(task.body, task.headerLength)
    : encodeInferResponse(task.response, task.requested);
}

/** A reply and the buffers that travel with it instead of being copied. */
export function replyTo({ id, task }: CodecOrder): { reply: CodecReply; transfer: ArrayBuffer[] } {
  try {
    const value = performCodecTask(task);
    const views = 'inputs' in value ? value.inputs.map(({ data }) => data) : [value.body];
    // Two tensors may be views of one body, and short texts share a buffer of Node's own that must stay here.
    const whole = views
      .filter(({ buffer }) => !isMarkedAsUntransferable(buffer))
      .map(({ buffer }) => buffer as ArrayBuffer);
    return { reply: { id, ok: true, value }, transfer: [...new Set(whole)] };
  } catch (error) {
    const { kind, message } =
      error instanceof ProtocolError
        ? error
        : new ProtocolError('internal', 'the request could not be read for a reason that is the server’s');
    return { reply: { id, ok: false, kind, message }, transfer: [] };
  }
}
