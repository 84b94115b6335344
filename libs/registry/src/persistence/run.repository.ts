import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { InvalidParameterError, quoted, ResourceNotFoundError } from '../errors';
import { assertLength, assertTag, TRACKING_LIMITS } from '../tracking/tracking.rules';
import { KeyValue, Run, RunInfo, RunStatus } from '../tracking/tracking.types';
import { idOf, lockExperiment, notActive } from './experiment.repository';
import { readRuns } from './run.reader';
import { lockActiveRun, RUN_NAME_TAG, writeRunTags } from './run.row';
import { rowsOf } from './sql';

export interface NewRun {
  readonly experimentId: string;
  readonly userId: string;
  /** Default: the tag `mlflow.runName`, else one made of the id. */
  readonly name?: string;
  readonly startTimeMs: number;
  readonly tags: readonly KeyValue[];
}

export interface RunUpdate {
  readonly status?: RunStatus;
  readonly endTimeMs?: number;
  readonly name?: string;
}

/** Runs: their beginning, their end, and being deleted and restored. */
export class RunRepository {
  /** @param now milliseconds since 1970 */
  constructor(
    private readonly database: DataSource,
    private readonly now: () => number,
  ) {}

  /** @throws InvalidParameterError where the experiment is deleted */
  async create(run: NewRun): Promise<Run> {
    for (const tag of run.tags) assertTag(tag, TRACKING_LIMITS.runTagValueLength);
    assertLength('The user id', run.userId, TRACKING_LIMITS.userIdLength);
    const id = randomUUID().replaceAll('-', '');
    const name = nameOf(run, id);
    return this.database.transaction(async (db) => {
      if ((await lockExperiment(db, run.experimentId, 'SHARE')) !== null) throw notActive(run.experimentId);
      await rowsOf(
        db,
        `INSERT INTO tracking_run (id, experiment_id, name, user_id, status, start_time_ms, artifact_uri)
         SELECT $1, e.id, $3, $4, 'RUNNING', $5, rtrim(e.artifact_location, '/') || '/' || $1::text || '/artifacts'
         FROM tracking_experiment e WHERE e.id = $2`,
        [id, idOf(run.experimentId), name, run.userId, run.startTimeMs],
      );
      await writeRunTags(db, id, [...run.tags, { key: RUN_NAME_TAG, value: name }]);
      return (await readRuns(db, [id]))[0];
    });
  }

  /** Deleted ones too. @throws ResourceNotFoundError */
  async get(id: string): Promise<Run> {
    const [run] = await readRuns(this.database, [id]);
    if (!run) throw new ResourceNotFoundError(`run ${quoted(id)}`);
    return run;
  }

  /** @throws InvalidParameterError where the run is deleted */
  async update(id: string, { status, endTimeMs, name }: RunUpdate): Promise<RunInfo> {
    if (name) assertLength('The run name', name, TRACKING_LIMITS.runNameLength);
    return this.database.transaction(async (db) => {
      await lockActiveRun(db, id);
      await rowsOf(
        db,
        `UPDATE tracking_run SET status = coalesce($2, status), end_time_ms = coalesce($3, end_time_ms),
                name = coalesce($4, name) WHERE id = $1`,
        [id, status ?? null, endTimeMs ?? null, name || null],
      );
      if (name) await writeRunTags(db, id, [{ key: RUN_NAME_TAG, value: name }]);
      return (await readRuns(db, [id]))[0].info;
    });
  }

  /** Deletes it until it is restored; deleting it again changes nothing. */
  async delete(id: string): Promise<void> {
    await this.mark(id, this.now());
  }

  async restore(id: string): Promise<void> {
    await this.mark(id, null);
  }

  private async mark(id: string, deletedAtMs: number | null): Promise<void> {
    const changed = await rowsOf(
      this.database,
      `UPDATE tracking_run SET deleted_at_ms = CASE WHEN $2::bigint IS NULL THEN NULL ELSE coalesce(deleted_at_ms, $2) END
       WHERE id = $1 RETURNING id`,
      [id, deletedAtMs],
    );
    if (changed.length === 0) throw new ResourceNotFoundError(`run ${quoted(id)}`);
  }
}

function nameOf({ name, tags }: NewRun, id: string): string {
  const tagged = tags.find(({ key }) => key === RUN_NAME_TAG)?.value;
  if (name && tagged && name !== tagged) {
    throw new InvalidParameterError(
      `The run name ${quoted(name)} and the tag ${RUN_NAME_TAG} ${quoted(tagged)} differ.`,
      'Send one of them.',
    );
  }
  const chosen = name || tagged || `run-${id.slice(0, 8)}`;
  assertLength('The run name', chosen, TRACKING_LIMITS.runNameLength);
  return chosen;
}
