import { quoted, ResourceNotFoundError } from '../errors';
import { ModelVersion, RegisteredModel } from '../models/registered-model.types';
import { Database, rowsOf } from './sql';

/** A registered model while it is locked. */
export interface LockedModel {
  readonly id: string;
  /** Counts the transitions of all its versions. */
  readonly stageRevision: number;
}

/** Locks a model: changes of it and of its versions wait for each other. @throws ResourceNotFoundError */
export async function lockModel(db: Database, name: string): Promise<LockedModel> {
  const [model] = await rowsOf<LockedModel>(
    db,
    `SELECT id::text, stage_revision AS "stageRevision" FROM registry_model
     WHERE name = $1 AND deleted_at_ms IS NULL FOR UPDATE`,
    [name],
  );
  if (!model) throw new ResourceNotFoundError(`registered model named ${quoted(name)}`);
  return model;
}

/** @throws ResourceNotFoundError */
export async function requireVersion(db: Database, id: string, name: string, version: number): Promise<void> {
  const [row] = await rowsOf(
    db,
    'SELECT 1 FROM registry_model_version WHERE registered_id = $1 AND version = $2 AND deleted_at_ms IS NULL',
    [id, version],
  );
  if (!row) throw noVersion(name, version);
}

export function noVersion(name: string, version: number): ResourceNotFoundError {
  return new ResourceNotFoundError(`version ${version} of the registered model ${quoted(name)}`);
}

/**
 * Versions that are not deleted. `condition` (and what may follow it) is SQL of ours on `registry_model_version v`
 * and `registry_model m`; values come in `parameters`.
 */
export function selectVersions(
  db: Database,
  condition: string,
  parameters: readonly unknown[],
): Promise<ModelVersion[]> {
  return rowsOf<ModelVersion>(
    db,
    `SELECT m.name, v.version, v.description, v.source, v.storage_location AS "storageLocation",
            v.run_id AS "runId", v.run_link AS "runLink", v.logged_model_id AS "loggedModelId", v.contents, v.inspection,
            v.stage, v.revision, v.created_at_ms::float8 AS "createdAtMs", v.updated_at_ms::float8 AS "updatedAtMs",
            coalesce((SELECT jsonb_agg(jsonb_build_object('key', t.key, 'value', t.value) ORDER BY t.key)
                      FROM registry_model_version_tag t
                      WHERE t.registered_id = v.registered_id AND t.version = v.version), '[]') AS tags,
            coalesce((SELECT jsonb_agg(a.alias ORDER BY a.alias) FROM registry_model_alias a
                      WHERE a.registered_id = v.registered_id AND a.version = v.version), '[]') AS aliases
     FROM registry_model_version v JOIN registry_model m ON m.id = v.registered_id
     WHERE m.deleted_at_ms IS NULL AND v.deleted_at_ms IS NULL AND ${condition}`,
    parameters,
  );
}

/** Models that are not deleted; `condition` as in {@link selectVersions}, on `registry_model m`. */
export async function selectModels(
  db: Database,
  condition: string,
  parameters: readonly unknown[],
): Promise<RegisteredModel[]> {
  const models = await rowsOf<RegisteredModel & { id: string }>(
    db,
    `SELECT m.id::text, m.name, m.description, m.created_at_ms::float8 AS "createdAtMs",
            m.updated_at_ms::float8 AS "updatedAtMs",
            coalesce((SELECT jsonb_agg(jsonb_build_object('key', t.key, 'value', t.value) ORDER BY t.key)
                      FROM registry_model_tag t WHERE t.registered_id = m.id), '[]') AS tags,
            coalesce((SELECT jsonb_agg(jsonb_build_object('alias', a.alias, 'version', a.version) ORDER BY a.alias)
                      FROM registry_model_alias a WHERE a.registered_id = m.id), '[]') AS aliases
     FROM registry_model m WHERE m.deleted_at_ms IS NULL AND ${condition}`,
    parameters,
  );
  const latest = await selectVersions(
    db,
    `m.id = ANY($1::bigint[]) AND v.version = (
       SELECT max(o.version) FROM registry_model_version o
       WHERE o.registered_id = v.registered_id AND o.stage = v.stage AND o.deleted_at_ms IS NULL)
     ORDER BY v.version`,
    [models.map(({ id }) => id)],
  );
  return models.map(({ id: _, ...model }) => ({
    ...model,
    latestVersions: latest.filter(({ name }) => name === model.name),
  }));
}
