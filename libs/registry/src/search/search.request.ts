import { parseFilter, parseOrder } from './filter.parser';
import { compileFilter, compileOrders, SearchSchema, SqlParameters } from './filter.compiler';
import { Vocabulary } from './filter.vocabulary';
import { Page } from './page-token';

/** A search as clients ask for it. */
export interface SearchRequest {
  /** Conditions; empty for none. */
  readonly filter: string;
  /** Columns, the first one first. */
  readonly orderBy: readonly string[];
  readonly page: Page;
}

/** A page of what was found. */
export interface SearchResult<T> {
  readonly items: readonly T[];
  /** Whether there is more after it. */
  readonly more: boolean;
}

/** The parts of a statement that answer a search. All SQL in them is ours; what the client wrote is in `values`. */
export interface CompiledSearch {
  readonly condition: string;
  readonly orderBy: string;
  readonly limit: string;
  readonly values: readonly unknown[];
}

/**
 * Parses and compiles a search.
 *
 * @param first values that the statement has already
 * @param lastOrder what decides between equals, so that pages fit together: SQL of ours
 * @throws InvalidParameterError
 */
export function compileSearch(
  { filter, orderBy, page }: SearchRequest,
  vocabulary: Vocabulary,
  schema: SearchSchema,
  first: readonly unknown[],
  lastOrder: string,
): CompiledSearch {
  const parameters = new SqlParameters(first);
  const condition = compileFilter(parseFilter(filter, vocabulary), schema, parameters);
  const orders = compileOrders(
    orderBy.map((order) => parseOrder(order, vocabulary)),
    schema,
    parameters,
  );
  const limit = `OFFSET ${parameters.add(page.offset)} LIMIT ${parameters.add(page.limit + 1)}`;
  return { condition, orderBy: `ORDER BY ${orders}${lastOrder}`, limit, values: parameters.values };
}

/** Cuts off the one row too many that tells whether there is more. */
export function pageFrom<T>(rows: readonly T[], { limit }: Page): SearchResult<T> {
  return { items: rows.slice(0, limit), more: rows.length > limit };
}
