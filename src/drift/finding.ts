import type { Role } from '../words.js';

/** What differs. */
export type SchemaDifference =
  | 'missing-table'
  | 'extra-table'
  | 'view'
  | 'missing-column'
  | 'extra-column'
  | 'type'
  | 'enum'
  | 'nullability'
  | 'default'
  | 'auto-increment'
  | 'generated'
  | 'primary-key'
  | 'missing-unique'
  | 'extra-unique'
  | 'missing-index'
  | 'extra-index'
  | 'index'
  | 'missing-foreign-key'
  | 'extra-foreign-key'
  | 'foreign-key'
  | 'missing-check'
  | 'extra-check'
  | 'check'
  | 'name'
  | 'not-compared';

/** One difference between a database and what it is compared with. */
export interface SchemaFinding {
  /** The database that differs. */
  readonly database: Role;
  /** What it was compared with: the models or, where those say nothing of it, the primary. */
  readonly comparedWith: 'models' | 'primary';
  readonly kind: SchemaDifference;
  /** `users`, and `crm.users` where the search path does not find it. */
  readonly table: string;
  /** Of the column, index or constraint; the columns of a unique or foreign key; null where it is about the whole table. */
  readonly name: string | null;
  /** In PostgreSQL's words; null where nothing should be there. */
  readonly expected: string | null;
  /** In PostgreSQL's words; null where nothing is there. */
  readonly found: string | null;
}

/** What `connection.schemaReport()` answers. */
export interface SchemaReport {
  /** True where there is no finding and each database that the connection has was compared. */
  readonly same: boolean;
  /** `'compared'`, or why it was not. */
  readonly databases: Readonly<Record<Role, string>>;
  /** What should be mended: work that goes well with one of the databases fails or ends otherwise with the other, or with the models. */
  readonly findings: readonly SchemaFinding[];
  /** What is only told: what a migration has made beyond the models, other names, what serves speed alone. */
  readonly notes: readonly SchemaFinding[];
  /** All of it as a table in words, for a terminal. */
  toString(): string;
}
