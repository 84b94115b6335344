import { DataSource } from 'typeorm';
import { InvalidParameterError, quoted, ResourceExistsError, ResourceNotFoundError } from '../errors';
import { ArmSummary, mergeSummaries, observationsIn } from '../rollout/arm.observations';
import { Analysis, ArmSummaries } from '../rollout/rollout.analysis';
import {
  ACTIVE_STATUSES,
  plannedState,
  RolloutEvent,
  RolloutState,
  RolloutTransition,
  transitionRollout,
} from '../rollout/rollout.machine';
import { RolloutPlan } from '../rollout/rollout.plan';
import { IntervalObservations, NewRollout, Rollout } from '../rollout/rollout.types';
import { lockModel, requireVersion } from './model.rows';
import { Database, isUniqueViolation, rowsOf } from './sql';

/** Rollouts, their history, and what replicas saw of their arms. */
export class RolloutRepository {
  /** @param now milliseconds since 1970 */
  constructor(
    private readonly database: DataSource,
    private readonly now: () => number,
  ) {}

  /** Plans a rollout; nothing happens before its `start`. @throws ResourceExistsError while the model has another */
  async create(rollout: NewRollout): Promise<Rollout> {
    const { model, plan, salt, versions, actor, reason } = rollout;
    assertVersions(plan, versions);
    const nowMs = this.now();
    const { status, step, revision } = plannedState(nowMs);
    return this.database.transaction(async (db) => {
      const { id: modelId } = await lockModel(db, model);
      for (const version of Object.values(versions)) await requireVersion(db, modelId, model, version);
      const [{ id }] = await refusingSecond(model, () =>
        rowsOf<{ id: string }>(
          db,
          `INSERT INTO registry_rollout (registered_id, plan, salt, versions, actor, reason, status, step,
             step_entered_at_ms, revision, created_at_ms, updated_at_ms)
           VALUES ($1, $2::jsonb, $3, $4::jsonb, $5, $6, $7, $8, $9, $10, $9, $9) RETURNING id::text`,
          [
            ...[modelId, JSON.stringify(plan), plan.salt ?? salt, JSON.stringify(versions)],
            ...[actor, reason, status, step, nowMs, revision],
          ],
        ),
      );
      return requireRollout(db, id);
    });
  }

  /** @throws ResourceNotFoundError */
  async get(id: string): Promise<Rollout> {
    return requireRollout(this.database, id);
  }

  /** Rollouts that claim their models, of one model or of all, by age. */
  async active(model?: string): Promise<Rollout[]> {
    return selectRollouts(
      this.database,
      'r.status = ANY($1::text[]) AND m.name = coalesce($2, m.name) ORDER BY r.id',
      [ACTIVE_STATUSES, model ?? null],
    );
  }

  /** All of a model, the latest first. */
  async list(model: string, limit = 100): Promise<Rollout[]> {
    return selectRollouts(this.database, 'm.name = $1 ORDER BY r.id DESC LIMIT $2', [model, limit]);
  }

  /**
   * Lets an event happen and adds it to the history, both or neither. Of two that were decided on the same revision,
   * one wins.
   *
   * @throws RevisionConflictError, IllegalRolloutTransitionError, ResourceNotFoundError; ResourceExistsError for a
   *   roll-back of a completed rollout whose model has had another since
   */
  async apply(id: string, event: RolloutEvent): Promise<Rollout> {
    return this.database.transaction(async (db) => {
      const standing = await requireRollout(db, id, 'FOR UPDATE OF r');
      const { state, transition } = transitionRollout(standing.plan, standing, event, this.now());
      if (standing.status === 'completed') await assertLatest(db, standing);
      await writeState(db, id, state, transition.atMs);
      await writeTransition(db, id, transition);
      return requireRollout(db, id);
    });
  }

  /** Every transition, the first one first. */
  async history(id: string): Promise<RolloutTransition[]> {
    return rowsOf<RolloutTransition>(
      this.database,
      `SELECT event, jsonb_build_object('status', from_status, 'step', from_step) AS "from",
              jsonb_build_object('status', to_status, 'step', to_step) AS "to",
              actor, reason, evidence, revision, at_ms::float8 AS "atMs"
       FROM registry_rollout_event WHERE rollout_id = $1 ORDER BY revision`,
      [rowIdOf(id)],
    );
  }

  /**
   * Takes what a replica saw in an interval so far, in place of what it sent of that interval before: sending it again,
   * or late, changes nothing.
   *
   * @param summary all of that replica, arm and interval, not only what is new
   */
  async record(id: string, where: IntervalObservations, summary: ArmSummary): Promise<void> {
    await rowsOf(
      this.database,
      `INSERT INTO registry_rollout_observation AS standing
         (rollout_id, step, interval_start_ms, replica, arm, observations, summary)
       VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb)
       ON CONFLICT (rollout_id, step, interval_start_ms, replica, arm) DO UPDATE
         SET observations = EXCLUDED.observations, summary = EXCLUDED.summary
         WHERE EXCLUDED.observations > standing.observations`,
      [
        ...[rowIdOf(id), where.step, where.intervalStartMs, where.replica, where.arm],
        ...[observationsIn(summary), JSON.stringify(summary)],
      ],
    );
  }

  /** What all replicas saw in a step, by arm; of the intervals from `sinceMs` on. */
  async summaries(id: string, step: number, sinceMs = 0): Promise<ArmSummaries> {
    const rows = await rowsOf<{ arm: string; summary: ArmSummary }>(
      this.database,
      `SELECT arm, summary FROM registry_rollout_observation
       WHERE rollout_id = $1 AND step = $2 AND interval_start_ms >= $3`,
      [rowIdOf(id), step, sinceMs],
    );
    const byArm = new Map<string, ArmSummary>();
    for (const { arm, summary } of rows) {
      const known = byArm.get(arm);
      byArm.set(arm, known ? mergeSummaries(known, summary) : summary);
    }
    return Object.fromEntries(byArm);
  }

  /**
   * Keeps the latest analysis of the present step; an older one, or one of another step, is left out.
   * @returns whether it was kept
   */
  async saveAnalysis(id: string, analysis: Analysis): Promise<boolean> {
    const kept = await rowsOf(
      this.database,
      `UPDATE registry_rollout SET analysis = $2::jsonb, analysed_at_ms = $3
       WHERE id = $1 AND step = $4 AND step_entered_at_ms = $5 AND coalesce(analysed_at_ms, 0) < $3 RETURNING id`,
      [
        ...[rowIdOf(id), JSON.stringify(analysis), analysis.atMs],
        ...[analysis.state.step, analysis.state.stepEnteredAtMs],
      ],
    );
    return kept.length > 0;
  }
}

async function requireRollout(db: Database, id: string, lock = ''): Promise<Rollout> {
  const [found] = await selectRollouts(db, `r.id = $1 ${lock}`, [rowIdOf(id)]);
  if (!found) throw noRollout(id);
  return found;
}

/** @throws ResourceNotFoundError for what cannot be one */
function rowIdOf(id: string): string {
  if (/^[1-9]\d{0,17}$/.test(id)) return id;
  throw noRollout(id);
}

function noRollout(id: string): ResourceNotFoundError {
  return new ResourceNotFoundError(`rollout ${quoted(id)}`);
}

/** `condition` (and what may follow it) is SQL of ours on `registry_rollout r` and `registry_model m`. */
async function selectRollouts(
  db: Database,
  condition: string,
  parameters: readonly unknown[],
): Promise<Rollout[]> {
  const rows = await rowsOf<Rollout & { winner: string | null; analysis: Analysis | null }>(
    db,
    `SELECT r.id::text, m.name AS model, r.plan, r.salt, r.versions, r.status, r.step,
            r.step_entered_at_ms::float8 AS "stepEnteredAtMs", r.winner, r.revision, r.analysis,
            r.created_at_ms::float8 AS "createdAtMs", r.updated_at_ms::float8 AS "updatedAtMs"
     FROM registry_rollout r JOIN registry_model m ON m.id = r.registered_id
     WHERE m.deleted_at_ms IS NULL AND ${condition}`,
    parameters,
  );
  return rows.map(({ winner, analysis, ...row }) => ({
    ...row,
    ...(winner === null ? {} : { winner }),
    ...(analysis === null ? {} : { analysis }),
  }));
}

function assertVersions(
  { control, treatments }: RolloutPlan,
  versions: Readonly<Record<string, number>>,
): void {
  const arms = [control, ...treatments.map(({ arm }) => arm)];
  const given = Object.keys(versions);
  const fits = given.length === arms.length && arms.every((arm) => given.includes(arm));
  const isDistinct = new Set(Object.values(versions)).size === given.length;
  if (fits && isDistinct) return;
  throw new InvalidParameterError(
    `The plan has the arms ${arms.map(quoted).join(', ')}: expected another version for each, ` +
      `got ${JSON.stringify(versions).slice(0, 200)}.`,
  );
}

/** What a completed rollout would restore may be long outdated. */
async function assertLatest(db: Database, { id, model }: Rollout): Promise<void> {
  const [later] = await rowsOf<{ id: string }>(
    db,
    `SELECT later.id::text FROM registry_rollout later JOIN registry_rollout r ON r.registered_id = later.registered_id
     WHERE r.id = $1 AND later.id > r.id AND later.status <> 'aborted' LIMIT 1`,
    [id],
  );
  if (!later) return;
  throw new ResourceExistsError(
    `a later rollout of the model ${quoted(model)}, ${later.id}`,
    'Roll that one back, or move the wanted version to Production.',
  );
}

async function writeState(
  db: Database,
  id: string,
  { status, step, stepEnteredAtMs, winner, revision }: RolloutState,
  nowMs: number,
): Promise<void> {
  await rowsOf(
    db,
    `UPDATE registry_rollout SET status = $2, step = $3, step_entered_at_ms = $4, winner = $5, revision = $6,
       updated_at_ms = $7,
       analysis = CASE WHEN step = $3 THEN analysis END, analysed_at_ms = CASE WHEN step = $3 THEN analysed_at_ms END
     WHERE id = $1`,
    [id, status, step, stepEnteredAtMs, winner ?? null, revision, nowMs],
  );
}

async function writeTransition(
  db: Database,
  id: string,
  { event, from, to, actor, reason, evidence, revision, atMs }: RolloutTransition,
): Promise<void> {
  await rowsOf(
    db,
    `INSERT INTO registry_rollout_event (rollout_id, revision, event, from_status, from_step, to_status, to_step, actor,
       reason, evidence, at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb, $11)`,
    [
      ...[id, revision, event, from.status, from.step, to.status, to.step],
      ...[actor, reason, JSON.stringify(evidence), atMs],
    ],
  );
}

async function refusingSecond<T>(model: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new ResourceExistsError(
      `an active rollout of the model ${quoted(model)}`,
      'Let it end, roll it back or abort it.',
    );
  }
}
