import { ProtocolError, quoted, readTensorJson, RepositoryEntry } from '@thorax/inference';
import { FastifyReply, FastifyRequest } from 'fastify';
import { ModelAddress } from './infer.handler';
import { OpenInferenceFace } from './open-inference.face';
import { sendJson } from './protocol.answer';

const MAX_JSON_DEPTH = 16;
const MAX_JSON_VALUES = 10_000;

/** `POST /v2/repository/index`: what there is, or with `{"ready": true}` what is ready. */
export async function repositoryIndex(
  face: OpenInferenceFace,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { ready } = readFields(face, request);
  return sendJson(reply, indexEntries(face, ready === true));
}

/** What there is, or what of it is ready. */
export function indexEntries({ models }: OpenInferenceFace, readyOnly: boolean): readonly RepositoryEntry[] {
  return models.entries().filter(({ state }) => !readyOnly || state === 'READY');
}

/**
 * `POST /v2/repository/models/{name}/load`: succeeds when it is the model that is served, and waits for it while it
 * is loading. A load cannot bring a model or change one: that is the registry's.
 */
export async function loadModel(
  face: OpenInferenceFace,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { model } = request.params as ModelAddress;
  const parameters = readFields(face, request).parameters ?? {};
  await requestLoad(face, model, Object.keys(parameters));
  return sendJson(reply, {});
}

/** Loads a model, whichever transport asked for it; `parameters` are the names of what came along. */
export async function requestLoad(
  face: OpenInferenceFace,
  model: string,
  parameters: readonly string[],
): Promise<void> {
  const brought = parameters.find((key) => key === 'config' || key.startsWith('file:'));
  if (brought !== undefined) {
    throw new ProtocolError(
      'unsupported',
      `failed to load ${quoted(model)}: ${quoted(brought)} in a load request is not supported; ` +
        'this server serves the model of MODEL_PATH with the model_config.yaml beside it',
    );
  }
  await face.models.requireSettled(model);
}

/** `POST /v2/repository/models/{name}/unload`: refused, since nothing could be loaded in its place. */
export async function unloadModel(face: OpenInferenceFace, request: FastifyRequest): Promise<never> {
  const { model } = request.params as ModelAddress;
  return requestUnload(face, model);
}

/** Unloads a model, whichever transport asked for it. */
export async function requestUnload(face: OpenInferenceFace, model: string): Promise<never> {
  face.models.require(model);
  throw new ProtocolError(
    'unsupported',
    `failed to unload ${quoted(model)}: it is served for the life of this process; stop the process instead`,
  );
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
