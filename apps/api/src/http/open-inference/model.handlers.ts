import { modelConfig, modelMetadata, ModelStatistics, ModelUnavailableError } from '@thorax/inference';
import { FastifyReply, FastifyRequest } from 'fastify';
import { ModelAddress } from './infer.handler';
import { OpenInferenceFace } from './open-inference.face';
import { sendJson } from './protocol.answer';
import { ReadyModel } from './served-models';

/** Triton's status for "not ready", which is neither an error nor a problem of the request. */
const NOT_READY = 400;
const EXITING = 503;

/** `GET /v2/health/live`. The body is KServe's. */
export async function serverLive(_: OpenInferenceFace, __: FastifyRequest, reply: FastifyReply) {
  return sendJson(reply, { live: true });
}

/** `GET /v2/health/ready`: 200, 400 while there is no model, 503 while the server ends. */
export async function serverReady(face: OpenInferenceFace, _: FastifyRequest, reply: FastifyReply) {
  if (face.stopping) {
    return sendJson(reply.status(EXITING), { ready: false, error: 'the server is shutting down' });
  }
  if (face.models.ready.length > 0) return sendJson(reply, { ready: true });
  return sendJson(reply.status(NOT_READY), {
    ready: false,
    error: `no model is ready: ${face.models.reason}`,
  });
}

/** `GET /v2/models/{name}[/versions/{version}]/ready`: 400 and why for what is known and not ready. */
export async function modelReady(face: OpenInferenceFace, request: FastifyRequest, reply: FastifyReply) {
  const { model, version } = request.params as ModelAddress;
  if (face.stopping) {
    const error = 'the server is shutting down';
    return sendJson(reply.status(EXITING), { name: model, ready: false, error });
  }
  try {
    face.models.require(model, version);
    return sendJson(reply, { name: model, ready: true });
  } catch (error) {
    if (!(error instanceof ModelUnavailableError)) throw error;
    return sendJson(reply.status(NOT_READY), { name: model, ready: false, error: error.details.reason });
  }
}

/** `GET /v2/models/{name}[/versions/{version}]`. */
export async function describeModel(face: OpenInferenceFace, request: FastifyRequest, reply: FastifyReply) {
  const { model, version } = request.params as ModelAddress;
  const { description, face: tensors } = face.models.require(model, version);
  return sendJson(reply, modelMetadata(description, tensors));
}

/** `GET /v2/models/{name}[/versions/{version}]/config`. */
export async function configureModel(face: OpenInferenceFace, request: FastifyRequest, reply: FastifyReply) {
  const { model, version } = request.params as ModelAddress;
  const { description, face: tensors, instances } = face.models.require(model, version);
  return sendJson(reply, modelConfig(description, tensors, instances));
}

/** `GET /v2/models/{name}[/versions/{version}]/stats`. */
export async function modelStats(face: OpenInferenceFace, request: FastifyRequest, reply: FastifyReply) {
  const { model, version } = request.params as ModelAddress;
  return sendJson(reply, { model_stats: [statisticsOf(face.models.require(model, version))] });
}

/** `GET /v2/models/stats`. */
export async function allStats(face: OpenInferenceFace, _: FastifyRequest, reply: FastifyReply) {
  return sendJson(reply, { model_stats: face.models.ready.map(statisticsOf) });
}

/** One entry of `model_stats`. */
export function statisticsOf({
  description,
  statistics,
}: ReadyModel): ReturnType<ModelStatistics['document']> {
  return statistics.document(description.name, description.version);
}
