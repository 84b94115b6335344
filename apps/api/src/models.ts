import { Inject, Injectable, Logger, OnApplicationBootstrap } from '@nestjs/common';
import { FolderModelCatalogue, ModelRepository, ModelVersionSource, PrimarySource } from '@thorax/inference';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { Env } from './config/env';

/** The models of this process for one configuration. `root` is where relative paths start. */
export function createModelRepository(env: Env, root: string): ModelRepository {
  const cores = availableParallelism();
  const { MODEL_REPOSITORY: folder, MAX_WORKERS: workers } = env;
  const intraOpThreads = env.INTRA_OP_THREADS ?? Math.max(1, Math.floor(cores / workers));
  return new ModelRepository({
    primary: {
      modelPath: resolve(root, env.MODEL_PATH),
      ...remoteModelOf(env, root),
      plan: { workers, intraOpThreads },
    },
    detector: {
      ...(env.MODEL_PREPARATION === 'on' && { preparedFolder: join(env.home, 'prepared-models') }),
      device: env.DEVICE,
      isolation: env.DETECTOR_ISOLATION,
      keepsMemory: env.MODEL_RUN_MEMORY === 'keep',
      maxBatchSize: env.BATCH_SIZE,
      maxQueueSize: env.INFERENCE_QUEUE_LENGTH,
      maxHeldBytes: env.MAX_HELD_IMAGE_BYTES,
      requestTimeoutMs: env.INFERENCE_TIMEOUT_MS,
      // Half of it, so that there is time left for the one retry elsewhere.
      stallTimeoutMs: env.INFERENCE_TIMEOUT_MS / 2,
      rules: {
        limits: { maxPixels: env.MAX_IMAGE_PIXELS, maxBytes: env.MAX_IMAGE_BYTES },
        projection: { minPatientAgeYears: env.MIN_PATIENT_AGE_YEARS },
      },
    },
    ...(folder && {
      catalogue: new FolderModelCatalogue(resolve(root, folder), { maxFileBytes: env.MODEL_MAX_FILE_BYTES }),
    }),
    cores,
    memoryBudgetBytes: env.MODEL_MEMORY_BUDGET_BYTES!,
    unloadGraceMs: env.INFERENCE_TIMEOUT_MS,
  });
}

/** What makes the primary run on other servers; nothing without MODEL_ENDPOINTS. */
function remoteModelOf(env: Env, root: string): Pick<PrimarySource, 'remote' | 'configPath'> {
  const {
    MODEL_ENDPOINTS: endpoints,
    MODEL_REMOTE_NAME: modelName,
    MODEL_REMOTE_VERSION: modelVersion,
  } = env;
  if (!endpoints || modelName === undefined) return {};
  const configPath = env.MODEL_REMOTE_CONFIG_PATH;
  return {
    // A run that outlasts its worker's patience would end with the worker.
    remote: {
      endpoints,
      modelName,
      modelVersion,
      timeoutMs: Math.min(env.MODEL_REMOTE_TIMEOUT_MS, (env.INFERENCE_TIMEOUT_MS / 2) * 0.9),
    },
    ...(configPath !== undefined && { configPath: resolve(root, configPath) }),
  };
}

/** Loads what MODEL_REPOSITORY_LOAD names, in the background; what cannot be loaded is logged and listed. */
@Injectable()
export class LoadModelsAtStart implements OnApplicationBootstrap {
  private readonly logger = new Logger('Models');

  constructor(
    private readonly models: ModelRepository,
    @Inject(Env) private readonly env: Env,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.models.refresh();
    void this.loadAll();
  }

  private async loadAll(): Promise<void> {
    for (const [name, version] of this.wanted()) {
      await this.load(name, version).catch((error: Error) => this.logger.warn(error.message));
    }
  }

  private wanted(): (readonly [name: string, version?: string])[] {
    const { MODEL_REPOSITORY_LOAD: wanted } = this.env;
    if (wanted.includes('none')) return [];
    if (!wanted.includes('all')) return wanted.map((entry) => entry.split(':') as [string, string?]);
    // Of the primary's name too: other versions of it.
    return [...new Set(this.models.found.map(({ name }) => name))].map((name) => [name]);
  }

  private async load(name: string, version?: string): Promise<void> {
    const policy = version === undefined ? undefined : { kind: 'specific' as const, versions: [version] };
    const sources: readonly ModelVersionSource[] = await this.models.find(name, policy);
    for (const source of sources) await this.models.load(source);
  }
}
