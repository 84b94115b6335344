import { MigrationInterface, QueryRunner } from 'typeorm';

/** Large batches that are predicted on in the background. */
export class PredictionJobs1764000100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE prediction_job (
        id              uuid PRIMARY KEY,
        created_at      timestamptz NOT NULL DEFAULT now(),
        idempotency_key text UNIQUE,
        started_at      timestamptz,
        cancelled_at    timestamptz
      )`);
    await runner.query(`
      CREATE TABLE prediction_job_item (
        job_id        uuid NOT NULL REFERENCES prediction_job ON DELETE CASCADE,
        index         int  NOT NULL CHECK (index >= 0),
        image_sha256  char(64) NOT NULL,
        prediction_id uuid REFERENCES prediction,
        problem       jsonb,
        PRIMARY KEY (job_id, index),
        CHECK (prediction_id IS NULL OR problem IS NULL)
      )`);
    await runner.query(`
      CREATE INDEX prediction_job_item_waiting ON prediction_job_item (image_sha256)
      WHERE prediction_id IS NULL AND problem IS NULL`);
    await runner.query('CREATE INDEX prediction_job_item_prediction ON prediction_job_item (prediction_id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE prediction_job_item');
    await runner.query('DROP TABLE prediction_job');
  }
}
