import { MigrationInterface, QueryRunner } from 'typeorm';

/** The recorded predictions and what they are listed by. */
export class Predictions1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE prediction (
        id                uuid PRIMARY KEY,
        created_at        timestamptz NOT NULL DEFAULT now(),
        image_sha256      char(64)    NOT NULL,
        image_width       int         NOT NULL CHECK (image_width > 0),
        image_height      int         NOT NULL CHECK (image_height > 0),
        image_source      text        NOT NULL CHECK (image_source IN ('jpeg', 'png', 'dicom')),
        model_name        text        NOT NULL,
        model_version     text        NOT NULL,
        model_sha256      char(64)    NOT NULL,
        findings          jsonb       NOT NULL,
        inference_ms      real        NOT NULL,
        review_flagged    boolean     NOT NULL DEFAULT false,
        review_comment    text,
        review_flagged_at timestamptz,
        CHECK (review_flagged = (review_flagged_at IS NOT NULL))
      )`);
    await runner.query('CREATE INDEX prediction_newest ON prediction (created_at DESC, id DESC)');
    await runner.query('CREATE INDEX prediction_image ON prediction (image_sha256)');
    await runner.query(
      'CREATE INDEX prediction_flagged ON prediction (created_at DESC) WHERE review_flagged',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE prediction');
  }
}
