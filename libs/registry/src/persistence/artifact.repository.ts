import { DataSource } from 'typeorm';
import { foldersOf } from '../artifacts/artifact-path';
import { InvalidParameterError, quoted } from '../errors';
import { Database, rowsOf } from './sql';

/** Where the bytes of an artifact are, and what they are. */
export interface StoredArtifact {
  readonly path: string;
  /** In the object store. */
  readonly key: string;
  readonly sizeBytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** An entry of a folder; folders have no size. */
export interface ArtifactEntry {
  /** Its name in the folder. */
  readonly name: string;
  readonly isFolder: boolean;
  readonly sizeBytes: number | null;
}

/** Which path is which object. Paths are checked by their caller. */
export class ArtifactRepository {
  /** @param now milliseconds since 1970 */
  constructor(
    private readonly database: DataSource,
    private readonly now: () => number,
  ) {}

  /** @throws InvalidParameterError where the path or one above it is a folder or file already */
  assertFree(path: string): Promise<void> {
    return assertFree(this.database, path);
  }

  /**
   * Lets a path lead to an object; resolves with the key of the one before.
   * @throws InvalidParameterError where a registered version would change
   */
  async place({ path, key, sizeBytes, sha256 }: StoredArtifact): Promise<string | undefined> {
    return this.database.transaction(async (db) => {
      // One writer of a path at a time, so that no object is left that nobody replaces.
      await rowsOf(db, 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [path]);
      await assertFree(db, path);
      const [standing] = await rowsOf<{ key: string; sha256: string }>(
        db,
        'SELECT object_key AS key, sha256 FROM registry_artifact WHERE path = $1',
        [path],
      );
      if (standing && standing.sha256 !== sha256) await refuseRegistered(db, path);
      await rowsOf(
        db,
        `INSERT INTO registry_artifact (path, object_key, size_bytes, sha256, written_at_ms)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (path) DO UPDATE SET
           object_key = EXCLUDED.object_key, size_bytes = EXCLUDED.size_bytes,
           sha256 = EXCLUDED.sha256, written_at_ms = EXCLUDED.written_at_ms`,
        [path, key, sizeBytes, sha256, this.now()],
      );
      return standing?.key;
    });
  }

  async find(path: string): Promise<StoredArtifact | null> {
    const [artifact] = await rowsOf<StoredArtifact>(
      this.database,
      `SELECT path, object_key AS key, size_bytes::float8 AS "sizeBytes", sha256
       FROM registry_artifact WHERE path = $1`,
      [path],
    );
    return artifact ?? null;
  }

  /** Files and folders directly in a folder, by name. */
  list(folder: string): Promise<ArtifactEntry[]> {
    const prefix = folder === '' ? '' : `${folder}/`;
    return rowsOf<ArtifactEntry>(
      this.database,
      `SELECT split_part(rest, '/', 1) AS name, bool_or(strpos(rest, '/') > 0) AS "isFolder",
              max(size_bytes) FILTER (WHERE strpos(rest, '/') = 0)::float8 AS "sizeBytes"
       FROM (SELECT substr(path, length($1) + 1) AS rest, size_bytes FROM registry_artifact
             WHERE ${below('$1')}) AS found
       GROUP BY 1 ORDER BY 1`,
      [prefix],
    );
  }

  /** Removes a file, or all files below a folder; resolves with the keys that nothing leads to any more. */
  async remove(path: string): Promise<string[]> {
    return this.database.transaction(async (db) => {
      await refuseRegistered(db, path);
      const removed = await rowsOf<{ key: string }>(
        db,
        `DELETE FROM registry_artifact WHERE path = $1 OR ${below('$2')} RETURNING object_key AS key`,
        [path, `${path}/`],
      );
      return removed.map(({ key }) => key);
    });
  }

  async refersTo(key: string): Promise<boolean> {
    const found = await rowsOf(this.database, 'SELECT 1 FROM registry_artifact WHERE object_key = $1', [key]);
    return found.length > 0;
  }
}

/**
 * Paths that begin with a prefix, as a range that the index knows: the prefix is empty or ends with "/", and "0"
 * is the character after "/".
 */
function below(prefix: '$1' | '$2', path = 'path'): string {
  return `(${prefix}::text = '' OR (${path} > ${prefix}::text COLLATE "C"
    AND ${path} < (left(${prefix}::text, -1) || '0') COLLATE "C"))`;
}

async function assertFree(db: Database, path: string): Promise<void> {
  const [standing] = await rowsOf<{ path: string }>(
    db,
    `SELECT path FROM registry_artifact WHERE path = ANY($1::text[]) OR ${below('$2')} LIMIT 1`,
    [foldersOf(path), `${path}/`],
  );
  if (!standing) return;
  throw new InvalidParameterError(
    `The artifact ${quoted(path)} cannot be stored: there is ${quoted(standing.path)}, and nothing can be a file ` +
      'and a folder.',
    'Choose another path, or delete what is there.',
  );
}

/**
 * Refuses to change files that a registered version consists of: those at or below its path, and folders above it.
 * @throws InvalidParameterError
 */
async function refuseRegistered(db: Database, path: string): Promise<void> {
  const [version] = await rowsOf<{ name: string; version: number }>(
    db,
    `SELECT m.name, v.version FROM registry_model_version v JOIN registry_model m ON m.id = v.registered_id
     WHERE v.deleted_at_ms IS NULL
       AND (v.storage_path = ANY($1::text[]) OR ${below('$2', 'v.storage_path')}) LIMIT 1`,
    [[path, ...foldersOf(path)], `${path}/`],
  );
  if (!version) return;
  throw new InvalidParameterError(
    `The artifact ${quoted(path)} belongs to version ${version.version} of the registered model ${quoted(version.name)}, ` +
      'and what a version is made of does not change.',
    'Write to another path and register that as the next version.',
  );
}
