import { EntityManager } from 'typeorm';
import { KeyValue } from '../tracking/tracking.types';

/** Whatever runs a statement: the data source, or a transaction of it. */
export type Database = Pick<EntityManager, 'query'>;

/** Runs one statement and resolves with its rows. Values go into `parameters`, never into `sql`. */
export async function rowsOf<T>(
  db: Database,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<T[]> {
  const result = await db.query<unknown>(sql, [...parameters]);
  // TypeORM answers UPDATE and DELETE with [rows, count].
  const tuple = Array.isArray(result) && result.length === 2 && Array.isArray(result[0]);
  return (tuple ? (result as unknown[])[0] : result) as T[];
}

/** Whether PostgreSQL refused a row because another has its key. */
export function isUniqueViolation(error: unknown): boolean {
  return (error as { driverError?: { code?: string } }).driverError?.code === '23505';
}

/** Column-wise, as `unnest($1::text[], …)` takes rows. */
export function columnsOf<T>(rows: readonly T[], ...columns: ((row: T) => unknown)[]): unknown[][] {
  return columns.map((column) => rows.map(column));
}

export function keysAndValues(pairs: readonly KeyValue[]): unknown[][] {
  return columnsOf(
    pairs,
    ({ key }) => key,
    ({ value }) => value,
  );
}
