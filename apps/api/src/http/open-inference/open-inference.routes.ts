import { serverMetadata } from '@thorax/inference';
import { FastifyReply, FastifyRequest } from 'fastify';
import { exposeMetrics, logging, sharedMemory, tracing } from './administration.handlers';
import { infer } from './infer.handler';
import {
  allStats,
  configureModel,
  describeModel,
  modelReady,
  modelStats,
  serverLive,
  serverReady,
} from './model.handlers';
import { OpenInferenceFace } from './open-inference.face';
import { sendJson } from './protocol.answer';
import { loadModel, repositoryIndex, unloadModel } from './repository.handlers';

/** The verbs this protocol could be asked with. HEAD follows GET. */
export const VERBS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
export type Verb = (typeof VERBS)[number];

export type Handler = (
  face: OpenInferenceFace,
  request: FastifyRequest,
  reply: FastifyReply,
) => Promise<FastifyReply>;

/** One address and what it answers; other verbs are answered 405. */
export interface Route {
  /** Below `/v2`. */
  readonly url: string;
  readonly verbs: readonly Verb[];
  readonly handler: Handler;
  /** Carries tensors or files rather than a few settings. */
  readonly large?: boolean;
}

/** Of this face, not of the protocol. */
export const SERVER_VERSION = '1';

async function describeServer(_: OpenInferenceFace, __: FastifyRequest, reply: FastifyReply) {
  return sendJson(reply, serverMetadata(SERVER_VERSION));
}

const get = (url: string, handler: Handler): Route => ({ url, verbs: ['GET'], handler });
const settings = (url: string, handler: Handler): Route => ({ url, verbs: ['GET', 'POST'], handler });
const large = (url: string, handler: Handler): Route => ({ url, verbs: ['POST'], handler, large: true });

/** What a model answers, with or without a version in its address. */
const ofModel = (address: string): Route[] => [
  get(address, describeModel),
  get(`${address}/ready`, modelReady),
  get(`${address}/config`, configureModel),
  get(`${address}/stats`, modelStats),
  large(`${address}/infer`, infer),
];

/** The same of the repository, where versions in addresses are this server's extension. */
const ofRepository = (address: string): Route[] => [
  large(`${address}/load`, loadModel),
  { url: `${address}/unload`, verbs: ['POST'], handler: unloadModel },
];

/** All addresses of the protocol. */
export const ROUTES: readonly Route[] = [
  get('/', describeServer),
  get('/health/live', serverLive),
  get('/health/ready', serverReady),
  get('/metrics', exposeMetrics),
  get('/models/stats', allStats),
  ...ofModel('/models/:model'),
  ...ofModel('/models/:model/versions/:version'),
  { url: '/repository/index', verbs: ['POST'], handler: repositoryIndex },
  ...ofRepository('/repository/models/:model'),
  ...ofRepository('/repository/models/:model/versions/:version'),
  settings('/logging', logging),
  settings('/trace/setting', tracing),
  settings('/models/:model/trace/setting', tracing),
  ...['system', 'cuda'].map(
    (kind): Route => ({ url: `/${kind}sharedmemory/*`, verbs: VERBS, handler: sharedMemory }),
  ),
];
