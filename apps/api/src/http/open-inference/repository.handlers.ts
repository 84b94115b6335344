import { ProtocolError, readTensorJson, RepositoryEntry } from '@thorax/inference';
import { FastifyReply, FastifyRequest } from 'fastify';
import { ModelAddress } from './infer.handler';
import { OpenInferenceFace } from './open-inference.face';
import { sendJson } from './protocol.answer';
import { RepositoryParameters } from './served-models';

const MAX_JSON_DEPTH = 16;
const MAX_JSON_VALUES = 10_000;

/** `POST /v2/repository/index`: what there is, loaded or not, or with `{"ready": true}` what is ready. */
export async function repositoryIndex(
  face: OpenInferenceFace,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { ready } = readFields(face, request);
  return sendJson(reply, await indexEntries(face, ready === true));
}

/** What there is in the folder of models now, or what of it is ready. */
export async function indexEntries(
  { models }: OpenInferenceFace,
  readyOnly: boolean,
): Promise<readonly RepositoryEntry[]> {
  await models.refresh();
  return models.entries().filter(({ state }) => !readyOnly || state === 'READY');
}

/** `POST /v2/repository/models/{name}[/versions/{version}]/load`; the latter is an extension. */
export async function loadModel(
  face: OpenInferenceFace,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { model, version } = request.params as ModelAddress;
  await face.models.load(model, parametersOf(face, request), version);
  return sendJson(reply, {});
}

/** `POST /v2/repository/models/{name}[/versions/{version}]/unload`: refused for what /predict answers with. */
export async function unloadModel(
  face: OpenInferenceFace,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { model, version } = request.params as ModelAddress;
  await face.models.unload(model, parametersOf(face, request), version);
  return sendJson(reply, {});
}

function parametersOf(face: OpenInferenceFace, request: FastifyRequest): RepositoryParameters {
  const { parameters = {} } = readFields(face, request);
  if (typeof parameters === 'object' && parameters !== null && !Array.isArray(parameters)) {
    return parameters as RepositoryParameters;
  }
  throw new ProtocolError('invalid-argument', "'parameters' must be a JSON object");
}

/** The fields of an optional JSON body. */
export function readFields(face: OpenInferenceFace, request: FastifyRequest): Record<string, unknown> {
  const body = request.body as Buffer | undefined;
  if (!body?.length) return {};
  const document = readTensorJson(body, {
    maxBytes: face.maxBodyBytes,
    maxDepth: MAX_JSON_DEPTH,
    maxValues: MAX_JSON_VALUES,
  });
  if (typeof document === 'object' && document !== null && !Array.isArray(document)) {
    return document as Record<string, unknown>;
  }
  throw new ProtocolError('invalid-argument', 'the request body must be a JSON object');
}
