import { Comparison, Field, Operator, Order } from './filter.parser';

/** The values of one statement, in the order of their placeholders. */
export class SqlParameters {
  private readonly added: unknown[];

  constructor(first: readonly unknown[] = []) {
    this.added = [...first];
  }

  /** Adds a value and names its placeholder. */
  add(value: unknown): string {
    this.added.push(value);
    return `$${this.added.length}`;
  }

  get values(): readonly unknown[] {
    return this.added;
  }
}

/** Rows of keys and values that belong to what is searched. All SQL in here is ours. */
export interface KeyedTable {
  /** What follows FROM; rows have `key` and `value`. */
  readonly from: string;
  /** Which rows belong to what is searched. */
  readonly where: string;
  /** Which row counts in an order where a key has several: what follows ORDER BY. */
  readonly first?: string;
  /** Values that absent keys count as having. */
  readonly absent?: Readonly<Record<string, string>>;
}

/** How what is searched lies in the database. All SQL in here is ours. */
export interface SearchSchema {
  /** By attribute. */
  readonly columns: Readonly<Record<string, string>>;
  readonly metric?: KeyedTable;
  readonly param?: KeyedTable;
  readonly tag?: KeyedTable;
  readonly dataset?: KeyedTable;
}

/**
 * Conditions as one SQL condition. Nothing that a client wrote gets into the SQL: keys and values become
 * parameters, so two filters that differ in them alone have the same SQL.
 */
export function compileFilter(
  comparisons: readonly Comparison[],
  schema: SearchSchema,
  parameters: SqlParameters,
): string {
  return (
    comparisons.map((comparison) => `(${conditionOf(comparison, schema, parameters)})`).join(' AND ') ||
    'true'
  );
}

/** Orders as what follows ORDER BY, each with a comma after it. What has no value comes last, NaN before it. */
export function compileOrders(
  orders: readonly Order[],
  schema: SearchSchema,
  parameters: SqlParameters,
): string {
  return orders.map((order) => `${orderOf(order, schema, parameters)}, `).join('');
}

function conditionOf(
  { field, operator, value }: Comparison,
  schema: SearchSchema,
  parameters: SqlParameters,
): string {
  if (field.kind === 'attribute') {
    return test(schema.columns[field.key], field, operator, value, parameters);
  }
  const table = tableOf(field, schema);
  const key = parameters.add(field.key);
  const rows = `SELECT 1 FROM ${table.from} WHERE ${table.where} AND key = ${key}`;
  if (operator === 'IS NULL') return `NOT EXISTS (${rows})`;
  if (operator === 'IS NOT NULL') return `EXISTS (${rows})`;
  const absent = table.absent && Object.hasOwn(table.absent, field.key) ? table.absent[field.key] : undefined;
  if (absent !== undefined) {
    const present = `SELECT value FROM ${table.from} WHERE ${table.where} AND key = ${key}`;
    return test(`coalesce((${present}), ${parameters.add(absent)})`, field, operator, value, parameters);
  }
  return `EXISTS (${rows} AND ${test('value', field, operator, value, parameters)})`;
}

function test(
  left: string,
  { type }: Field,
  operator: Operator,
  value: Comparison['value'],
  parameters: SqlParameters,
): string {
  if (type === 'number') {
    const compared = `${left} ${operator} ${parameters.add(value)}::float8`;
    // To PostgreSQL NaN is the largest number; to everybody else it compares with none.
    return operator === '!=' ? compared : `${compared} AND ${left} <> 'NaN'::float8`;
  }
  const right = parameters.add(value);
  switch (operator) {
    case 'IN':
      return `${left} = ANY(${right}::text[])`;
    case 'NOT IN':
      return `${left} <> ALL(${right}::text[])`;
    case 'LIKE':
    case 'ILIKE':
      return `${left} ${operator} ${right}::text ESCAPE ''`;
    default:
      return `${left} ${operator} ${right}::text`;
  }
}

function orderOf({ field, ascending }: Order, schema: SearchSchema, parameters: SqlParameters): string {
  const direction = ascending ? 'ASC NULLS LAST' : 'DESC NULLS LAST';
  if (field.kind === 'attribute') return `${schema.columns[field.key]} ${direction}`;
  const { from, where, first } = tableOf(field, schema);
  const one = first ? `ORDER BY ${first} LIMIT 1` : 'LIMIT 1';
  const key = parameters.add(field.key);
  const valueAs = (value: string) => `(SELECT ${value} FROM ${from} WHERE ${where} AND key = ${key} ${one})`;
  if (field.kind !== 'metric') return `${valueAs('value')} ${direction}`;
  return `${valueAs("value = 'NaN'")} ASC NULLS LAST, ${valueAs('value')} ${direction}`;
}

function tableOf({ kind }: Field, schema: SearchSchema): KeyedTable {
  const table = kind === 'attribute' ? undefined : schema[kind];
  // The vocabulary and the schema of a search are ours and go together.
  if (!table) throw new TypeError(`This search has no ${kind}.`);
  return table;
}
