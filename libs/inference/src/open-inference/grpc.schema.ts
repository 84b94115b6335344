import type { MethodDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { join } from 'node:path';
import {
  EmptyMessage,
  LiveMessage,
  LogSettingsMessage,
  ModelConfigResponseMessage,
  ModelInferRequestMessage,
  ModelInferResponseMessage,
  ModelMetadataMessage,
  ModelNameMessage,
  ModelStatisticsResponseMessage,
  ModelStreamInferResponseMessage,
  ReadyMessage,
  RepositoryIndexRequestMessage,
  RepositoryIndexResponseMessage,
  RepositoryModelMessage,
  ServerMetadataMessage,
  TraceSettingRequestMessage,
  TraceSettingResponseMessage,
} from './grpc.messages';

/** The methods of `inference.GRPCInferenceService`, for `Client.makeUnaryRequest` and `Server.addService`. */
export interface GrpcInferenceService {
  readonly ServerLive: MethodDefinition<EmptyMessage, LiveMessage>;
  readonly ServerReady: MethodDefinition<EmptyMessage, ReadyMessage>;
  readonly ModelReady: MethodDefinition<ModelNameMessage, ReadyMessage>;
  readonly ServerMetadata: MethodDefinition<EmptyMessage, ServerMetadataMessage>;
  readonly ModelMetadata: MethodDefinition<ModelNameMessage, ModelMetadataMessage>;
  readonly ModelConfig: MethodDefinition<ModelNameMessage, ModelConfigResponseMessage>;
  readonly ModelStatistics: MethodDefinition<ModelNameMessage, ModelStatisticsResponseMessage>;
  readonly ModelInfer: MethodDefinition<ModelInferRequestMessage, ModelInferResponseMessage>;
  readonly ModelStreamInfer: MethodDefinition<ModelInferRequestMessage, ModelStreamInferResponseMessage>;
  readonly RepositoryIndex: MethodDefinition<RepositoryIndexRequestMessage, RepositoryIndexResponseMessage>;
  readonly RepositoryModelLoad: MethodDefinition<RepositoryModelMessage, EmptyMessage>;
  readonly RepositoryModelUnload: MethodDefinition<RepositoryModelMessage, EmptyMessage>;
  readonly SystemSharedMemoryStatus: MethodDefinition<object, object>;
  readonly SystemSharedMemoryRegister: MethodDefinition<object, object>;
  readonly SystemSharedMemoryUnregister: MethodDefinition<object, object>;
  readonly CudaSharedMemoryStatus: MethodDefinition<object, object>;
  readonly CudaSharedMemoryRegister: MethodDefinition<object, object>;
  readonly CudaSharedMemoryUnregister: MethodDefinition<object, object>;
  readonly TraceSetting: MethodDefinition<TraceSettingRequestMessage, TraceSettingResponseMessage>;
  readonly LogSettings: MethodDefinition<LogSettingsMessage, LogSettingsMessage>;
}

const SERVICE = 'inference.GRPCInferenceService';

/** Beside `src` and `dist`, so the path holds for both. */
const PROTO = join(__dirname, '../../proto/open_inference.proto');

let service: GrpcInferenceService | undefined;

/** The service, read from its .proto file at the first call (milliseconds, from disk). */
export function grpcInferenceService(): GrpcInferenceService {
  service ??= loadSync(PROTO, {
    keepCase: true,
    longs: Number,
    enums: String,
    defaults: true,
    oneofs: true,
  })[SERVICE] as unknown as GrpcInferenceService;
  return service;
}
