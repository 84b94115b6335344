import {
  decodeContent,
  encodeContent,
  EncodedResponse,
  InferenceError,
  InferenceRecord,
  InferenceResult,
  InferRequest,
  MatchedRequest,
  matchInferRequest,
  preferredCoding,
  ProtocolError,
} from '@thorax/inference';
import { FastifyReply, FastifyRequest } from 'fastify';
import { disconnectSignal } from '../predictions/disconnect';
import { OpenInferenceFace } from './open-inference.face';
import { FailureReason } from './open-inference.metrics';
import { ReadyModel } from './served-models';

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
  const { model: name, version } = request.params as ModelAddress;
  const model = face.models.require(name, version);
  const disconnect = disconnectSignal(reply);
  const startedAt = performance.now();
  try {
    const asked = await readRequest(face, request);
    const matched = matchInferRequest(asked, model.face, name, face);
    const result = await run(model, { asked, matched, caller: request.ip, signal: disconnect });
    const answer = await face.codec.encode(
      {
        modelName: name,
        modelVersion: model.description.version,
        id: asked.id,
        parameters: batchParameters(result),
        outputs: result.outputs,
      },
      matched.outputs,
    );
    const sent = await sendAnswer(request, reply, answer);
    const record = recordOf(matched, result, performance.now() - startedAt);
    model.statistics.succeeded(record, Date.now());
    face.metrics.succeeded(record, model.description);
    return sent;
  } catch (error) {
    model.statistics.failed(performance.now() - startedAt);
    face.metrics.failed(disconnect.aborted ? 'CANCELED' : reasonOf(error), model.description);
    throw error;
  }
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

interface Run {
  readonly asked: InferRequest;
  readonly matched: MatchedRequest;
  /** Address of the caller: callers take turns. */
  readonly caller: string;
  readonly signal: AbortSignal;
}

function run({ detector }: ReadyModel, { asked, matched, caller, signal }: Run): Promise<InferenceResult> {
  const { timeoutMicroseconds, priority } = asked.parameters;
  return detector.infer(matched.input, {
    signal,
    caller,
    priority,
    ...(timeoutMicroseconds !== undefined && {
      queueTimeoutMs: timeoutMicroseconds / 1000,
    }),
  });
}

/** Says of every answer how it was batched. */
function batchParameters({ batch }: InferenceResult): Record<string, string | number> | undefined {
  if (!batch) return undefined;
  return {
    batch_size: batch.batchSize,
    batch_reason: batch.reason,
    queue_ms: Number(batch.queueMs.toFixed(3)),
  };
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

function recordOf(
  { batchSize: images }: MatchedRequest,
  { timingsMs, batch }: InferenceResult,
  totalMs: number,
): InferenceRecord {
  return {
    images,
    batchSize: batch?.batchSize ?? images,
    totalMs,
    queueMs: timingsMs.queue,
    inputMs: timingsMs.input,
    inferMs: timingsMs.run,
    outputMs: timingsMs.output,
  };
}

function reasonOf(error: unknown): FailureReason {
  if (error instanceof ProtocolError) return error.kind === 'unavailable' ? 'REJECTED' : 'OTHER';
  if (!(error instanceof InferenceError)) return 'OTHER';
  if (error.kind === 'failed') return 'BACKEND';
  return error.kind === 'overloaded' || error.kind === 'timeout' ? 'REJECTED' : 'OTHER';
}
