import {
  InferenceError,
  InferenceRecord,
  InferenceResult,
  InferRequest,
  InferResponse,
  MatchedRequest,
  matchInferRequest,
  ProtocolError,
  RequestedOutput,
} from '@thorax/inference';
import { OpenInferenceFace } from './open-inference.face';
import { FailureReason } from './open-inference.metrics';
import { ReadyModel } from './served-models';

/** An inference as a transport brings it and takes its answer away. */
export interface InferenceCall<Sent> {
  readonly modelName: string;
  /** Absent: whichever the server chooses. */
  readonly modelVersion?: string;
  /** Address of the caller: callers take turns. */
  readonly caller: string;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  read(): Promise<InferRequest> | InferRequest;
  /** Encodes and sends; its time counts towards the request's. `outputs` are those to tell, in their order. */
  send(response: InferResponse, outputs: readonly RequestedOutput[]): Promise<Sent> | Sent;
}

/**
 * Runs an inference, whichever transport it came by, and counts it in the model's statistics and metrics. Rejects
 * with what went wrong, for the transport to tell.
 */
export async function answerInference<Sent>(
  face: OpenInferenceFace,
  call: InferenceCall<Sent>,
): Promise<Sent> {
  const { modelName: name, signal } = call;
  const model = face.models.require(name, call.modelVersion);
  // An unload meanwhile waits for this request.
  const letGo = model.hold();
  const startedAt = performance.now();
  try {
    const asked = await call.read();
    const matched = matchInferRequest(asked, model.face, name, face);
    const result = await run(model, { asked, matched, call });
    const response = {
      modelName: name,
      modelVersion: model.description.version,
      id: asked.id,
      parameters: batchParameters(result),
      outputs: result.outputs,
    };
    const sent = await call.send(response, matched.outputs);
    const record = recordOf(matched, result, performance.now() - startedAt);
    model.statistics.succeeded(record, Date.now());
    face.metrics.succeeded(record, model.description);
    return sent;
  } catch (error) {
    model.statistics.failed(performance.now() - startedAt);
    face.metrics.failed(signal.aborted ? 'CANCELED' : reasonOf(error), model.description);
    throw error;
  } finally {
    letGo();
  }
}

interface Run {
  readonly asked: InferRequest;
  readonly matched: MatchedRequest;
  readonly call: Pick<InferenceCall<unknown>, 'caller' | 'signal'>;
}

function run(
  { detector }: ReadyModel,
  { asked, matched, call: { caller, signal } }: Run,
): Promise<InferenceResult> {
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
