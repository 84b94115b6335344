export { parseClassNames, UnreadableClassNamesError } from './class-names';
export type { AdmissionRules } from './admission-rules';
export type {
  BatchReason,
  BatchReport,
  Detection,
  DetectionTimings,
  DrawableFinding,
  Finding,
  ModelIdentity,
  RenderedImage,
} from './detection';
export type { PoolStats, RequestOptions } from './detector-pool';
export { Detector } from './detector';
export type { DetectorOptions, DetectorState, Isolation } from './detector';
export * from './errors';
export { parseModelConfig } from './model-config';
export type { ModelConfig, Normalisation, ServingConfig } from './model-config';
export type { ModelDescription, ModelInput } from './model-description';
export { loadModel } from './model.loader';
export type { LoadedModel, ModelSource, PreparedGraph } from './model.loader';
export * from './graph';
export type {
  Device,
  InputElementType,
  InputTensor,
  ModelRunner,
  ModelSignature,
  OutputTensor,
  RunnerOptions,
  TensorSignature,
} from './model-runner';
export { NotAnOnnxModelError, readOnnxMetadata } from './onnx-metadata';
export type { OnnxMetadata } from './onnx-metadata';
export { openOnnxModel } from './onnx.model-runner';
export * from './model-repository';
export * from './open-inference';
export { LAYOUT_SHAPES, OUTPUT_LAYOUTS, recogniseLayout } from './output-layout';
export type { OutputLayout } from './output-layout';
export { openRemoteModel } from './remote/remote.model-runner';
export type { OpenedRemoteModel, RemoteModel } from './remote/remote.model-runner';
export * from './remote/remote.errors';
export type { InferenceResult, InferenceTimings, RawInput } from './raw-tensor';
export { MemoryResultStore } from './result-cache/memory.result-store';
export { RedisResultStore } from './result-cache/redis.result-store';
export type { RedisResultStoreOptions } from './result-cache/redis.result-store';
export { ResultCache } from './result-cache/result-cache';
export type { CachedRequestOptions, ResultCacheStats } from './result-cache/result-cache';
export type { ResultStore, ResultStoreStats } from './result-cache/result-store';
export { systemClock } from './scheduling/clock';
export type { Clock } from './scheduling/clock';
export { dispatchOneByOne } from './scheduling/dispatch-policy';
export { batchingPolicy, everySizePays } from './scheduling/batching.policy';
export type { BatchingRules, BatchSizing } from './scheduling/batching.policy';
export { BatchCostModel } from './scheduling/batch-cost.model';
export type { WorthwhileLimit } from './scheduling/batch-cost.model';
export type { LevelRules, QueueRules } from './scheduling/queue-rules';
export type { DispatchDecision, DispatchPolicy, DispatchSituation } from './scheduling/dispatch-policy';
export { PredictionEntity } from './persistence/prediction.entity';
export type { RecordedFinding } from './persistence/prediction.entity';
export { predictionIdOf } from './persistence/prediction-id';
export { PredictionRepository } from './persistence/prediction.repository';
export type { NewPrediction, PredictionFilter } from './persistence/prediction.repository';
export { PredictionJobEntity, PredictionJobItemEntity } from './persistence/prediction-job.entity';
export type { RecordedProblem } from './persistence/prediction-job.entity';
export { PredictionJobRepository } from './persistence/prediction-job.repository';
export type { ItemOutcome, JobItem, PredictionJob } from './persistence/prediction-job.repository';
export { isSettled, jobStateOf } from './persistence/prediction-job.state';
export type { JobFacts, JobProgress, JobState } from './persistence/prediction-job.state';
export { profileOf, SERVING_PROFILES } from './serving-profile.policy';
export type { ProfileSettings, ServingProfile } from './serving-profile.policy';
