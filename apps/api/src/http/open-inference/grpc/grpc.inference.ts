import {
  decodeGrpcInferRequest,
  encodeGrpcInferResponse,
  GrpcInferRequest,
  ModelInferResponseMessage,
} from '@thorax/inference';
import { answerInference } from '../inference.answer';
import { OpenInferenceFace } from '../open-inference.face';
import { ReceivedMessage } from './received.call';

/** Who asks, and until when. */
export interface Caller {
  /** Without the port: callers take turns. */
  readonly address: string;
  /** Aborts when the call is cancelled, its deadline passes, or its connection breaks. */
  readonly signal: AbortSignal;
}

/** What a message of `ModelInfer` or `ModelStreamInfer` says. Throws a ProtocolError. */
export function readInferRequest({ bytes, refusal }: ReceivedMessage): GrpcInferRequest {
  if (refusal) throw refusal;
  return decodeGrpcInferRequest(bytes);
}

/** Runs it. Rejects with what went wrong. */
export function inferByGrpc(
  face: OpenInferenceFace,
  { modelName, modelVersion, request }: GrpcInferRequest,
  { address: caller, signal }: Caller,
): Promise<ModelInferResponseMessage> {
  return answerInference(face, {
    modelName,
    modelVersion,
    caller,
    signal,
    read: () => request,
    send: encodeGrpcInferResponse,
  });
}

/** The address of a peer without its port. */
export function addressOf(peer: string): string {
  return peer.replace(/:\d+$/, '');
}
