import { BullModule } from '@nestjs/bullmq';
import { DynamicModule, Inject, Module, OnApplicationShutdown, Provider } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  MemoryResultStore,
  ModelRepository,
  PredictionJobRepository,
  PredictionRepository,
  RedisResultStore,
  ResultCache,
} from '@thorax/inference';
import { chooseQueueBackend, FolderObjectStore, OBJECT_STORE, ObjectStore } from '@thorax/platform';
import {
  ArtifactStore,
  describeHost,
  GateRunRepository,
  judgeInThread,
  ModelVersionRepository,
  PromotionGate,
  readGatePolicy,
} from '@thorax/registry';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { LoggerModule } from 'nestjs-pino';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DataSource } from 'typeorm';
import { Env } from './config/env';
import { dataSourceOptions } from './database/data-source';
import {
  PredictBatchWhenJobIsQueued,
  QueueBatchWhenItArrives,
} from './flow/predict-batch-when-job-is-queued';
import { Housekeeping, HousekeepingSchedule } from './flow/housekeeping';
import { PredictWhenStudyArrives } from './flow/predict-when-study-arrives';
import { HOUSEKEEPING_QUEUE, PREDICTION_JOB_QUEUE } from './flow/queue-names';
import { QueueTroubleLog } from './flow/queue-trouble.log';
import { RecordWhenStudyIsPredicted } from './flow/record-when-study-is-predicted';
import { RemoveArtifactsWhenNothingLeadsToThem } from './flow/remove-artifacts-when-nothing-leads-to-them';
import { RemoveImagesWhenNothingRefersToThem } from './flow/remove-images-when-nothing-refers-to-them';
import { ShowImageWhenReaderAsks } from './flow/show-image-when-reader-asks';
import { HealthController } from './http/health/health.controller';
import { GrpcListener } from './http/open-inference/grpc/grpc.listener';
import { MlflowFace } from './http/mlflow/mlflow.face';
import { OpenInferenceFace } from './http/open-inference/open-inference.face';
import { OpenInferenceListener } from './http/open-inference/open-inference.listener';
import { ClassicPredictController } from './http/predictions/classic-predict.controller';
import { PredictionJobsController } from './http/prediction-jobs/prediction-jobs.controller';
import { PredictionAnswers } from './http/predictions/prediction.answers';
import { PredictionsController } from './http/predictions/predictions.controller';
import { GateRunsController } from './http/registry/gate-runs.controller';
import { ModelCardsController } from './http/registry-cards/model-cards.controller';
import { loggerOptions } from './logging';
import { DetectorMetrics, detectorMetricProviders } from './metrics/detector.metrics';
import { PredictionMetrics, predictionMetricProviders } from './metrics/prediction.metrics';
import { ResultCacheMetrics, resultCacheMetricProviders } from './metrics/result-cache.metrics';
import { createModelRepository, LoadModelsAtStart } from './models';

/** Where the workspace begins: relative paths of the configuration start here, wherever Thorax was started. */
export const WORKSPACE_ROOT = resolve(__dirname, '../../..');

const connectionsPerQueue = 4;

const httpControllers = [
  ClassicPredictController,
  PredictionsController,
  PredictionJobsController,
  ModelCardsController,
  GateRunsController,
];

const metricProviders: Provider[] = [
  ...predictionMetricProviders,
  PredictionMetrics,
  ...detectorMetricProviders,
  DetectorMetrics,
  ...resultCacheMetricProviders,
  ResultCacheMetrics,
];

const repositoryProviders: Provider[] = [PredictionRepository, PredictionJobRepository].map((repository) => ({
  provide: repository,
  useFactory: (database: DataSource) => new repository(database),
  inject: [DataSource],
}));

const workerProviders = [
  PredictBatchWhenJobIsQueued,
  RemoveImagesWhenNothingRefersToThem,
  RemoveArtifactsWhenNothingLeadsToThem,
  Housekeeping,
  HousekeepingSchedule,
];

/** What the face of MLflow keeps, for the others. */
const registryProviders: Provider[] = [
  { provide: ArtifactStore, useFactory: ({ artifacts }: MlflowFace) => artifacts, inject: [MlflowFace] },
  {
    provide: ModelVersionRepository,
    useFactory: ({ versions }: MlflowFace) => versions,
    inject: [MlflowFace],
  },
];

/** The whole application, put together for one configuration. */
@Module({})
export class ApplicationModule implements OnApplicationShutdown {
  constructor(
    private readonly models: ModelRepository,
    @Inject(ResultCache) private readonly cache: ResultCache | null,
    @Inject(Env) private readonly env: Env,
  ) {}

  static for(env: Env, databaseUrl: string): DynamicModule {
    const worker = env.THORAX_ROLES.includes('worker');
    const http = env.THORAX_ROLES.includes('http');
    const queueBackend = chooseQueueBackend({
      redisUrl: env.REDIS_URL,
      databaseUrl,
      maxConnections: connectionsPerQueue,
    });
    return {
      module: ApplicationModule,
      imports: [
        LoggerModule.forRoot(loggerOptions(env.LOG_LEVEL)),
        TypeOrmModule.forRoot({ ...dataSourceOptions(databaseUrl), retryAttempts: 3 }),
        BullModule.forRoot({ ...queueBackend }),
        BullModule.registerQueue({ name: HOUSEKEEPING_QUEUE }, { name: PREDICTION_JOB_QUEUE }),
        TerminusModule.forRoot({ logger: false }),
        PrometheusModule.register(),
      ],
      // Health is asked of every replica, whatever its roles.
      controllers: [...(http ? httpControllers : []), HealthController],
      providers: [
        { provide: Env, useValue: env },
        { provide: OBJECT_STORE, useFactory: () => new FolderObjectStore(join(env.home, 'objects')) },
        { provide: ResultCache, useFactory: () => createResultCache(env) },
        { provide: ModelRepository, useFactory: () => createModelRepository(env, WORKSPACE_ROOT) },
        LoadModelsAtStart,
        {
          provide: OpenInferenceFace,
          useFactory: (models: ModelRepository) => createOpenInferenceFace(env, models),
          inject: [ModelRepository],
        },
        OpenInferenceListener,
        GrpcListener,
        ...repositoryProviders,
        mlflowFaceProvider(env),
        ...registryProviders,
        promotionGateProvider(env),
        ...metricProviders,
        PredictionAnswers,
        PredictWhenStudyArrives,
        QueueBatchWhenItArrives,
        QueueTroubleLog,
        RecordWhenStudyIsPredicted,
        ShowImageWhenReaderAsks,
        ...(worker ? workerProviders : []),
      ],
    };
  }

  /** Runs when the HTTP server has answered its last request. */
  async onApplicationShutdown(): Promise<void> {
    await this.models.close(this.env.SHUTDOWN_GRACE_MS);
    await this.cache?.close();
  }
}

function createOpenInferenceFace(env: Env, models: ModelRepository): OpenInferenceFace {
  return new OpenInferenceFace({
    models,
    acceptUploads: env.OPEN_INFERENCE_UPLOADS === 'accept',
    maxBodyBytes: env.OPEN_INFERENCE_MAX_BODY_BYTES,
    acceptNonFinite: env.OPEN_INFERENCE_NON_FINITE === 'accept',
  });
}

/** Null when it is off. */
function createResultCache(env: Env): ResultCache | null {
  const { RESULT_CACHE, RESULT_CACHE_BYTES: maxBytes, RESULT_CACHE_TTL_HOURS, REDIS_URL } = env;
  if (RESULT_CACHE === 'off') return null;
  if (RESULT_CACHE === 'memory') return new ResultCache(new MemoryResultStore(maxBytes));
  const ttlMs = Math.round(RESULT_CACHE_TTL_HOURS * 3_600_000);
  return new ResultCache(new RedisResultStore({ url: REDIS_URL!, maxBytes, ttlMs }));
}

function mlflowFaceProvider(env: Env): Provider {
  return {
    provide: MlflowFace,
    useFactory: (database: DataSource, objects: ObjectStore) =>
      new MlflowFace({
        database,
        objects,
        maxArtifactBytes: env.MAX_ARTIFACT_BYTES,
        stageRules: {
          skips: env.REGISTRY_STAGE_SKIPS,
          inspection: env.REGISTRY_INSPECTION,
          gates: env.REGISTRY_GATES,
        },
        inspection: {
          maxFileBytes: env.MODEL_MAX_FILE_BYTES,
          signingKeysFolder: env.MODEL_SIGNING_KEYS && resolve(WORKSPACE_ROOT, env.MODEL_SIGNING_KEYS),
        },
        now: () => Date.now(),
      }),
    inject: [DataSource, OBJECT_STORE],
  };
}

/** A policy that cannot be followed ends the start. */
function promotionGateProvider(env: Env): Provider {
  return {
    provide: PromotionGate,
    useFactory: (database: DataSource, { versions }: MlflowFace) =>
      new PromotionGate({
        policy: readGatePolicy(readFileSync(resolve(WORKSPACE_ROOT, env.REGISTRY_GATE_POLICY), 'utf8')),
        versions,
        runs: new GateRunRepository(database),
        judge: judgeInThread(),
        host: describeHost(),
        now: () => Date.now(),
      }),
    inject: [DataSource, MlflowFace],
  };
}
