import { MigrationInterface, QueryRunner } from 'typeorm';

/** What the promotion gate found, and what persons said of it: only ever added, like the history of stages. */
export class GateRuns1764000700000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE registry_gate_approval, registry_gate_run');
  }
}

const statements = [
  `CREATE TABLE registry_gate_run (
     id                uuid PRIMARY KEY,
     ordinal           bigint GENERATED ALWAYS AS IDENTITY,
     registered_id     bigint NOT NULL,
     version           int NOT NULL,
     incumbent_version int,
     idempotency_key   text COLLATE "C",
     inputs_sha256     text NOT NULL,
     policy_sha256     text NOT NULL,
     policy_text       text NOT NULL,
     candidate_sha256  text NOT NULL,
     incumbent_sha256  text,
     test_set_sha256   text NOT NULL,
     report            jsonb NOT NULL,
     decision          text NOT NULL CHECK (decision IN ('pass', 'fail', 'needs-approval')),
     asked_by          text NOT NULL,
     asked_at_ms       bigint NOT NULL,
     FOREIGN KEY (registered_id, version) REFERENCES registry_model_version
   )`,
  'CREATE UNIQUE INDEX registry_gate_run_key ON registry_gate_run (registered_id, version, idempotency_key)',
  'CREATE INDEX registry_gate_run_newest ON registry_gate_run (registered_id, version, ordinal)',
  `CREATE TABLE registry_gate_approval (
     id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     gate_run_id uuid NOT NULL REFERENCES registry_gate_run,
     actor_key   text COLLATE "C" NOT NULL,
     actor       text NOT NULL,
     verdict     text NOT NULL CHECK (verdict IN ('approve', 'reject')),
     reason      text NOT NULL,
     at_ms       bigint NOT NULL,
     UNIQUE (gate_run_id, actor_key)
   )`,
  ...['registry_gate_run', 'registry_gate_approval'].map(
    (table) =>
      `CREATE TRIGGER ${table}_append_only BEFORE UPDATE OR DELETE ON ${table}
       FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()`,
  ),
];
