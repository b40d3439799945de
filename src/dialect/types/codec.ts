import type { PgType } from './pg-type.js';

/** What SQLite stores, as the driver takes and gives it. Integers beyond 2^53 travel as decimal text, both ways (see `Codec.bind` and `Codec.select`). */
export type Stored = number | string | Buffer | null;

/**
 * How values of one type are stored. `input` and `output` are PostgreSQL's own input and output functions: their text is exactly
 * what a PostgreSQL server takes and sends (DateStyle ISO, IntervalStyle postgres, TimeZone UTC).
 */
export interface Codec {
  readonly type: PgType;
  /** The declared type of a column in SQLite: one of the storage classes, so that its affinity changes no value; citext adds its collation. */
  readonly affinity: 'INTEGER' | 'REAL' | 'TEXT' | 'BLOB' | 'TEXT COLLATE NOCASE';
  /** Reads PostgreSQL's text form and applies the modifiers. @throws PgError (22P02, 22001, 22003, 22007, 22008, …) with PostgreSQL's message. */
  input(text: string): Exclude<Stored, null>;
  /** PostgreSQL's text form of what is stored. */
  output(stored: Exclude<Stored, null>): string;
  /** The value as `pg` with Sequelize's parsers gives it (lib/dialects/postgres/data-types.js), without the way over the text. */
  toJs(stored: Exclude<Stored, null>): unknown;
  /** A quick way for a JavaScript value that is bound as `$1`; `undefined` where `input(textOfParameter(value))` must be asked. */
  fromJs?(value: unknown): Exclude<Stored, null> | undefined;
  /** The SQL of a bound value: `?1` by default; `CAST(?1 AS INTEGER)` where text must become an integer. */
  bind?(placeholder: string): string;
  /** The SQL that reads a value for a result: `x` by default; `CAST(x AS TEXT)` where the driver would lose digits. */
  select?(sql: string): string;
  /** The SQL of a sort and comparison key where `<` on what is stored is not PostgreSQL's order (enums, arrays); `undefined` where it is. */
  orderKey?(sql: string): string;
  /**
   * Conditions that must hold for a column of the type, as CHECKs, so that no other way of writing (raw SQL, expressions) can store
   * what PostgreSQL refuses. The first two parts become the constraint's name: a failed CHECK is told as this error.
   */
  checks?(column: string): readonly { readonly code: string; readonly message: string; readonly condition: string }[];
}
