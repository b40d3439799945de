import type { SelectStatement } from '../sql/ast.js';
import type { Output } from './result-columns.js';
import type { Scope, Translation, Typed } from './typed.js';

/** Makes of a column what is asked for: settles it, converts it for the column that it is stored into, or makes it readable. */
export type Finish = (typed: Typed, index: number) => Typed;

/** A query whose names are resolved, before it is known what its pending columns become. */
export interface Query {
  readonly outputs: readonly Output[];
  /** The SQL; its columns are named `0`, `1`, …. Of the outermost query the rows come as they were stored where no order is said. */
  readonly write: (finish: Finish, isOutermost?: boolean) => string;
}

/** What stands around a query's body: its ORDER BY, LIMIT and locking clauses, and the names it can see. */
export interface Place {
  readonly scope: Scope;
  readonly statement: SelectStatement;
}

/** `query` of select.ts, for the parts of it. */
export type QueryOf = (statement: SelectStatement, outer: Scope | undefined, context: Translation) => Query;
