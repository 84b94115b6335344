import { InvalidParameterError } from '@thorax/registry';
import { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { mlflowErrorOf, sendJson, sendMlflowError } from './mlflow.answer';
import { MlflowFace } from './mlflow.face';
import { RequestFields } from './request.fields';

/** Of an upload that was refused, so much more is read and dropped that the refusal arrives. */
const maxDroppedBytes = 16 * 1024 * 1024;

/** What the client looks for before it uploads in one piece. */
const noMultipart = 'Multipart upload is not supported for the current artifact repository';

const notSupported = { status: 501, errorCode: 'NOT_IMPLEMENTED' };

/**
 * Uploads and downloads of artifacts, to be registered inside the plugin of MLflow's API. Bodies pass through as
 * they come, in neither direction held in memory.
 */
export async function mlflowArtifacts(
  server: FastifyInstance,
  { face }: { readonly face: MlflowFace },
): Promise<void> {
  server.removeAllContentTypeParsers();
  // The handler reads the body itself.
  server.addContentTypeParser('*', (_request, _body, done) => done(null));

  const root = '/mlflow-artifacts/artifacts';
  server.get(root, (request, reply) => list(face, request, reply));
  server.get(`${root}/`, (request, reply) => list(face, request, reply));
  server.route({
    method: 'GET',
    url: `${root}/*`,
    exposeHeadRoute: false,
    handler: (request, reply) => download(face, request, reply),
  });
  server.put(`${root}/*`, (request, reply) => upload(face, request, reply));
  server.delete(`${root}/*`, async (request, reply) => {
    await face.artifacts.delete(pathOf(request));
    return sendJson(reply, {});
  });
  server.post('/mlflow-artifacts/mpu/*', async (_, reply) =>
    sendMlflowError(reply, { ...notSupported, message: `${noMultipart}; send the file in one PUT.` }),
  );
  server.get('/mlflow-artifacts/presigned/*', async (_, reply) =>
    sendMlflowError(reply, {
      ...notSupported,
      message: 'Presigned downloads are not supported; GET the artifact.',
    }),
  );
}

/** `?path=` of a folder; entries come by their names alone. A file has none, nor has what is not there. */
async function list(face: MlflowFace, { query }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const folder = RequestFields.of(query).optionalText('path') ?? '';
  const entries = await face.artifacts.list(folder);
  const files = entries.map(({ name, isFolder, sizeBytes }) => ({
    path: name,
    is_dir: isFolder,
    ...(!isFolder && { file_size: sizeBytes }),
  }));
  return sendJson(reply, files.length > 0 ? { files } : {});
}

async function download(
  face: MlflowFace,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { bytes, sizeBytes, sha256 } = await face.artifacts.open(pathOf(request));
  return reply
    .header('Content-Type', 'application/octet-stream')
    .header('Content-Length', String(sizeBytes))
    .header('Content-Disposition', 'attachment')
    .header('X-Content-Type-Options', 'nosniff')
    .header('ETag', `"${sha256}"`)
    .send(bytes);
}

async function upload(face: MlflowFace, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  try {
    // The connection outlives a refusal, which is sent over it.
    const chunks = request.raw.iterator({ destroyOnReturn: false });
    const { sha256 } = await face.artifacts.write(pathOf(request), chunks);
    return sendJson(reply.header('ETag', `"${sha256}"`), {});
  } catch (error) {
    if (request.raw.readableAborted) throw error;
    // Sent before the connection ends: a client that is cut off while it sends does not see why.
    const answer = mlflowErrorOf(error);
    if (answer.status >= 500) throw error;
    await dropSome(request);
    return sendMlflowError(reply.header('Connection', 'close'), answer);
  }
}

/** Reads on, so that a client which sends its whole body first gets to read the answer. */
async function dropSome({ raw }: FastifyRequest): Promise<void> {
  if (raw.destroyed || raw.readableEnded) return;
  let droppedBytes = 0;
  for await (const chunk of raw.iterator({ destroyOnReturn: false })) {
    droppedBytes += (chunk as Buffer).length;
    if (droppedBytes > maxDroppedBytes) return;
  }
}

function pathOf({ params }: FastifyRequest): string {
  const path = (params as { '*': string })['*'];
  if (path === '') throw new InvalidParameterError("Missing value for required parameter 'path'.");
  return path;
}
