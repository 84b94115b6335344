import { MigrationInterface, QueryRunner } from 'typeorm';

/** The verdict on a version's model file: written with the version, and never changed. */
export class ModelInspection1764000800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE registry_model_version ADD COLUMN inspection jsonb');
    await runner.query(
      `CREATE FUNCTION registry_keep_inspection() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         RAISE EXCEPTION 'the verdict on a model version does not change'
           USING ERRCODE = 'integrity_constraint_violation';
       END $$`,
    );
    await runner.query(
      `CREATE TRIGGER registry_model_version_inspected BEFORE UPDATE ON registry_model_version
       FOR EACH ROW WHEN (NEW.inspection IS DISTINCT FROM OLD.inspection) EXECUTE FUNCTION registry_keep_inspection()`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TRIGGER registry_model_version_inspected ON registry_model_version');
    await runner.query('DROP FUNCTION registry_keep_inspection');
    await runner.query('ALTER TABLE registry_model_version DROP COLUMN inspection');
  }
}
