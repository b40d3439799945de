import type { PgType } from '../types/pg-type.js';

const text: PgType = { key: 'text' };
const int8: PgType = { key: 'int8' };
const schemaTable = { type: text, name: text, tbl_name: text, rootpage: int8, sql: text };

const TABLES: Readonly<Record<string, Readonly<Record<string, PgType>>>> = {
  sqlite_master: schemaTable,
  sqlite_schema: schemaTable,
  sqlite_sequence: { name: text, seq: int8 },
};

/** The columns of a table that only SQLite has, and that a program asks for deliberately: PostgreSQL knows no such name. */
export function sqliteTable(name: readonly string[]): readonly { readonly name: string; readonly type: PgType }[] | undefined {
  const columns = name.length === 1 ? TABLES[name[0] ?? ''] : undefined;
  return columns && Object.entries(columns).map(([column, type]) => ({ name: column, type }));
}
