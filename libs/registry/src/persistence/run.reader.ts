import { DatasetInput, KeyValue, Metric, Run, RunInfo, RunModel } from '../tracking/tracking.types';
import { metricColumns } from './run.row';
import { Database, rowsOf } from './sql';

type OfRun<T> = T & { readonly runId: string };

/** These runs with all that was logged to them, in this order; ids of none are left out. */
export async function readRuns(db: Database, ids: readonly string[]): Promise<Run[]> {
  const infos = await rowsOf<RunInfo>(db, `SELECT ${infoColumns} FROM tracking_run r WHERE id = ANY($1)`, [
    ids,
  ]);
  const byId = new Map(infos.map((info) => [info.id, info]));
  const logged = async <T>(sql: string) => grouped(await rowsOf<OfRun<T>>(db, sql, [ids]));
  const params = await logged<KeyValue>(pairs('tracking_param'));
  const tags = await logged<KeyValue>(pairs('tracking_run_tag'));
  const metrics = await logged<Metric>(
    `SELECT m.run_id AS "runId", ${metricColumns} FROM tracking_latest_metric m WHERE run_id = ANY($1) ORDER BY key`,
  );
  const datasets = await logged<DatasetInput>(datasetInputs);
  const models = await logged<RunModel & { direction: string }>(
    `SELECT run_id AS "runId", direction, model_id AS "modelId", step::float8 AS step
     FROM tracking_run_model WHERE run_id = ANY($1) ORDER BY step, model_id`,
  );
  return ids.flatMap((id) => {
    const info = byId.get(id);
    if (!info) return [];
    return {
      info,
      metrics: metrics(id),
      params: params(id),
      tags: tags(id),
      datasetInputs: datasets(id),
      modelInputs: models(id).filter(({ direction }) => direction === 'input'),
      modelOutputs: models(id).filter(({ direction }) => direction === 'output'),
    };
  });
}

const infoColumns = `r.id, r.name, r.experiment_id::text AS "experimentId", r.user_id AS "userId", r.status,
  r.start_time_ms::float8 AS "startTimeMs", r.end_time_ms::float8 AS "endTimeMs", r.artifact_uri AS "artifactUri",
  CASE WHEN r.deleted_at_ms IS NULL THEN 'active' ELSE 'deleted' END AS "lifecycleStage"`;

const pairs = (table: 'tracking_param' | 'tracking_run_tag') =>
  `SELECT run_id AS "runId", key, value FROM ${table} WHERE run_id = ANY($1) ORDER BY key`;

const datasetInputs = `
  SELECT i.run_id AS "runId", i.tags,
         jsonb_strip_nulls(jsonb_build_object('name', d.name, 'digest', d.digest, 'sourceType', d.source_type,
           'source', d.source, 'schema', d.schema, 'profile', d.profile)) AS dataset
  FROM tracking_run_dataset i JOIN tracking_dataset d ON d.id = i.dataset_id
  WHERE i.run_id = ANY($1) ORDER BY d.id`;

function grouped<T>(rows: readonly OfRun<T>[]): (runId: string) => T[] {
  const byRun = new Map<string, T[]>();
  for (const row of rows) {
    const standing = byRun.get(row.runId);
    if (standing) standing.push(row);
    else byRun.set(row.runId, [row]);
  }
  return (runId) => byRun.get(runId) ?? [];
}
