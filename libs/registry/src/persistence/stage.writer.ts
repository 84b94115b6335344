import { TransitionGrounds } from '../models/registered-model.types';
import { Move, Stage } from '../stages/stage.machine';
import { Database, rowsOf } from './sql';

/** A decided change of one version's stage. */
export interface DecidedTransition extends TransitionGrounds {
  readonly version: number;
  readonly from: Stage;
  readonly to: Stage;
  readonly move: Move;
}

/** Changes stages and adds the entries to the history. The model is locked by the caller. */
export async function writeTransition(
  db: Database,
  modelId: string,
  { version, from, to, move, actor, reason, evidence = {} }: DecidedTransition,
  nowMs: number,
): Promise<void> {
  await rowsOf(
    db,
    `UPDATE registry_model_version SET stage = $3, revision = revision + 1, updated_at_ms = $4
     WHERE registered_id = $1 AND version = $2`,
    [modelId, version, to, nowMs],
  );
  await rowsOf(
    db,
    `INSERT INTO registry_stage_transition (registered_id, version, from_stage, to_stage, move, actor, reason, evidence,
       at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9)`,
    [modelId, version, from, to, move, actor, reason, JSON.stringify(evidence), nowMs],
  );
  await rowsOf(db, 'UPDATE registry_model SET stage_revision = stage_revision + 1 WHERE id = $1', [modelId]);
}

/** Archives versions that are in use: all of a model, those in one stage, or a single one. */
export async function archiveInUse(
  db: Database,
  modelId: string,
  grounds: TransitionGrounds,
  nowMs: number,
  which: { readonly stage?: Stage; readonly version?: number; readonly except?: number } = {},
): Promise<void> {
  const standing = await rowsOf<{ version: number; stage: Stage }>(
    db,
    `SELECT version, stage FROM registry_model_version
     WHERE registered_id = $1 AND deleted_at_ms IS NULL AND stage IN ('Staging', 'Canary', 'Production')
       AND stage = coalesce($2, stage) AND version = coalesce($3, version) AND version IS DISTINCT FROM $4
     ORDER BY version`,
    [modelId, which.stage ?? null, which.version ?? null, which.except ?? null],
  );
  for (const { version, stage } of standing) {
    await writeTransition(
      db,
      modelId,
      { ...grounds, version, from: stage, to: 'Archived', move: 'archive' },
      nowMs,
    );
  }
}
