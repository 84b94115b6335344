import { DataSource } from 'typeorm';
import { InvalidParameterError, quoted, ResourceExistsError, ResourceNotFoundError } from '../errors';
import {
  assertArtifactLocation,
  assertExperimentName,
  assertTag,
  TRACKING_LIMITS,
} from '../tracking/tracking.rules';
import { Experiment, KeyValue } from '../tracking/tracking.types';
import { Database, isUniqueViolation, keysAndValues, rowsOf } from './sql';

export interface NewExperiment {
  readonly name: string;
  /** Default: this installation's own artifact store. */
  readonly artifactLocation?: string;
  readonly tags?: readonly KeyValue[];
}

/** Experiments and their tags. */
export class ExperimentRepository {
  /** @param now milliseconds since 1970 */
  constructor(
    private readonly database: DataSource,
    private readonly now: () => number,
  ) {}

  /** Resolves with the id. @throws InvalidParameterError, ResourceExistsError */
  async create({ name, artifactLocation, tags = [] }: NewExperiment): Promise<string> {
    assertExperimentName(name);
    if (artifactLocation) assertArtifactLocation(artifactLocation);
    for (const tag of tags) assertTag(tag, TRACKING_LIMITS.experimentTagValueLength);
    return this.database.transaction(async (db) => {
      const [{ id }] = await this.refusingTakenName(name, () =>
        rowsOf<{ id: string }>(
          db,
          `WITH numbered AS (SELECT nextval(pg_get_serial_sequence('tracking_experiment', 'id')) AS id)
           INSERT INTO tracking_experiment (id, name, artifact_location, created_at_ms, updated_at_ms)
           SELECT id, $1, coalesce($2, 'mlflow-artifacts:/' || id), $3, $3 FROM numbered RETURNING id`,
          [name, artifactLocation || null, this.now()],
        ),
      );
      await writeTags(db, id, tags);
      return id;
    });
  }

  /** Deleted ones too. @throws ResourceNotFoundError */
  async get(id: string): Promise<Experiment> {
    const [experiment] = await selectExperiments(this.database, 'e.id = $1', [idOf(id)]);
    if (!experiment) throw new ResourceNotFoundError(`experiment ${quoted(id)}`);
    return experiment;
  }

  /** Deleted ones too. @throws ResourceNotFoundError */
  async getByName(name: string): Promise<Experiment> {
    const [experiment] = await selectExperiments(this.database, 'e.name = $1', [name]);
    if (!experiment) throw new ResourceNotFoundError(`experiment named ${quoted(name)}`);
    return experiment;
  }

  /** @throws InvalidParameterError where it is deleted */
  async rename(id: string, name: string): Promise<void> {
    assertExperimentName(name);
    await this.changeActive(id, async (db) => {
      await this.refusingTakenName(name, () =>
        rowsOf(db, 'UPDATE tracking_experiment SET name = $2, updated_at_ms = $3 WHERE id = $1', [
          idOf(id),
          name,
          this.now(),
        ]),
      );
    });
  }

  /** Deletes it with its runs, until it is restored. */
  async delete(id: string): Promise<void> {
    await this.changeActive(id, async (db) => {
      const values = [idOf(id), this.now()];
      await rowsOf(
        db,
        'UPDATE tracking_experiment SET deleted_at_ms = $2, updated_at_ms = $2 WHERE id = $1',
        values,
      );
      await rowsOf(
        db,
        'UPDATE tracking_run SET deleted_at_ms = $2 WHERE experiment_id = $1 AND deleted_at_ms IS NULL',
        values,
      );
    });
  }

  /** Restores it with the runs that were deleted along with it. @throws InvalidParameterError unless deleted */
  async restore(id: string): Promise<void> {
    await this.database.transaction(async (db) => {
      const deletedAtMs = await lockExperiment(db, id);
      if (deletedAtMs === null) {
        throw new InvalidParameterError(
          `The experiment ${id} must be in the 'deleted' state; it is 'active'.`,
        );
      }
      await rowsOf(
        db,
        'UPDATE tracking_experiment SET deleted_at_ms = NULL, updated_at_ms = $2 WHERE id = $1',
        [idOf(id), this.now()],
      );
      await rowsOf(
        db,
        'UPDATE tracking_run SET deleted_at_ms = NULL WHERE experiment_id = $1 AND deleted_at_ms = $2',
        [idOf(id), deletedAtMs],
      );
    });
  }

  async setTag(id: string, tag: KeyValue): Promise<void> {
    assertTag(tag, TRACKING_LIMITS.experimentTagValueLength);
    await this.changeActive(id, (db) => writeTags(db, idOf(id), [tag]));
  }

  /** @throws ResourceNotFoundError where there is no such tag */
  async deleteTag(id: string, key: string): Promise<void> {
    await this.changeActive(id, async (db) => {
      const deleted = await rowsOf(
        db,
        'DELETE FROM tracking_experiment_tag WHERE experiment_id = $1 AND key = $2 RETURNING key',
        [idOf(id), key],
      );
      if (deleted.length === 0) throw new ResourceNotFoundError(`tag ${quoted(key)} of experiment ${id}`);
    });
  }

  private changeActive(id: string, change: (db: Database) => Promise<void>): Promise<void> {
    return this.database.transaction(async (db) => {
      if ((await lockExperiment(db, id)) !== null) throw notActive(id);
      await change(db);
    });
  }

  private async refusingTakenName<T>(name: string, write: () => Promise<T>): Promise<T> {
    try {
      return await write();
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      throw new ResourceExistsError(
        `an experiment named ${quoted(name)}`,
        'Choose another name; a deleted experiment keeps its name and can be restored.',
      );
    }
  }
}

/**
 * An experiment id as PostgreSQL takes it. What is no number names no experiment.
 * @throws ResourceNotFoundError
 */
export function idOf(id: string): string {
  if (/^\d{1,18}$/.test(id)) return id;
  throw new ResourceNotFoundError(`experiment ${quoted(id)}`);
}

export function notActive(id: string): InvalidParameterError {
  return new InvalidParameterError(
    `The experiment ${id} must be in the 'active' state; it is 'deleted'.`,
    'Restore it first.',
  );
}

/** Locks an experiment against being deleted meanwhile; resolves with when it was deleted, or null. */
export async function lockExperiment(
  db: Database,
  id: string,
  strength: 'UPDATE' | 'SHARE' = 'UPDATE',
): Promise<number | null> {
  const [row] = await rowsOf<{ deletedAtMs: number | null }>(
    db,
    `SELECT deleted_at_ms::float8 AS "deletedAtMs" FROM tracking_experiment WHERE id = $1 FOR ${strength}`,
    [idOf(id)],
  );
  if (!row) throw new ResourceNotFoundError(`experiment ${quoted(id)}`);
  return row.deletedAtMs;
}

/**
 * Experiments with their tags. `condition` (and what may follow it) is SQL of ours on `tracking_experiment e`;
 * values come in `parameters`.
 */
export function selectExperiments(
  db: Database,
  condition: string,
  parameters: readonly unknown[],
): Promise<Experiment[]> {
  return rowsOf<Experiment>(
    db,
    `SELECT e.id::text, e.name, e.artifact_location AS "artifactLocation",
            CASE WHEN e.deleted_at_ms IS NULL THEN 'active' ELSE 'deleted' END AS "lifecycleStage",
            e.created_at_ms::float8 AS "createdAtMs", e.updated_at_ms::float8 AS "updatedAtMs",
            coalesce((SELECT jsonb_agg(jsonb_build_object('key', t.key, 'value', t.value) ORDER BY t.key)
                      FROM tracking_experiment_tag t WHERE t.experiment_id = e.id), '[]') AS tags
     FROM tracking_experiment e WHERE ${condition}`,
    parameters,
  );
}

async function writeTags(db: Database, id: string, tags: readonly KeyValue[]): Promise<void> {
  const last = [...new Map(tags.map((tag) => [tag.key, tag])).values()];
  await rowsOf(
    db,
    `INSERT INTO tracking_experiment_tag (experiment_id, key, value)
     SELECT $1, key, value FROM unnest($2::text[], $3::text[]) AS tag (key, value) ORDER BY key
     ON CONFLICT (experiment_id, key) DO UPDATE SET value = EXCLUDED.value`,
    [id, ...keysAndValues(last)],
  );
}
