import { MigrationInterface, QueryRunner } from 'typeorm';

/** Which artifact path is which object of the object store. */
export class Artifacts1764000400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE registry_artifact (
        path          text COLLATE "C" PRIMARY KEY,
        object_key    text NOT NULL UNIQUE,
        size_bytes    bigint NOT NULL CHECK (size_bytes >= 0),
        sha256        char(64) NOT NULL,
        written_at_ms bigint NOT NULL
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE registry_artifact');
  }
}
