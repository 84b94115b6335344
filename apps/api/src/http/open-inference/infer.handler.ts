import {
  decodeContent,
  encodeContent,
  EncodedResponse,
  InferRequest,
  preferredCoding,
} from '@thorax/inference';
import { FastifyReply, FastifyRequest } from 'fastify';
import { disconnectSignal } from '../predictions/disconnect';
import { answerInference } from './inference.answer';
import { OpenInferenceFace } from './open-inference.face';

/** Smaller answers than this would not become smaller. */
const MIN_COMPRESSED_BYTES = 1024;

/** Path of every route that names a model. */
export interface ModelAddress {
  readonly model: string;
  readonly version?: string;
}

/** `POST …/infer`. */
export async function infer(
  face: OpenInferenceFace,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { model: modelName, version: modelVersion } = request.params as ModelAddress;
  return answerInference(face, {
    modelName,
    modelVersion,
    caller: request.ip,
    signal: disconnectSignal(reply),
    read: () => readRequest(face, request),
    send: async (response, outputs) => sendAnswer(request, reply, await face.codec.encode(response, outputs)),
  });
}

async function readRequest(face: OpenInferenceFace, request: FastifyRequest): Promise<InferRequest> {
  const { headers } = request;
  const body = await decodeContent(
    (request.body as Buffer | undefined) ?? new Uint8Array(),
    headers['content-encoding'],
    face.maxBodyBytes,
  );
  const headerLength = headers['inference-header-content-length'];
  return face.codec.decode(body, headerLength === undefined ? undefined : String(headerLength));
}

async function sendAnswer(
  request: FastifyRequest,
  reply: FastifyReply,
  { body, headerLength }: EncodedResponse,
): Promise<FastifyReply> {
  const coding =
    body.length < MIN_COMPRESSED_BYTES
      ? undefined
      : preferredCoding(request.headers['accept-encoding'] as string);
  void reply.header(
    'Content-Type',
    headerLength === undefined ? 'application/json' : 'application/octet-stream',
  );
  if (headerLength !== undefined) void reply.header('Inference-Header-Content-Length', String(headerLength));
  if (!coding) return reply.send(body);
  void reply.header('Content-Encoding', coding);
  return reply.send(Buffer.from(await encodeContent(body, coding)));
}
