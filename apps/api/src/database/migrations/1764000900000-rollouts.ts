import { MigrationInterface, QueryRunner } from 'typeorm';

/** Rollouts, one active at most for a model; their history, which is only ever added to; and what replicas saw. */
export class Rollouts1764000900000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...rollouts, ...history, ...observations]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE registry_rollout_observation, registry_rollout_event, registry_rollout');
  }
}

const rollouts = [
  `CREATE TABLE registry_rollout (
     id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     registered_id      bigint NOT NULL REFERENCES registry_model,
     plan               jsonb NOT NULL,
     salt               text NOT NULL,
     versions           jsonb NOT NULL,
     actor              text NOT NULL,
     reason             text NOT NULL,
     status             text COLLATE "C" NOT NULL
                        CHECK (status IN ('planned', 'running', 'awaiting-approval', 'paused', 'completed',
                                          'rolled-back', 'aborted')),
     step               int NOT NULL CHECK (step >= -1),
     step_entered_at_ms bigint NOT NULL,
     winner             text,
     revision           int NOT NULL,
     analysis           jsonb,
     analysed_at_ms     bigint,
     created_at_ms      bigint NOT NULL,
     updated_at_ms      bigint NOT NULL
   )`,
  'CREATE INDEX registry_rollout_model ON registry_rollout (registered_id, id)',
  `CREATE UNIQUE INDEX registry_rollout_active ON registry_rollout (registered_id)
   WHERE status IN ('planned', 'running', 'awaiting-approval', 'paused')`,
];

const history = [
  `CREATE TABLE registry_rollout_event (
     rollout_id  bigint NOT NULL REFERENCES registry_rollout,
     revision    int NOT NULL,
     event       text NOT NULL,
     from_status text NOT NULL,
     from_step   int NOT NULL,
     to_status   text NOT NULL,
     to_step     int NOT NULL,
     actor       text NOT NULL,
     reason      text NOT NULL,
     evidence    jsonb NOT NULL,
     at_ms       bigint NOT NULL,
     PRIMARY KEY (rollout_id, revision)
   )`,
  `CREATE TRIGGER registry_rollout_event_append_only BEFORE UPDATE OR DELETE ON registry_rollout_event
   FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()`,
];

const observations = [
  `CREATE TABLE registry_rollout_observation (
     rollout_id        bigint NOT NULL REFERENCES registry_rollout,
     step              int NOT NULL,
     interval_start_ms bigint NOT NULL,
     replica           text COLLATE "C" NOT NULL,
     arm               text COLLATE "C" NOT NULL,
     observations      bigint NOT NULL,
     summary           jsonb NOT NULL,
     PRIMARY KEY (rollout_id, step, interval_start_ms, replica, arm)
   )`,
];
