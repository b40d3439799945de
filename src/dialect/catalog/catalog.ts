import type { EnumType, PgType } from '../types/pg-type.js';

/** What the fallback knows of one table, kept in the file's meta tables: the truth that SQLite's own schema is made from. */
export interface TableDefinition {
  /** `public` unless said. */
  readonly schema: string;
  readonly name: string;
  /** The name of the table in SQLite: `name` in the schema `public`, else `schema.name`, unless that is taken. Quote it with backticks. */
  readonly storedName: string;
  readonly kind: 'table' | 'view' | 'materialized view';
  readonly columns: readonly ColumnDefinition[];
  readonly primaryKey?: KeyDefinition;
  readonly uniques: readonly KeyDefinition[];
  readonly foreignKeys: readonly ForeignKeyDefinition[];
  readonly checks: readonly CheckDefinition[];
  readonly indexes: readonly IndexDefinition[];
  readonly comment?: string;
  /** The serial or identity column that is SQLite's `INTEGER PRIMARY KEY AUTOINCREMENT` (the rowid), whatever PostgreSQL's primary key is: SQLite gives its numbers. */
  readonly rowidColumn?: string;
  /** Of a view, materialized or not: PostgreSQL's text. */
  readonly select?: string;
  /** Of a view: the tables and views that it reads. */
  readonly reads?: readonly (readonly [schema: string, name: string])[];
}

export interface ColumnDefinition {
  readonly name: string;
  readonly type: PgType;
  readonly notNull: boolean;
  /** PostgreSQL's text of the default; none for `serial` and identity. */
  readonly default?: string;
  /** The default as PostgreSQL prints it back: `'x'::character varying`. */
  readonly shownDefault?: string;
  /** What is stored for a default that is a plain constant; SQLite's own default is made of it. */
  readonly constantDefault?: number | string;
  /** serial, bigserial, smallserial, identity: the numbers are SQLite's (`TableDefinition.rowidColumn`). */
  readonly serial?: 'serial' | 'identity' | 'identity always';
  /** The name of the sequence that PostgreSQL would take the numbers from, in the table's schema. */
  readonly sequence?: string;
  /** PostgreSQL's text of GENERATED ALWAYS AS (…) STORED. */
  readonly generated?: string;
  readonly comment?: string;
}

export interface KeyDefinition {
  readonly name: string;
  readonly columns: readonly string[];
  /** SQLite's name of its unique index; none where the key is the rowid. */
  readonly storedName?: string;
}

export interface CheckDefinition {
  readonly name: string;
  /** PostgreSQL's text. */
  readonly text: string;
}

export interface ForeignKeyDefinition {
  readonly name: string;
  readonly columns: readonly string[];
  readonly references: { readonly schema: string; readonly table: string; readonly columns: readonly string[] };
  readonly onDelete?: string;
  readonly onUpdate?: string;
  readonly deferrable?: boolean;
  readonly initiallyDeferred?: boolean;
}

export interface IndexItem {
  /** PostgreSQL's text, as written. */
  readonly text: string;
  /** The text as PostgreSQL prints it back. */
  readonly shown: string;
  /** Where it is a plain column. */
  readonly column?: string;
  readonly direction?: 'asc' | 'desc';
  readonly nulls?: 'first' | 'last';
  readonly collate?: string;
  readonly operatorClass?: string;
}

export interface IndexDefinition {
  readonly name: string;
  /** SQLite's name of it; none where it is only known here, because SQLite has nothing like it (GIN, GiST, …). */
  readonly storedName?: string;
  readonly unique: boolean;
  readonly method: string;
  readonly items: readonly IndexItem[];
  readonly where?: string;
  /** The condition as PostgreSQL prints it back. */
  readonly shownWhere?: string;
}

/** What a session of PostgreSQL is asked for with `current_database()` and `current_user`. */
export interface SessionNames {
  readonly database: string;
  readonly user: string;
}

/** Answers what a translation asks. It is immutable: a changed schema is another Catalog. */
export interface Catalog {
  /** Without a schema the search path (`public`) is looked through. Names are exact, as PostgreSQL sees them. */
  table(name: readonly string[]): TableDefinition | undefined;
  enumType(name: readonly string[]): EnumType | undefined;
  tables(): Iterable<TableDefinition>;
  enums(): Iterable<EnumType>;
  schemas(): Iterable<string>;
  /** Missing where no session was begun. */
  readonly names?: SessionNames;
  /** The first schema of the search path that exists. */
  readonly creationSchema?: string | undefined;
  /** True of one that is no file's: tables may have indexes that it has not heard of. */
  readonly mayHaveOtherIndexes?: boolean;
}
