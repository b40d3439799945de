import type { PgType } from '../types/pg-type.js';
import type { Stored } from '../types/codec.js';

/** Where a bound value of the SQLite statement comes from. The n-th slot is `?n`. */
export interface Slot {
  readonly source:
    | { readonly from: 'literal'; readonly slot: number }
    | { readonly from: 'parameter'; readonly number: number }
    | { readonly from: 'now'; readonly what: string };
  /** Makes what is stored of a literal's text, or of a parameter as it was given to `query` (never null: null is null). @throws PgError */
  readonly convert: (value: unknown) => Stored;
}

/** A column of the result. */
export interface ResultColumn {
  /** As PostgreSQL names it. SQLite's own names are not used: the statement names its columns `0`, `1`, …, so that two of one name stay apart. */
  readonly name: string;
  readonly type: PgType;
  /** Where the value is not stored as its type's codec would: gives PostgreSQL's text of it, or null. */
  readonly decode?: (stored: Stored) => string | null;
}

/** A statement for SQLite that says the same. */
export interface DataPlan {
  readonly command: 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE';
  readonly sql: string;
  readonly slots: readonly Slot[];
  /** Undefined where the statement gives no rows. */
  readonly columns: readonly ResultColumn[] | undefined;
  /** The literals whose values the translation has looked at: another text with other values of these needs a plan of its own. */
  readonly fixedLiterals: ReadonlySet<number>;
  /** For messages about constraints: the table that is written. */
  readonly table?: readonly [schema: string, name: string];
  /** True where it writes, also by a CTE. */
  readonly writes: boolean;
}
