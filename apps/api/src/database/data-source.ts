import { PredictionEntity, PredictionJobEntity, PredictionJobItemEntity } from '@thorax/inference';
import { parse } from 'pg-connection-string';
import { DataSource, DataSourceOptions } from 'typeorm';
import { Predictions1764000000000 } from './migrations/1764000000000-predictions';
import { PredictionJobs1764000100000 } from './migrations/1764000100000-prediction-jobs';
import { ExperimentTracking1764000300000 } from './migrations/1764000300000-experiment-tracking';
import { Artifacts1764000400000 } from './migrations/1764000400000-artifacts';
import { LoggedModels1764000500000 } from './migrations/1764000500000-logged-models';
import { ModelRegistry1764000600000 } from './migrations/1764000600000-model-registry';
import { GateRuns1764000700000 } from './migrations/1764000700000-gate-runs';
import { ModelInspection1764000800000 } from './migrations/1764000800000-model-inspection';
import { Rollouts1764000900000 } from './migrations/1764000900000-rollouts';

/** Any number that no other program on the same database uses for its advisory locks. */
const migrationLock = 7_302_114_001;

/**
 * Options of the one database connection of the application. The URL may name a Unix socket
 * (`?host=/folder`), which TypeORM's own URL parser does not know.
 */
export function dataSourceOptions(databaseUrl: string): DataSourceOptions {
  const { host, port, user, password, database, ssl } = parse(databaseUrl);
  return {
    type: 'postgres',
    host: host ?? undefined,
    port: port ? Number(port) : undefined,
    username: user,
    password,
    database: database ?? undefined,
    ssl: ssl ? {} : undefined,
    entities: [PredictionEntity, PredictionJobEntity, PredictionJobItemEntity],
    migrations: [
      Predictions1764000000000,
      PredictionJobs1764000100000,
      ExperimentTracking1764000300000,
      Artifacts1764000400000,
      LoggedModels1764000500000,
      ModelRegistry1764000600000,
      GateRuns1764000700000,
      ModelInspection1764000800000,
      Rollouts1764000900000,
    ],
    migrationsTransactionMode: 'each',
  };
}

/** Brings the schema up to date. Replicas that start together wait for one another here. */
export async function migrate(databaseUrl: string): Promise<void> {
  const dataSource = await new DataSource(dataSourceOptions(databaseUrl)).initialize();
  const lock = dataSource.createQueryRunner();
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [migrationLock]);
    await dataSource.runMigrations();
  } finally {
    await lock.query('SELECT pg_advisory_unlock_all()');
    await lock.release();
    await dataSource.destroy();
  }
}
