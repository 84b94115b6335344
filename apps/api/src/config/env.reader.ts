import { profileOf, SERVING_PROFILES } from '@thorax/inference';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { availableParallelism, totalmem } from 'node:os';
import { Env } from './env';

/** One entry for each variable that is wrong. */
export class InvalidEnvironmentError extends Error {
  readonly code = 'INVALID_ENVIRONMENT';

  constructor(readonly problems: readonly string[]) {
    super(`The environment is not valid:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'InvalidEnvironmentError';
  }
}

/** Reads and validates the configuration. @throws InvalidEnvironmentError naming every wrong variable */
export function readEnv(source: Readonly<Record<string, string | undefined>>): Env {
  const known = Object.keys(new Env());
  const optional = [
    'DATABASE_URL', 'REDIS_URL', 'BATCH_SIZE', 'OPEN_INFERENCE_PORT', 'OPEN_INFERENCE_GRPC_PORT', 'INTRA_OP_THREADS',
    'MODEL_REPOSITORY', 'MODEL_MEMORY_BUDGET_BYTES', 'MODEL_ENDPOINTS', 'MODEL_REMOTE_NAME', 'MODEL_REMOTE_VERSION',
    'MODEL_REMOTE_CONFIG_PATH', 'MODEL_SIGNING_KEYS',
  ]; // prettier-ignore
  const given = Object.fromEntries(
    [...known, ...optional].filter((name) => source[name]).map((name) => [name, source[name]]),
  );
  const env = plainToInstance(Env, { ...profileDefaults(given), ...given }, { exposeDefaultValues: true });
  const problems = validateSync(env).map(
    ({ property, constraints }) => `${property}: ${Object.values(constraints ?? {}).join(', ')}`,
  );
  if (env.RESULT_CACHE === 'redis' && !env.REDIS_URL)
    problems.push('RESULT_CACHE: redis needs REDIS_URL, which is not set');
  if (problems.length > 0) throw new InvalidEnvironmentError(problems);
  return env;
}

/** What the profile stands for, where there is one by that name. */
function profileDefaults(given: Readonly<Record<string, string | undefined>>): Record<string, unknown> {
  const profile = SERVING_PROFILES.find((name) => name === given['INFERENCE_PROFILE']) ?? 'throughput';
  const memory = Math.min(totalmem(), process.constrainedMemory() || Infinity);
  const settings = profileOf(profile, availableParallelism(), memory);
  return {
    MAX_WORKERS: settings.workers,
    // Fewer workers than the profile's share the cores, as ever.
    ...(given['MAX_WORKERS'] === undefined && { INTRA_OP_THREADS: settings.intraOpThreads }),
    INFERENCE_QUEUE_LENGTH: settings.maxQueueSize,
    MAX_HELD_IMAGE_BYTES: settings.maxHeldBytes,
    MODEL_RUN_MEMORY: settings.keepsMemory ? 'keep' : 'return',
    MODEL_MEMORY_BUDGET_BYTES: settings.memoryBudgetBytes,
  };
}
