import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { InvalidParameterError, quoted, ResourceNotFoundError } from '../errors';
import { LoggedModel, LoggedModelStatus, NewLoggedModel } from '../models/logged-model.types';
import { assertModelName } from '../models/model.rules';
import { SearchSchema } from '../search/filter.compiler';
import { LOGGED_MODEL_VOCABULARY } from '../search/filter.vocabulary';
import { compileSearch, pageFrom, SearchRequest, SearchResult } from '../search/search.request';
import { assertKey, assertLength, assertTag, TRACKING_LIMITS } from '../tracking/tracking.rules';
import { KeyValue } from '../tracking/tracking.types';
import { idOf, lockExperiment, notActive } from './experiment.repository';
import { Database, keysAndValues, rowsOf } from './sql';

/** A dataset, in all its versions where no digest is given. */
export interface MeasuredDataset {
  readonly name: string;
  readonly digest?: string;
}

/** Logged models. Deleted ones are gone for every reader but `get` that asks for them. */
export class LoggedModelRepository {
  /** @param now milliseconds since 1970 */
  constructor(
    private readonly database: DataSource,
    private readonly now: () => number,
  ) {}

  async create(model: NewLoggedModel): Promise<LoggedModel> {
    const id = `m-${randomUUID().replaceAll('-', '')}`;
    const name = model.name || `model-${id.slice(2, 10)}`;
    assertModelName(name);
    assertParams(model.params);
    for (const tag of model.tags) assertTag(tag, TRACKING_LIMITS.runTagValueLength);
    return this.database.transaction(async (db) => {
      if ((await lockExperiment(db, model.experimentId, 'SHARE')) !== null)
        throw notActive(model.experimentId);
      await rowsOf(
        db,
        `INSERT INTO registry_logged_model (id, experiment_id, name, model_type, source_run_id, artifact_uri, status,
           created_at_ms, updated_at_ms)
         SELECT $1, e.id, $3, $4, $5, rtrim(e.artifact_location, '/') || '/models/' || $1::text || '/artifacts',
                'PENDING', $6, $6
         FROM tracking_experiment e WHERE e.id = $2`,
        [id, idOf(model.experimentId), name, model.modelType ?? '', model.sourceRunId ?? '', this.now()],
      );
      await write(db, 'param', id, model.params);
      await write(db, 'tag', id, model.tags);
      return (await read(db, [id]))[0];
    });
  }

  /** @throws ResourceNotFoundError */
  async get(id: string, { deletedToo = false } = {}): Promise<LoggedModel> {
    const [model] = await read(this.database, [id], deletedToo);
    if (!model) throw notFound(id);
    return model;
  }

  /** Says how its upload ended. @throws InvalidParameterError for a status that is no end */
  finalize(id: string, status: LoggedModelStatus): Promise<LoggedModel> {
    if (status === 'PENDING') {
      throw new InvalidParameterError('A model is finalised as READY or UPLOAD_FAILED, not as PENDING.');
    }
    return this.change(id, async (db) => {
      await rowsOf(db, 'UPDATE registry_logged_model SET status = $2 WHERE id = $1', [id, status]);
    });
  }

  /** Adds params; one that is there already keeps its value, and a different one is refused. */
  async logParams(id: string, params: readonly KeyValue[]): Promise<void> {
    assertParams(params);
    await this.change(id, (db) => write(db, 'param', id, params));
  }

  setTags(id: string, tags: readonly KeyValue[]): Promise<LoggedModel> {
    for (const tag of tags) assertTag(tag, TRACKING_LIMITS.runTagValueLength);
    return this.change(id, (db) => write(db, 'tag', id, tags));
  }

  /** @throws ResourceNotFoundError where there is no such tag */
  async deleteTag(id: string, key: string): Promise<void> {
    await this.change(id, async (db) => {
      const deleted = await rowsOf(
        db,
        'DELETE FROM registry_logged_model_tag WHERE model_id = $1 AND key = $2 RETURNING key',
        [id, key],
      );
      if (deleted.length === 0) throw new ResourceNotFoundError(`tag ${quoted(key)} of logged model ${id}`);
    });
  }

  async delete(id: string): Promise<void> {
    const deleted = await rowsOf(
      this.database,
      'UPDATE registry_logged_model SET deleted_at_ms = $2 WHERE id = $1 AND deleted_at_ms IS NULL RETURNING id',
      [id, this.now()],
    );
    if (deleted.length === 0) throw notFound(id);
  }

  /**
   * Models of these experiments, newest first, unless an order is given.
   *
   * @param datasets where there are any, only metrics that were measured on one of them count
   * @throws InvalidParameterError
   */
  async search(
    experimentIds: readonly string[],
    datasets: readonly MeasuredDataset[],
    request: SearchRequest,
  ): Promise<SearchResult<LoggedModel>> {
    const first = [experimentIds.map(idOf), JSON.stringify(datasets)];
    const search = compileSearch(
      request,
      LOGGED_MODEL_VOCABULARY,
      schema,
      first,
      'm.created_at_ms DESC, m.id',
    );
    const found = await rowsOf<{ id: string }>(
      this.database,
      `SELECT m.id FROM registry_logged_model m
       WHERE m.deleted_at_ms IS NULL AND m.experiment_id = ANY($1::bigint[])
         AND $2::jsonb IS NOT NULL AND ${search.condition}
       ${search.orderBy} ${search.limit}`,
      search.values,
    );
    const { items, more } = pageFrom(found, request.page);
    const ids = items.map(({ id }) => id);
    return { items: await read(this.database, ids), more };
  }

  private change(id: string, change: (db: Database) => Promise<void>): Promise<LoggedModel> {
    return this.database.transaction(async (db) => {
      const [locked] = await rowsOf(
        db,
        `UPDATE registry_logged_model SET updated_at_ms = $2 WHERE id = $1 AND deleted_at_ms IS NULL RETURNING id`,
        [id, this.now()],
      );
      if (!locked) throw notFound(id);
      await change(db);
      return (await read(db, [id]))[0];
    });
  }
}

function notFound(id: string): ResourceNotFoundError {
  return new ResourceNotFoundError(`logged model ${quoted(id)}`);
}

function assertParams(params: readonly KeyValue[]): void {
  for (const { key, value } of params) {
    assertKey('param', key);
    assertLength(`The value of param ${quoted(key)}`, value, TRACKING_LIMITS.paramValueLength);
  }
}

async function write(
  db: Database,
  kind: 'param' | 'tag',
  id: string,
  pairs: readonly KeyValue[],
): Promise<void> {
  const last = [...new Map(pairs.map((pair) => [pair.key, pair])).values()];
  const standing = kind === 'tag' ? 'DO UPDATE SET value = EXCLUDED.value' : 'DO NOTHING';
  await rowsOf(
    db,
    `INSERT INTO registry_logged_model_${kind} (model_id, key, value)
     SELECT $1, key, value FROM unnest($2::text[], $3::text[]) AS pair (key, value) ORDER BY key
     ON CONFLICT (model_id, key) ${standing}`,
    [id, ...keysAndValues(last)],
  );
  if (kind === 'tag') return;
  const [changed] = await rowsOf<{ key: string }>(
    db,
    `SELECT pair.key FROM unnest($2::text[], $3::text[]) AS pair (key, value)
     JOIN registry_logged_model_param p ON p.model_id = $1 AND p.key = pair.key COLLATE "C"
     WHERE p.value <> pair.value COLLATE "C" LIMIT 1`,
    [id, ...keysAndValues(last)],
  );
  if (changed)
    throw new InvalidParameterError(`The param ${quoted(changed.key)} of ${id} has another value already.`);
}

/** These models in this order; ids of none are left out. */
function read(db: Database, ids: readonly string[], deletedToo = false): Promise<LoggedModel[]> {
  const pairs = (kind: 'param' | 'tag') =>
    `coalesce((SELECT jsonb_agg(jsonb_build_object('key', k.key, 'value', k.value) ORDER BY k.key)
      FROM registry_logged_model_${kind} k WHERE k.model_id = m.id), '[]')`;
  return rowsOf<LoggedModel>(
    db,
    `SELECT m.id, m.experiment_id::text AS "experimentId", m.name, m.model_type AS "modelType",
            m.source_run_id AS "sourceRunId", m.artifact_uri AS "artifactUri", m.status,
            m.created_at_ms::float8 AS "createdAtMs", m.updated_at_ms::float8 AS "updatedAtMs",
            ${pairs('param')} AS params, ${pairs('tag')} AS tags,
            coalesce((SELECT jsonb_agg(jsonb_build_object('key', k.key, 'value', CASE WHEN k.value IN ('NaN', 'Infinity', '-Infinity')
                          THEN to_jsonb(k.value::text) ELSE to_jsonb(k.value) END,
                        'timestampMs', k.timestamp_ms, 'step', k.step, 'modelId', k.model_id, 'runId', k.run_id,
                        'datasetName', k.dataset_name, 'datasetDigest', k.dataset_digest)
                        ORDER BY k.key, k.step, k.timestamp_ms)
                      FROM registry_logged_model_metric k WHERE k.model_id = m.id), '[]') AS metrics
     FROM unnest($1::text[]) WITH ORDINALITY AS wanted (id, position)
     JOIN registry_logged_model m ON m.id = wanted.id COLLATE "C"
     WHERE $2 OR m.deleted_at_ms IS NULL ORDER BY wanted.position`,
    [ids, deletedToo],
  ).then((models) => models.map(withNumbers));
}

/** JSON has no NaN: such values come as texts. */
function withNumbers(model: LoggedModel): LoggedModel {
  return { ...model, metrics: model.metrics.map((metric) => ({ ...metric, value: Number(metric.value) })) };
}

const ofModel = 'k.model_id = m.id';

const schema: SearchSchema = {
  columns: {
    name: 'm.name',
    model_id: 'm.id',
    model_type: 'm.model_type',
    status: 'm.status',
    source_run_id: 'm.source_run_id',
    creation_timestamp: 'm.created_at_ms',
    last_updated_timestamp: 'm.updated_at_ms',
  },
  param: { from: 'registry_logged_model_param k', where: ofModel },
  tag: { from: 'registry_logged_model_tag k', where: ofModel },
  metric: {
    from: 'registry_logged_model_metric k',
    where: `${ofModel} AND ($2::jsonb = '[]' OR EXISTS (
      SELECT 1 FROM jsonb_to_recordset($2::jsonb) AS measured (name text, digest text)
      WHERE measured.name = k.dataset_name AND coalesce(measured.digest, k.dataset_digest) = k.dataset_digest))`,
    first: 'timestamp_ms DESC, step DESC',
  },
};
