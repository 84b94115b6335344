import { InvalidParameterError, quoted, ResourceNotFoundError } from '../errors';
import { KeyValue } from '../tracking/tracking.types';
import { Database, keysAndValues, rowsOf } from './sql';

/** MLflow keeps a run's name in this tag as well. */
export const RUN_NAME_TAG = 'mlflow.runName';

/**
 * Locks a run that takes changes against being deleted meanwhile; resolves with its experiment.
 * @throws ResourceNotFoundError, InvalidParameterError
 */
export async function lockActiveRun(db: Database, id: string): Promise<{ experimentId: string }> {
  const [row] = await rowsOf<{ experimentId: string; deleted: boolean }>(
    db,
    `SELECT experiment_id::text AS "experimentId", deleted_at_ms IS NOT NULL AS deleted
     FROM tracking_run WHERE id = $1 FOR SHARE`,
    [id],
  );
  if (!row) throw new ResourceNotFoundError(`run ${quoted(id)}`);
  if (row.deleted) {
    throw new InvalidParameterError(
      `The run ${id} must be in the 'active' state; it is 'deleted'.`,
      'Restore it first.',
    );
  }
  return row;
}

/** Columns of both metric tables, under the alias `m`, as {@link Metric} has them. */
export const metricColumns = `m.key, m.value, m.timestamp_ms::float8 AS "timestampMs", m.step::float8 AS step,
  m.model_id AS "modelId", m.dataset_name AS "datasetName", m.dataset_digest AS "datasetDigest"`;

/** Sets tags; the name tag names the run. Among several of one key the last counts. */
export async function writeRunTags(db: Database, runId: string, tags: readonly KeyValue[]): Promise<void> {
  const byKey = new Map(tags.map((tag) => [tag.key, tag]));
  await rowsOf(
    db,
    `INSERT INTO tracking_run_tag (run_id, key, value)
     SELECT $1, key, value FROM unnest($2::text[], $3::text[]) AS tag (key, value) ORDER BY key
     ON CONFLICT (run_id, key) DO UPDATE SET value = EXCLUDED.value`,
    [runId, ...keysAndValues([...byKey.values()])],
  );
  const name = byKey.get(RUN_NAME_TAG)?.value;
  if (name) await rowsOf(db, 'UPDATE tracking_run SET name = $2 WHERE id = $1', [runId, name]);
}
