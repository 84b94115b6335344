import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { ResourceNotFoundError } from '../errors';
import { actorKey, assertMayApprove, GateApproval, standingOf } from '../gates/approval.rules';
import { IdempotencyKeyReusedError } from '../gates/gate.errors';
import { GateRun, GateRunSummary, NewGateRun } from '../gates/gate-run.types';
import { GateReport } from '../gates/gate.report';
import { lockModel, requireVersion } from './model.rows';
import { Database, isUniqueViolation, rowsOf } from './sql';

interface GateRunRow {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly incumbent: number | null;
  readonly inputsSha256: string;
  readonly policyText: string;
  readonly report: GateReport;
  readonly askedBy: string;
  readonly askedAtMs: number;
  readonly approvals: readonly GateApproval[];
}

/** Gate runs and what persons said of them; both are only ever added. */
export class GateRunRepository {
  constructor(private readonly database: DataSource) {}

  /**
   * Keeps a run. Of two requests with one key, the run that was kept first answers both.
   * @throws ResourceNotFoundError, IdempotencyKeyReusedError
   */
  async add(run: NewGateRun): Promise<GateRun> {
    const id = randomUUID();
    try {
      await this.database.transaction((db) => insert(db, id, run));
    } catch (error) {
      if (!isUniqueViolation(error) || run.idempotencyKey === null) throw error;
      const first = await this.findByKey(run.name, run.version, run.idempotencyKey, run.inputsSha256);
      if (first) return first;
      throw error;
    }
    return this.get(run.name, run.version, id);
  }

  /** @throws ResourceNotFoundError */
  async get(name: string, version: number, id: string): Promise<GateRun> {
    const run = await select(this.database, name, version, 'g.id = $3', [id]);
    if (!run) throw noRun(id, version);
    return run;
  }

  /** The run that was kept under a key. @throws IdempotencyKeyReusedError where it was of other inputs */
  async findByKey(
    name: string,
    version: number,
    idempotencyKey: string,
    inputsSha256: string,
  ): Promise<GateRun | undefined> {
    const run = await select(this.database, name, version, 'g.idempotency_key = $3', [idempotencyKey]);
    if (run && run.inputsSha256 !== inputsSha256) throw new IdempotencyKeyReusedError();
    return run;
  }

  /**
   * Adds an approval or a rejection. Persons who speak at the same time are heard one after the other, each by what
   * stands then.
   *
   * @throws ResourceNotFoundError, ApprovalRefusedError
   */
  async approve(name: string, version: number, id: string, approval: GateApproval): Promise<GateRun> {
    return this.database.transaction(async (db) => {
      const locked = await rowsOf(db, 'SELECT 1 FROM registry_gate_run WHERE id = $1 FOR UPDATE', [id]);
      const run = locked.length > 0 && (await select(db, name, version, 'g.id = $3', [id]));
      if (!run) throw noRun(id, version);
      assertMayApprove({ ...run, ...run.report }, approval.actor);
      const { actor, verdict, reason, atMs } = approval;
      await rowsOf(
        db,
        `INSERT INTO registry_gate_approval (gate_run_id, actor_key, actor, verdict, reason, at_ms)
         VALUES ($1, $2, $3, $4, $5, $6)`,
        [id, actorKey(actor), actor, verdict, reason, atMs],
      );
      return (await select(db, name, version, 'g.id = $3', [id]))!;
    });
  }

  /** The version that a candidate would replace: the newest other one in Production; null for none. */
  incumbentOf(name: string, version: number): Promise<number | null> {
    return selectIncumbent(this.database, name, version);
  }
}

/** The version's newest run. */
export function selectNewestGateRun(
  db: Database,
  name: string,
  version: number,
): Promise<GateRunSummary | undefined> {
  return select(db, name, version, 'true ORDER BY g.ordinal DESC LIMIT 1', []);
}

/** As {@link GateRunRepository.incumbentOf}, within a transaction. */
export async function selectIncumbent(db: Database, name: string, version: number): Promise<number | null> {
  const [row] = await rowsOf<{ version: number | null }>(
    db,
    `SELECT max(v.version) AS version FROM registry_model_version v JOIN registry_model m ON m.id = v.registered_id
     WHERE m.name = $1 AND m.deleted_at_ms IS NULL AND v.deleted_at_ms IS NULL AND v.stage = 'Production'
       AND v.version <> $2`,
    [name, version],
  );
  return row?.version ?? null;
}

async function insert(db: Database, id: string, run: NewGateRun): Promise<void> {
  const model = await lockModel(db, run.name);
  await requireVersion(db, model.id, run.name, run.version);
  const { policy, candidate, incumbent, testSet, decision } = run.report;
  await rowsOf(
    db,
    `INSERT INTO registry_gate_run (id, registered_id, version, incumbent_version, idempotency_key, inputs_sha256,
       policy_sha256, policy_text, candidate_sha256, incumbent_sha256, test_set_sha256, report, decision, asked_by,
       asked_at_ms)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::jsonb, $13, $14, $15)`,
    [
      ...[id, model.id, run.version, run.incumbent, run.idempotencyKey, run.inputsSha256],
      ...[policy.sha256, run.policyText, candidate.evidenceSha256, incumbent?.evidenceSha256 ?? null],
      ...[testSet.sha256, JSON.stringify(run.report), decision, run.askedBy, run.askedAtMs],
    ],
  );
}

/** One run of a version that is not deleted. `condition` is SQL of ours on `registry_gate_run g`; values from $3 on. */
async function select(
  db: Database,
  name: string,
  version: number,
  condition: string,
  parameters: readonly unknown[],
): Promise<GateRun | undefined> {
  const [row] = await rowsOf<GateRunRow>(
    db,
    `SELECT g.id::text, m.name, g.version, g.incumbent_version AS incumbent, g.inputs_sha256 AS "inputsSha256",
            g.policy_text AS "policyText", g.report, g.asked_by AS "askedBy", g.asked_at_ms::float8 AS "askedAtMs",
            coalesce((SELECT jsonb_agg(jsonb_build_object('actor', a.actor, 'verdict', a.verdict, 'reason', a.reason,
                                                          'atMs', a.at_ms) ORDER BY a.id)
                      FROM registry_gate_approval a WHERE a.gate_run_id = g.id), '[]') AS approvals
     FROM registry_gate_run g
     JOIN registry_model_version v ON v.registered_id = g.registered_id AND v.version = g.version
     JOIN registry_model m ON m.id = v.registered_id
     WHERE m.name = $1 AND v.version = $2 AND m.deleted_at_ms IS NULL AND v.deleted_at_ms IS NULL AND ${condition}`,
    [name, version, ...parameters],
  );
  return row && { ...row, standing: standingOf({ ...row, ...row.report }) };
}

function noRun(id: string, version: number): ResourceNotFoundError {
  return new ResourceNotFoundError(`gate run ${id} of version ${version}`);
}
