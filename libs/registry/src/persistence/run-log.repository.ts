import { DataSource } from 'typeorm';
import { InvalidParameterError, quoted, ResourceNotFoundError } from '../errors';
import { latestMetrics } from '../tracking/latest-metrics';
import { assertBatch, assertDatasetInputs } from '../tracking/tracking.rules';
import { DatasetInput, KeyValue, LogBatch, Metric, RunModel } from '../tracking/tracking.types';
import { lockActiveRun, metricColumns, writeRunTags } from './run.row';
import { columnsOf, Database, keysAndValues, rowsOf } from './sql';

/** A page of a metric's points. */
export interface MetricPage {
  readonly metrics: readonly Metric[];
  readonly more: boolean;
}

/**
 * What is logged to runs. Every request is logged whole or not at all, and logging it again changes nothing.
 * Deleted runs take none.
 */
export class RunLogRepository {
  constructor(private readonly database: DataSource) {}

  /**
   * @throws InvalidParameterError for a broken rule, or a param that has another value already: params do
   * not change
   */
  async log(runId: string, batch: LogBatch): Promise<void> {
    assertBatch(batch);
    await this.database.transaction(async (db) => {
      await lockActiveRun(db, runId);
      await writeParams(db, runId, batch.params);
      await writeMetrics(db, runId, batch.metrics);
      await writeRunTags(db, runId, batch.tags);
    });
  }

  /** @throws ResourceNotFoundError where there is no such tag */
  async deleteTag(runId: string, key: string): Promise<void> {
    await this.database.transaction(async (db) => {
      await lockActiveRun(db, runId);
      const deleted = await rowsOf(
        db,
        'DELETE FROM tracking_run_tag WHERE run_id = $1 AND key = $2 RETURNING key',
        [runId, key],
      );
      if (deleted.length === 0) throw new ResourceNotFoundError(`tag ${quoted(key)} of run ${runId}`);
    });
  }

  /** All points of a metric by timestamp, step and value, from `offset` on. */
  async history(runId: string, key: string, offset: number, limit: number): Promise<MetricPage> {
    const [run] = await rowsOf(this.database, 'SELECT 1 FROM tracking_run WHERE id = $1', [runId]);
    if (!run) throw new ResourceNotFoundError(`run ${quoted(runId)}`);
    const metrics = await rowsOf<Metric>(
      this.database,
      `SELECT ${metricColumns} FROM tracking_metric m WHERE run_id = $1 AND key = $2
       ORDER BY timestamp_ms, step, value OFFSET $3 LIMIT $4`,
      [runId, key, offset, limit + 1],
    );
    return { metrics: metrics.slice(0, limit), more: metrics.length > limit };
  }

  /** Records what a run read: datasets, and logged models. */
  async logInputs(
    runId: string,
    datasets: readonly DatasetInput[],
    models: readonly RunModel[],
  ): Promise<void> {
    assertDatasetInputs(datasets);
    await this.database.transaction(async (db) => {
      const { experimentId } = await lockActiveRun(db, runId);
      for (const input of datasets) await writeDataset(db, runId, experimentId, input);
      await writeModels(db, runId, 'input', models);
    });
  }

  /** Records which logged models a run wrote. */
  async logOutputs(runId: string, models: readonly RunModel[]): Promise<void> {
    await this.database.transaction(async (db) => {
      await lockActiveRun(db, runId);
      await writeModels(db, runId, 'output', models);
    });
  }
}

async function writeParams(db: Database, runId: string, params: readonly KeyValue[]): Promise<void> {
  if (params.length === 0) return;
  const values = [runId, ...keysAndValues(refuseContradictions(params))];
  await rowsOf(
    db,
    `INSERT INTO tracking_param (run_id, key, value)
     SELECT $1, key, value FROM unnest($2::text[], $3::text[]) AS param (key, value) ORDER BY key
     ON CONFLICT (run_id, key) DO NOTHING`,
    values,
  );
  const [changed] = await rowsOf<KeyValue & { standing: string }>(
    db,
    `SELECT param.key, param.value, standing.value AS standing
     FROM unnest($2::text[], $3::text[]) AS param (key, value)
     JOIN tracking_param standing ON standing.run_id = $1 AND standing.key = param.key COLLATE "C"
     WHERE standing.value <> param.value COLLATE "C" LIMIT 1`,
    values,
  );
  if (changed) throw paramChanged(runId, changed.key, changed.standing, changed.value);
}

function refuseContradictions(params: readonly KeyValue[]): KeyValue[] {
  const byKey = new Map<string, KeyValue>();
  for (const param of params) {
    const standing = byKey.get(param.key);
    if (standing) {
      throw new InvalidParameterError(
        `Duplicate parameter keys have been submitted: ${quoted(param.key)}.`,
        'Send one value for each key.',
      );
    }
    byKey.set(param.key, param);
  }
  return [...byKey.values()];
}

function paramChanged(runId: string, key: string, from: string, to: string): InvalidParameterError {
  return new InvalidParameterError(
    `Changing param values is not allowed: param ${quoted(key)} of run ${runId} has the value ${quoted(from)}, ` +
      `and ${quoted(to)} came.`,
    'Begin a new run for other params.',
  );
}

async function writeMetrics(db: Database, runId: string, metrics: readonly Metric[]): Promise<void> {
  if (metrics.length === 0) return;
  // Keys in one order everywhere: two batches of one run wait for each other instead of both giving up.
  await rowsOf(
    db,
    `INSERT INTO tracking_metric (run_id, ${pointColumns}) SELECT $1, ${pointColumns} FROM ${points}
     ORDER BY key, step, timestamp_ms, value ON CONFLICT DO NOTHING`,
    [runId, ...pointValues(metrics)],
  );
  await rowsOf(
    db,
    `INSERT INTO tracking_latest_metric AS latest (run_id, ${pointColumns})
     SELECT $1, ${pointColumns} FROM ${points} ORDER BY key
     ON CONFLICT (run_id, key) DO UPDATE SET
       step = EXCLUDED.step, timestamp_ms = EXCLUDED.timestamp_ms, value = EXCLUDED.value,
       model_id = EXCLUDED.model_id, dataset_name = EXCLUDED.dataset_name,
       dataset_digest = EXCLUDED.dataset_digest
     WHERE (EXCLUDED.step, EXCLUDED.timestamp_ms, EXCLUDED.value) > (latest.step, latest.timestamp_ms, latest.value)`,
    [runId, ...pointValues(latestMetrics(metrics))],
  );
  const ofModels = metrics.filter(({ modelId }) => modelId);
  if (ofModels.length === 0) return;
  await rowsOf(
    db,
    `INSERT INTO registry_logged_model_metric (model_id, run_id, key, step, timestamp_ms, value, dataset_name, dataset_digest)
     SELECT model.id, $1, key, step, timestamp_ms, value, coalesce(dataset_name, ''), coalesce(dataset_digest, '')
     FROM ${points} JOIN registry_logged_model model ON model.id = point.model_id COLLATE "C"
     ORDER BY 1, key, step, timestamp_ms, value ON CONFLICT DO NOTHING`,
    [runId, ...pointValues(ofModels)],
  );
}

const pointColumns = 'key, step, timestamp_ms, value, model_id, dataset_name, dataset_digest';
const points = `unnest($2::text[], $3::bigint[], $4::bigint[], $5::float8[], $6::text[], $7::text[], $8::text[])
  AS point (${pointColumns})`;

function pointValues(metrics: readonly Metric[]): unknown[][] {
  return columnsOf(
    metrics,
    ({ key }) => key,
    ({ step }) => step,
    ({ timestampMs }) => timestampMs,
    // node-postgres writes numbers in arrays as JSON would, which has no NaN.
    ({ value }) => String(value),
    ({ modelId }) => modelId ?? null,
    ({ datasetName }) => datasetName ?? null,
    ({ datasetDigest }) => datasetDigest ?? null,
  );
}

async function writeDataset(
  db: Database,
  runId: string,
  experimentId: string,
  { dataset, tags }: DatasetInput,
): Promise<void> {
  const { name, digest, sourceType, source, schema, profile } = dataset;
  await rowsOf(
    db,
    `INSERT INTO tracking_dataset (experiment_id, name, digest, source_type, source, schema, profile)
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (experiment_id, name, digest) DO NOTHING`,
    [experimentId, name, digest, sourceType, source, schema ?? null, profile ?? null],
  );
  await rowsOf(
    db,
    `INSERT INTO tracking_run_dataset (run_id, dataset_id, tags)
     SELECT $1, id, $5::jsonb FROM tracking_dataset WHERE experiment_id = $2 AND name = $3 AND digest = $4
     ON CONFLICT (run_id, dataset_id) DO NOTHING`,
    [runId, experimentId, name, digest, JSON.stringify(tags)],
  );
}

async function writeModels(
  db: Database,
  runId: string,
  direction: 'input' | 'output',
  models: readonly RunModel[],
): Promise<void> {
  await rowsOf(
    db,
    `INSERT INTO tracking_run_model (run_id, direction, model_id, step)
     SELECT $1, $2, model_id, step FROM unnest($3::text[], $4::bigint[]) AS model (model_id, step)
     ON CONFLICT DO NOTHING`,
    [
      runId,
      direction,
      ...columnsOf(
        models,
        ({ modelId }) => modelId,
        ({ step }) => step,
      ),
    ],
  );
}
