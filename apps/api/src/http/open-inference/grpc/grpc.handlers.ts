import {
  EmptyMessage,
  GrpcInferenceService,
  LogSettingsMessage,
  modelConfig,
  modelMetadata,
  ModelNameMessage,
  ProtocolError,
  RepositoryModelMessage,
  serverMetadata,
  TraceSettingRequestMessage,
} from '@thorax/inference';
import { LOGGING, TRACING } from '../administration.handlers';
import { statisticsOf } from '../model.handlers';
import { OpenInferenceFace } from '../open-inference.face';
import { SERVER_VERSION } from '../open-inference.routes';
import { indexEntries } from '../repository.handlers';
import { ReadyModel, RepositoryParameters } from '../served-models';

/** Methods that carry tensors; they have handlers of their own. */
export type InferenceMethod = 'ModelInfer' | 'ModelStreamInfer';

export type SmallMethod = Exclude<keyof GrpcInferenceService, InferenceMethod>;

type RequestOf<Method extends SmallMethod> = ReturnType<GrpcInferenceService[Method]['requestDeserialize']>;
type ResponseOf<Method extends SmallMethod> = ReturnType<GrpcInferenceService[Method]['responseDeserialize']>;

/** Answers a call, or throws what went wrong. */
export type SmallHandler<Method extends SmallMethod> = (
  face: OpenInferenceFace,
  request: RequestOf<Method>,
) => ResponseOf<Method> | Promise<ResponseOf<Method>>;

const NOTHING: EmptyMessage = {};

function find({ models }: OpenInferenceFace, { name, version }: ModelNameMessage): ReadyModel {
  return models.require(name, version || undefined);
}

/** A model that is unknown is not ready, and no error, as Triton has it. */
function isReady(face: OpenInferenceFace, asked: ModelNameMessage): boolean {
  if (face.stopping || face.models.ready.length === 0) return false;
  try {
    return find(face, asked) !== undefined;
  } catch (error) {
    if (error instanceof ProtocolError && error.kind === 'not-found') return false;
    throw error;
  }
}

function traceSettings({ settings = {} }: TraceSettingRequestMessage) {
  if (Object.keys(settings).length > 0) throw new ProtocolError('unsupported', 'tracing is not supported');
  const entries = Object.entries(TRACING).map(([key, value]) => [key, { value: [value].flat() }]);
  return { settings: Object.fromEntries(entries) as Record<string, { value: string[] }> };
}

function logSettings({ settings = {} }: LogSettingsMessage) {
  if (Object.keys(settings).length > 0) {
    throw new ProtocolError('unsupported', 'log settings are set by LOG_LEVEL when the server starts');
  }
  const entries = Object.entries(LOGGING).map(([key, value]) => {
    if (typeof value === 'boolean') return [key, { bool_param: value }];
    return [key, typeof value === 'number' ? { uint32_param: value } : { string_param: value }];
  });
  return { settings: Object.fromEntries(entries) as LogSettingsMessage['settings'] };
}

function sharedMemory(): never {
  throw new ProtocolError('unsupported', 'shared memory is not supported by this server');
}

/** Parameters of a load or unload as HTTP has them, but files as bytes instead of base64. */
function valuesOf(parameters: NonNullable<RepositoryModelMessage['parameters']>): RepositoryParameters {
  const valueOf = ({ bool_param, int64_param, string_param, bytes_param }: (typeof parameters)[string]) =>
    bool_param ?? int64_param ?? string_param ?? bytes_param;
  return Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key, valueOf(value)]));
}

/** All methods of one small message and one small answer. */
export const SMALL_HANDLERS: { readonly [Method in SmallMethod]: SmallHandler<Method> } = {
  ServerLive: () => ({ live: true }),
  ServerReady: ({ stopping, models }) => ({ ready: !stopping && models.ready.length > 0 }),
  ModelReady: (face, asked) => ({ ready: isReady(face, asked) }),
  ServerMetadata: () => serverMetadata(SERVER_VERSION),
  ModelMetadata: (face, asked) => {
    const { description, face: tensors } = find(face, asked);
    return modelMetadata(description, tensors);
  },
  ModelConfig: (face, asked) => {
    const { description, face: tensors, instances } = find(face, asked);
    return { config: modelConfig(description, tensors, instances) };
  },
  ModelStatistics: (face, asked) => ({
    model_stats: (asked.name ? [find(face, asked)] : face.models.ready).map(statisticsOf),
  }),
  RepositoryIndex: async (face, { ready }) => ({ models: await indexEntries(face, ready === true) }),
  RepositoryModelLoad: async (face, { model_name, parameters = {} }: RepositoryModelMessage) => {
    await face.models.load(model_name, valuesOf(parameters));
    return NOTHING;
  },
  RepositoryModelUnload: async (face, { model_name, parameters = {} }) => {
    await face.models.unload(model_name, valuesOf(parameters));
    return NOTHING;
  },
  SystemSharedMemoryStatus: sharedMemory,
  SystemSharedMemoryRegister: sharedMemory,
  SystemSharedMemoryUnregister: sharedMemory,
  CudaSharedMemoryStatus: sharedMemory,
  CudaSharedMemoryRegister: sharedMemory,
  CudaSharedMemoryUnregister: sharedMemory,
  TraceSetting: (_, request) => traceSettings(request),
  LogSettings: (_, request) => logSettings(request),
};
