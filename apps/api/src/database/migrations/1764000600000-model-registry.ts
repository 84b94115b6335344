import { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Registered models, their versions, and the history of their stages. What a version is made of never changes,
 * and history is only ever added to: the database refuses everything else, whoever asks.
 */
export class ModelRegistry1764000600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...models, ...versions, ...history]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `DROP TABLE registry_stage_transition, registry_model_alias, registry_model_version_tag,
         registry_model_version, registry_model_tag, registry_model`,
    );
    await runner.query('DROP FUNCTION registry_refuse_change, registry_keep_version');
  }
}

const models = [
  `CREATE TABLE registry_model (
     id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     name           text COLLATE "C" NOT NULL,
     description    text NOT NULL,
     next_version   int NOT NULL DEFAULT 1,
     stage_revision int NOT NULL DEFAULT 0,
     created_at_ms  bigint NOT NULL,
     updated_at_ms  bigint NOT NULL,
     deleted_at_ms  bigint
   )`,
  'CREATE UNIQUE INDEX registry_model_name ON registry_model (name) WHERE deleted_at_ms IS NULL',
  `CREATE TABLE registry_model_tag (
     registered_id bigint NOT NULL REFERENCES registry_model,
     key           text COLLATE "C" NOT NULL,
     value         text COLLATE "C" NOT NULL,
     PRIMARY KEY (registered_id, key)
   )`,
];

const versions = [
  `CREATE TABLE registry_model_version (
     registered_id    bigint NOT NULL REFERENCES registry_model,
     version          int NOT NULL CHECK (version > 0),
     source           text COLLATE "C" NOT NULL,
     storage_location text COLLATE "C" NOT NULL,
     storage_path     text COLLATE "C",
     run_id           text COLLATE "C",
     run_link         text,
     logged_model_id  text COLLATE "C",
     contents         jsonb NOT NULL,
     description      text NOT NULL,
     stage            text COLLATE "C" NOT NULL
                      CHECK (stage IN ('None', 'Staging', 'Canary', 'Production', 'Archived')),
     revision         int NOT NULL DEFAULT 1,
     created_at_ms    bigint NOT NULL,
     updated_at_ms    bigint NOT NULL,
     deleted_at_ms    bigint,
     PRIMARY KEY (registered_id, version)
   )`,
  'CREATE INDEX registry_model_version_storage ON registry_model_version (storage_path)',
  'CREATE INDEX registry_model_version_logged ON registry_model_version (logged_model_id)',
  `CREATE TABLE registry_model_version_tag (
     registered_id bigint NOT NULL,
     version       int NOT NULL,
     key           text COLLATE "C" NOT NULL,
     value         text COLLATE "C" NOT NULL,
     PRIMARY KEY (registered_id, version, key),
     FOREIGN KEY (registered_id, version) REFERENCES registry_model_version
   )`,
  `CREATE TABLE registry_model_alias (
     registered_id bigint NOT NULL,
     alias         text COLLATE "C" NOT NULL,
     version       int NOT NULL,
     PRIMARY KEY (registered_id, alias),
     FOREIGN KEY (registered_id, version) REFERENCES registry_model_version
   )`,
];

const history = [
  `CREATE TABLE registry_stage_transition (
     id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     registered_id bigint NOT NULL,
     version       int NOT NULL,
     from_stage    text NOT NULL,
     to_stage      text NOT NULL,
     move          text NOT NULL,
     actor         text NOT NULL,
     reason        text NOT NULL,
     evidence      jsonb NOT NULL,
     at_ms         bigint NOT NULL,
     FOREIGN KEY (registered_id, version) REFERENCES registry_model_version
   )`,
  'CREATE INDEX registry_stage_transition_version ON registry_stage_transition (registered_id, version, id)',
  `CREATE FUNCTION registry_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     RAISE EXCEPTION 'rows of % are kept as they are', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
   END $$`,
  `CREATE TRIGGER registry_stage_transition_append_only BEFORE UPDATE OR DELETE ON registry_stage_transition
   FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()`,
  `CREATE TRIGGER registry_model_version_kept BEFORE DELETE ON registry_model_version
   FOR EACH ROW EXECUTE FUNCTION registry_refuse_change()`,
  `CREATE FUNCTION registry_keep_version() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     IF ROW(NEW.registered_id, NEW.version, NEW.source, NEW.storage_location, NEW.storage_path, NEW.run_id,
            NEW.run_link, NEW.logged_model_id, NEW.contents, NEW.created_at_ms)
        IS DISTINCT FROM
        ROW(OLD.registered_id, OLD.version, OLD.source, OLD.storage_location, OLD.storage_path, OLD.run_id,
            OLD.run_link, OLD.logged_model_id, OLD.contents, OLD.created_at_ms) THEN
       RAISE EXCEPTION 'what a model version is made of does not change'
         USING ERRCODE = 'integrity_constraint_violation';
     END IF;
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER registry_model_version_immutable BEFORE UPDATE ON registry_model_version
   FOR EACH ROW EXECUTE FUNCTION registry_keep_version()`,
];
