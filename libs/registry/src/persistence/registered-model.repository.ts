import { DataSource } from 'typeorm';
import { quoted, ResourceExistsError, ResourceNotFoundError } from '../errors';
import { assertAlias, assertDescription, assertModelName, assertModelTag } from '../models/model.rules';
import { ModelVersion, RegisteredModel } from '../models/registered-model.types';
import { Stage, STAGES } from '../stages/stage.machine';
import { KeyValue } from '../tracking/tracking.types';
import { lockModel, requireVersion, selectModels, selectVersions } from './model.rows';
import { archiveInUse } from './stage.writer';
import { Database, isUniqueViolation, keysAndValues, rowsOf } from './sql';

export interface NewRegisteredModel {
  readonly name: string;
  readonly description?: string;
  readonly tags?: readonly KeyValue[];
}

/** Registered models: names under which versions of one thing are found. */
export class RegisteredModelRepository {
  /** @param now milliseconds since 1970 */
  constructor(
    private readonly database: DataSource,
    private readonly now: () => number,
  ) {}

  /** @throws InvalidParameterError, ResourceExistsError */
  async create({ name, description = '', tags = [] }: NewRegisteredModel): Promise<RegisteredModel> {
    assertModelName(name);
    assertDescription(description);
    tags.forEach(assertModelTag);
    return this.database.transaction(async (db) => {
      const [{ id }] = await refusingTakenName(name, () =>
        rowsOf<{ id: string }>(
          db,
          `INSERT INTO registry_model (name, description, created_at_ms, updated_at_ms)
           VALUES ($1, $2, $3, $3) RETURNING id`,
          [name, description, this.now()],
        ),
      );
      await writeTags(db, id, tags);
      return (await selectModels(db, 'm.id = $1', [id]))[0];
    });
  }

  /** @throws ResourceNotFoundError */
  async get(name: string): Promise<RegisteredModel> {
    const [model] = await selectModels(this.database, 'm.name = $1', [name]);
    if (!model) throw new ResourceNotFoundError(`registered model named ${quoted(name)}`);
    return model;
  }

  async rename(name: string, newName: string): Promise<RegisteredModel> {
    assertModelName(newName);
    return this.change(name, async (db, id) => {
      await refusingTakenName(newName, () =>
        rowsOf(db, 'UPDATE registry_model SET name = $2 WHERE id = $1', [id, newName]),
      );
    });
  }

  async describe(name: string, description: string): Promise<RegisteredModel> {
    assertDescription(description);
    return this.change(name, async (db, id) => {
      await rowsOf(db, 'UPDATE registry_model SET description = $2 WHERE id = $1', [id, description]);
    });
  }

  /**
   * Deletes it with its versions, after archiving those in use. The name is free again; the history stays.
   * @param actor who asked for it
   */
  async delete(name: string, actor: string): Promise<void> {
    await this.database.transaction(async (db) => {
      const { id } = await lockModel(db, name);
      const now = this.now();
      await archiveInUse(db, id, { actor, reason: 'The registered model was deleted.' }, now);
      await rowsOf(db, 'DELETE FROM registry_model_alias WHERE registered_id = $1', [id]);
      await rowsOf(
        db,
        `UPDATE registry_model_version SET deleted_at_ms = $2 WHERE registered_id = $1 AND deleted_at_ms IS NULL`,
        [id, now],
      );
      await rowsOf(db, 'UPDATE registry_model SET deleted_at_ms = $2 WHERE id = $1', [id, now]);
    });
  }

  async setTag(name: string, tag: KeyValue): Promise<void> {
    assertModelTag(tag);
    await this.change(name, (db, id) => writeTags(db, id, [tag]));
  }

  /** Deleting a tag that is not there changes nothing. */
  async deleteTag(name: string, key: string): Promise<void> {
    await this.change(name, async (db, id) => {
      await rowsOf(db, 'DELETE FROM registry_model_tag WHERE registered_id = $1 AND key = $2', [id, key]);
    });
  }

  /** Lets an alias mean a version, in place of the one it meant. @throws InvalidParameterError for reserved names */
  async setAlias(name: string, alias: string, version: number): Promise<void> {
    assertAlias(alias);
    await this.change(name, async (db, id) => {
      await requireVersion(db, id, name, version);
      await rowsOf(
        db,
        `INSERT INTO registry_model_alias (registered_id, alias, version) VALUES ($1, $2, $3)
         ON CONFLICT (registered_id, alias) DO UPDATE SET version = EXCLUDED.version`,
        [id, alias, version],
      );
    });
  }

  /** Deleting an alias that is not there changes nothing. */
  async deleteAlias(name: string, alias: string): Promise<void> {
    await this.change(name, async (db, id) => {
      await rowsOf(db, 'DELETE FROM registry_model_alias WHERE registered_id = $1 AND alias = $2', [
        id,
        alias,
      ]);
    });
  }

  /** Of each of these stages the newest version, where there is one. */
  async latestVersions(name: string, stages: readonly Stage[] = STAGES): Promise<ModelVersion[]> {
    await this.get(name);
    return selectVersions(
      this.database,
      `m.name = $1 AND v.stage = ANY($2::text[]) AND v.version = (
         SELECT max(o.version) FROM registry_model_version o
         WHERE o.registered_id = v.registered_id AND o.stage = v.stage AND o.deleted_at_ms IS NULL)
       ORDER BY v.version`,
      [name, stages],
    );
  }

  private async change(
    name: string,
    change: (db: Database, id: string) => Promise<void>,
  ): Promise<RegisteredModel> {
    return this.database.transaction(async (db) => {
      const { id } = await lockModel(db, name);
      await rowsOf(db, 'UPDATE registry_model SET updated_at_ms = $2 WHERE id = $1', [id, this.now()]);
      await change(db, id);
      return (await selectModels(db, 'm.id = $1', [id]))[0];
    });
  }
}

async function refusingTakenName<T>(name: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new ResourceExistsError(`a registered model named ${quoted(name)}`);
  }
}

async function writeTags(db: Database, id: string, tags: readonly KeyValue[]): Promise<void> {
  const last = [...new Map(tags.map((tag) => [tag.key, tag])).values()];
  await rowsOf(
    db,
    `INSERT INTO registry_model_tag (registered_id, key, value)
     SELECT $1, key, value FROM unnest($2::text[], $3::text[]) AS tag (key, value) ORDER BY key
     ON CONFLICT (registered_id, key) DO UPDATE SET value = EXCLUDED.value`,
    [id, ...keysAndValues(last)],
  );
}
