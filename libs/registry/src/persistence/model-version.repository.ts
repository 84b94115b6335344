import { DataSource } from 'typeorm';
import { assertGateOpen, isPromotion } from '../gates/promotion.rules';
import { InvalidParameterError, quoted, ResourceNotFoundError, RevisionConflictError } from '../errors';
import { assertLoadable } from '../inspection/loadable.policy';
import { assertDescription, assertModelSource, assertModelTag } from '../models/model.rules';
import {
  ModelVersion,
  NewModelVersion,
  StageTransition,
  TransitionRequest,
} from '../models/registered-model.types';
import { decideTransition, isInUse, Stage, StageRules } from '../stages/stage.machine';
import { KeyValue } from '../tracking/tracking.types';
import { selectIncumbent, selectNewestGateRun } from './gate-run.repository';
import { LockedModel, lockModel, noVersion, requireVersion, selectVersions } from './model.rows';
import { ModelSourceReader } from './model-source.reader';
import { archiveInUse, writeTransition } from './stage.writer';
import { Database, keysAndValues, rowsOf } from './sql';

/** Model versions and the history of their stages. */
export class ModelVersionRepository {
  /** @param now milliseconds since 1970 */
  constructor(
    private readonly database: DataSource,
    private readonly sources: ModelSourceReader,
    private readonly rules: StageRules,
    private readonly now: () => number,
  ) {}

  /** Registers the next version, whatever the verdict on its file. @throws InvalidParameterError, ResourceNotFoundError */
  async create(version: NewModelVersion): Promise<ModelVersion> {
    const { name, source, description = '', tags = [] } = version;
    assertModelSource(source);
    assertDescription(description);
    tags.forEach(assertModelTag);
    const { storageLocation, storagePath, runId, contents, inspection } = await this.sources.read(version);
    return this.database.transaction(async (db) => {
      const { id } = await lockModel(db, name);
      const [{ number }] = await rowsOf<{ number: number }>(
        db,
        `UPDATE registry_model SET next_version = next_version + 1, updated_at_ms = $2 WHERE id = $1
         RETURNING next_version - 1 AS number`,
        [id, this.now()],
      );
      await rowsOf(
        db,
        `INSERT INTO registry_model_version (registered_id, version, source, storage_location, storage_path, run_id,
           run_link, logged_model_id, contents, description, stage, created_at_ms, updated_at_ms, inspection)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10, 'None', $11, $11, $12::jsonb)`,
        [
          ...[id, number, source, storageLocation, storagePath, runId ?? null, version.runLink || null],
          ...[version.loggedModelId || null, JSON.stringify(contents), description, this.now()],
          inspection && JSON.stringify(inspection),
        ],
      );
      await writeTags(db, id, number, tags);
      return (await selectVersions(db, 'v.registered_id = $1 AND v.version = $2', [id, number]))[0];
    });
  }

  /** @throws ResourceNotFoundError */
  async get(name: string, version: number): Promise<ModelVersion> {
    const [found] = await selectVersions(this.database, 'm.name = $1 AND v.version = $2', [name, version]);
    if (!found) throw noVersion(name, version);
    return found;
  }

  /** The version that an alias means; `latest` means the newest. @throws ResourceNotFoundError */
  async getByAlias(name: string, alias: string): Promise<ModelVersion> {
    const newest = alias.toLowerCase() === 'latest';
    const [found] = newest
      ? await selectVersions(this.database, 'm.name = $1 ORDER BY v.version DESC LIMIT 1', [name])
      : await selectVersions(
          this.database,
          `m.name = $1 AND v.version = (SELECT a.version FROM registry_model_alias a
             WHERE a.registered_id = m.id AND a.alias = $2)`,
          [name, alias],
        );
    if (!found) {
      throw new ResourceNotFoundError(`alias ${quoted(alias)} of a registered model named ${quoted(name)}`);
    }
    return found;
  }

  async describe(name: string, version: number, description: string): Promise<ModelVersion> {
    assertDescription(description);
    return this.change(name, version, async (db, { id }) => {
      await rowsOf(
        db,
        'UPDATE registry_model_version SET description = $3 WHERE registered_id = $1 AND version = $2',
        [id, version, description],
      );
    });
  }

  async setTag(name: string, version: number, tag: KeyValue): Promise<void> {
    assertModelTag(tag);
    await this.change(name, version, (db, { id }) => writeTags(db, id, version, [tag]));
  }

  /** Deleting a tag that is not there changes nothing. */
  async deleteTag(name: string, version: number, key: string): Promise<void> {
    await this.change(name, version, async (db, { id }) => {
      await rowsOf(
        db,
        'DELETE FROM registry_model_version_tag WHERE registered_id = $1 AND version = $2 AND key = $3',
        [id, version, key],
      );
    });
  }

  /**
   * Deletes it with its aliases, after archiving it where it is in use. Its number is not used again and its
   * history stays.
   *
   * @param actor who asked for it
   */
  async delete(name: string, version: number, actor: string): Promise<void> {
    await this.database.transaction(async (db) => {
      const { id } = await lockModel(db, name);
      await requireVersion(db, id, name, version);
      await archiveInUse(db, id, { actor, reason: 'The version was deleted.' }, this.now(), { version });
      await rowsOf(db, 'DELETE FROM registry_model_alias WHERE registered_id = $1 AND version = $2', [
        id,
        version,
      ]);
      await rowsOf(
        db,
        'UPDATE registry_model_version SET deleted_at_ms = $3 WHERE registered_id = $1 AND version = $2',
        [id, version, this.now()],
      );
    });
  }

  /**
   * Moves a version to another stage and adds why to its history. Of two callers that decide at the same time
   * about versions of one model, one wins and the other gets the conflict: it decided on what is no longer so.
   *
   * @throws RevisionConflictError, IllegalStageTransitionError, ModelNotLoadableError, GateNotPassedError,
   * ResourceNotFoundError
   */
  async transition(request: TransitionRequest): Promise<ModelVersion> {
    const { name, version, to, archiveOthers, expectedRevision } = request;
    if (archiveOthers && !isInUse(to)) {
      throw new InvalidParameterError(
        `Existing versions cannot be archived on a transition to ${to}: only Staging, Canary and Production have any in use.`,
      );
    }
    const seen = await this.stageRevision(name);
    return this.database.transaction(async (db) => {
      const { id, stageRevision } = await lockModel(db, name);
      const [standing] = await selectVersions(db, 'v.registered_id = $1 AND v.version = $2', [id, version]);
      if (!standing) throw noVersion(name, version);
      if (stageRevision !== seen || standing.revision !== (expectedRevision ?? standing.revision)) {
        throw new RevisionConflictError(`The stage of a version of ${quoted(name)}`);
      }
      await this.move(db, id, standing, request);
      return (await selectVersions(db, 'v.registered_id = $1 AND v.version = $2', [id, version]))[0];
    });
  }

  /** Every change of stage of a version, the first one first; of deleted ones too. */
  async history(name: string, version: number): Promise<StageTransition[]> {
    return rowsOf<StageTransition>(
      this.database,
      `SELECT t.version, t.from_stage AS "from", t.to_stage AS "to", t.move, t.actor, t.reason, t.evidence,
              t.at_ms::float8 AS "atMs"
       FROM registry_stage_transition t JOIN registry_model m ON m.id = t.registered_id
       WHERE m.name = $1 AND t.version = $2 AND m.deleted_at_ms IS NULL ORDER BY t.id`,
      [name, version],
    );
  }

  private async move(
    db: Database,
    modelId: string,
    standing: ModelVersion,
    { to, archiveOthers, actor, reason, evidence }: TransitionRequest,
  ): Promise<void> {
    const { name, version, stage: from } = standing;
    const move = decideTransition(
      { from, to, visited: await visitedStages(db, modelId, version) },
      this.rules,
    );
    if (move) assertLoadable(standing, to, this.rules.inspection ?? 'record');
    const gate = isPromotion(move, to) ? await this.gateEvidence(db, name, version) : undefined;
    const grounds = { actor, reason, evidence: { ...evidence, ...(gate && { gate }) } };
    if (move) await writeTransition(db, modelId, { ...grounds, version, from, to, move }, this.now());
    if (archiveOthers) {
      await archiveInUse(db, modelId, grounds, this.now(), { stage: to, except: version });
    }
  }

  /** What the gate said, for the history. @throws GateNotPassedError where promotions need an open gate */
  private async gateEvidence(db: Database, name: string, version: number): Promise<object | undefined> {
    const newest = await selectNewestGateRun(db, name, version);
    if (this.rules.gates === 'require') {
      assertGateOpen(newest, await selectIncumbent(db, name, version), version);
    }
    return newest && { run: newest.id, standing: newest.standing, incumbent: newest.incumbent };
  }

  private async stageRevision(name: string): Promise<number | undefined> {
    const [model] = await rowsOf<{ revision: number }>(
      this.database,
      'SELECT stage_revision AS revision FROM registry_model WHERE name = $1 AND deleted_at_ms IS NULL',
      [name],
    );
    return model?.revision;
  }

  private change(
    name: string,
    version: number,
    change: (db: Database, model: LockedModel) => Promise<void>,
  ): Promise<ModelVersion> {
    return this.database.transaction(async (db) => {
      const model = await lockModel(db, name);
      await requireVersion(db, model.id, name, version);
      await rowsOf(
        db,
        'UPDATE registry_model_version SET updated_at_ms = $3 WHERE registered_id = $1 AND version = $2',
        [model.id, version, this.now()],
      );
      await change(db, model);
      return (await selectVersions(db, 'v.registered_id = $1 AND v.version = $2', [model.id, version]))[0];
    });
  }
}

async function visitedStages(db: Database, modelId: string, version: number): Promise<Stage[]> {
  const rows = await rowsOf<{ stage: Stage }>(
    db,
    'SELECT DISTINCT to_stage AS stage FROM registry_stage_transition WHERE registered_id = $1 AND version = $2',
    [modelId, version],
  );
  return rows.map(({ stage }) => stage);
}

async function writeTags(
  db: Database,
  modelId: string,
  version: number,
  tags: readonly KeyValue[],
): Promise<void> {
  const last = [...new Map(tags.map((tag) => [tag.key, tag])).values()];
  await rowsOf(
    db,
    `INSERT INTO registry_model_version_tag (registered_id, version, key, value)
     SELECT $1, $2, key, value FROM unnest($3::text[], $4::text[]) AS tag (key, value) ORDER BY key
     ON CONFLICT (registered_id, version, key) DO UPDATE SET value = EXCLUDED.value`,
    [modelId, version, ...keysAndValues(last)],
  );
}
