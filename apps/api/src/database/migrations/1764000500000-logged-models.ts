import { MigrationInterface, QueryRunner } from 'typeorm';

/** Models that runs wrote, before any of them is registered. */
export class LoggedModels1764000500000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE registry_logged_model (
        id             text COLLATE "C" PRIMARY KEY,
        experiment_id  bigint NOT NULL REFERENCES tracking_experiment,
        name           text COLLATE "C" NOT NULL,
        model_type     text COLLATE "C" NOT NULL,
        source_run_id  text COLLATE "C" NOT NULL,
        artifact_uri   text NOT NULL,
        status         text COLLATE "C" NOT NULL CHECK (status IN ('PENDING', 'READY', 'UPLOAD_FAILED')),
        created_at_ms  bigint NOT NULL,
        updated_at_ms  bigint NOT NULL,
        deleted_at_ms  bigint
      )`);
    await runner.query(
      'CREATE INDEX registry_logged_model_newest ON registry_logged_model (experiment_id, created_at_ms DESC, id)',
    );
    for (const kind of ['param', 'tag']) {
      await runner.query(`
        CREATE TABLE registry_logged_model_${kind} (
          model_id text COLLATE "C" NOT NULL REFERENCES registry_logged_model ON DELETE CASCADE,
          key      text COLLATE "C" NOT NULL,
          value    text COLLATE "C" NOT NULL,
          PRIMARY KEY (model_id, key)
        )`);
    }
    // Datasets that are not named are empty texts here, so that they are part of the key.
    await runner.query(`
      CREATE TABLE registry_logged_model_metric (
        model_id       text COLLATE "C" NOT NULL REFERENCES registry_logged_model ON DELETE CASCADE,
        run_id         text COLLATE "C" NOT NULL REFERENCES tracking_run ON DELETE CASCADE,
        key            text COLLATE "C" NOT NULL,
        step           bigint NOT NULL,
        timestamp_ms   bigint NOT NULL,
        value          float8 NOT NULL,
        dataset_name   text COLLATE "C" NOT NULL,
        dataset_digest text COLLATE "C" NOT NULL,
        PRIMARY KEY (model_id, run_id, key, step, timestamp_ms, value, dataset_name, dataset_digest)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `DROP TABLE registry_logged_model_metric, registry_logged_model_tag, registry_logged_model_param,
         registry_logged_model`,
    );
  }
}
