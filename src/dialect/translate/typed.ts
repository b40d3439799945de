import type { Catalog, TableDefinition } from '../catalog/catalog.js';
import type { PgType } from '../types/pg-type.js';
import type { Stored } from '../types/codec.js';
import type { Call, Expression, Literal, Parameter, SelectStatement } from '../sql/ast.js';
import type { ResultColumn, Slot } from './plan.js';

/** An expression in SQLite's language, and the PostgreSQL type of its value: the SQL gives what that type's codec stores. */
export interface Typed {
  /** Safe to put into any expression: in parentheses unless it is one name, placeholder or call. Empty while `pending`. */
  readonly sql: string;
  readonly type: PgType;
  /**
   * A literal, a parameter or NULL that is not bound yet: where it stands says what it is (`price > '10'`, `$1`). Its `type` is what it
   * is by itself: `unknown` for strings, parameters and NULL, int4/int8/numeric for numbers. Only `coerce` makes SQL of it.
   */
  readonly pending?: Literal | Parameter | 'null';
  /** Where the SQL does not give what the codec stores: makes PostgreSQL's text of it. Such a value can only be a result (`onlyAsResult`). */
  readonly decode?: (stored: Stored) => string | null;
  /** Why it can be a column of a result and nothing else (a sum that JavaScript finishes): anything else is refused with this feature. */
  readonly onlyAsResult?: string;
  /** How PostgreSQL names a column of it that has no alias: a column's or a function's name; `?column?` otherwise. */
  readonly name?: string;
  /** True for a plain column. */
  readonly isColumn?: boolean;
  /** Of a row value `(a, b)`. */
  readonly elements?: readonly Typed[];
}

/** A column that FROM offers. */
export interface SourceColumn {
  readonly name: string;
  readonly type: PgType;
  /** SQL of the value. */
  readonly sql: string;
  /** True where it can't be NULL, whatever the joins do. */
  readonly notNull?: boolean;
  /** As in Typed: of a subquery's column that JavaScript finishes. */
  readonly decode?: (stored: Stored) => string | null;
}

/** A table, subquery or function in FROM. */
export interface Source {
  /** The name that its columns can be qualified with. */
  readonly alias: string | undefined;
  /** The schema, of tables without an alias. */
  readonly schema?: string;
  /** SQLite's alias for it, quoted. */
  readonly sqlAlias: string;
  readonly columns: readonly SourceColumn[];
  /** Of a table of the catalog. */
  readonly table?: TableDefinition;
  /** Of a function that gives one value for each row: its alias means the value. */
  readonly isScalar?: boolean;
  /** True where an outer join may fill it with NULLs. */
  readonly nullable?: boolean;
}

/** A query of a WITH clause. */
export interface CommonSource {
  /** SQLite's name for it, quoted. */
  readonly sql: string;
  readonly columns: readonly ResultColumn[];
}

/** What names mean at one place. Inner queries look into `parent` after themselves. */
export interface Scope {
  readonly sources: readonly Source[];
  readonly parent?: Scope | undefined;
  /** The columns that may be named without a table, in the order of `*`, where joins have merged some (USING); else all of `sources`. */
  readonly visible?: readonly SourceColumn[];
  /** What WITH has named. */
  readonly commonTables?: ReadonlyMap<string, CommonSource>;
  /** Told of each column of this scope that an inner query names: one that is not grouped is refused. */
  readonly onInnerUse?: (column: SourceColumn) => void;
  /** Output columns that ORDER BY and GROUP BY may name. */
  readonly outputs?: readonly { readonly name: string; readonly typed: Typed }[];
}

/** What one translation needs and gathers. Implemented in translation.ts. */
export interface Translation {
  readonly catalog: Catalog;
  readonly rules: RuleTable;
  /** The n-th is `?n`. */
  readonly slots: Slot[];
  /** Binds a literal or parameter as a value of the type; gives the placeholder's SQL (with `Codec.bind`). */
  bind(node: Literal | Parameter, type: PgType): string;
  /** Binds a value that the translation itself knows. */
  constant(stored: Stored): string;
  /** The statement's time, as a value of timestamptz: one for a whole transaction, as in PostgreSQL. */
  now(): string;
  /** The text of a literal that the translation must know; the plan then holds for this value alone. */
  valueOf(literal: Literal): string;
  /** A fresh alias within the statement, e.g. `_r3`. */
  alias(): string;
  /** A subquery. Its SQL has no parentheses. SQLite's columns are named `0`, `1`, …. */
  select(statement: SelectStatement, scope: Scope | undefined): { readonly sql: string; readonly columns: readonly ResultColumn[] };
  expression(node: Expression, scope: Scope): Typed;
}

/** One overload: answers `undefined` where the operands are not its own. Operands may be pending. */
export type OperatorRule = (left: Typed, right: Typed, context: Translation) => Typed | undefined;
/** The same for a function; `call` has its modifiers (distinct, filter, order, over: `aggregateSuffix` of aggregates.ts writes them). */
export type FunctionRule = (args: readonly Typed[], context: Translation, call: Call, scope: Scope) => Typed | undefined;

/**
 * A function that stands in FROM. `sql` is what stands there, a table-valued function of SQLite (it may then name columns of the tables
 * before it) or a subquery in parentheses; it is given an alias. Each column's SQL is made with that alias; its name is the function's
 * own (or the alias that the query gives) where none is said. `ordinality` is the SQL of the row's number, from 1.
 */
export type TableFunction = (
  args: readonly Typed[],
  context: Translation,
) =>
  | {
      readonly sql: string;
      readonly columns: readonly { readonly name?: string; readonly type: PgType; readonly sql: (alias: string) => string }[];
      readonly ordinality?: (alias: string) => string;
    }
  | undefined;

/** What each file of `operators/` and `functions/` exports; `registry.ts` puts them together. Rules of one name are asked in order. */
export interface Rules {
  readonly operators?: Readonly<Record<string, readonly OperatorRule[]>>;
  readonly functions?: Readonly<Record<string, readonly FunctionRule[]>>;
}

/** All rules by the operator's or function's name. */
export interface RuleTable {
  readonly operators: ReadonlyMap<string, readonly OperatorRule[]>;
  readonly functions: ReadonlyMap<string, readonly FunctionRule[]>;
}
