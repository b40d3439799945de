import type { PgType } from '../types/pg-type.js';
import type { ColumnDefinition, TableDefinition } from './catalog.js';
import { quoteName } from '../translate/quote.js';
import type { SqlSession } from './session.js';

const OF_OTHERS =
  "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE 'sequelize\\_resilient\\_%' ESCAPE '\\'";

/** Describes the tables that something else has made in the file. Their values are read as SQLite stores them: numbers, texts and bytes. */
export async function introspected(session: SqlSession, known: readonly TableDefinition[]): Promise<TableDefinition[]> {
  const names = new Set(known.map(({ storedName }) => storedName));
  const found: TableDefinition[] = [];
  for (const { name, sql } of await session.all(OF_OTHERS)) {
    if (!names.has(String(name)) && !/^CREATE VIRTUAL/i.test(String(sql))) found.push(await describe(session, String(name)));
  }
  return found;
}

async function describe(session: SqlSession, name: string): Promise<TableDefinition> {
  const rows = await session.all(`PRAGMA table_xinfo(${quoteName(name)})`);
  const columns = rows.filter((row) => row['hidden'] === 0).map(columnOf);
  const key = rows.filter((row) => Number(row['pk']) > 0).sort((a, b) => Number(a['pk']) - Number(b['pk']));
  const keyColumns = key.map((row) => String(row['name']));
  const isRowid = key.length === 1 && /^integer$/i.test(String(key[0]?.['type']));
  return {
    schema: 'public',
    name,
    storedName: name,
    kind: 'table',
    columns,
    uniques: [],
    foreignKeys: [],
    checks: [],
    indexes: [],
    ...(keyColumns.length > 0 && { primaryKey: { name: `${name}_pkey`, columns: keyColumns } }),
    ...(isRowid && { rowidColumn: keyColumns[0] as string }),
  };
}

function columnOf(row: Record<string, unknown>): ColumnDefinition {
  return { name: String(row['name']), type: typeOf(String(row['type'])), notNull: row['notnull'] === 1 || Number(row['pk']) > 0 };
}

/** SQLite's own rules of affinity. */
function typeOf(declared: string): PgType {
  if (/int/i.test(declared)) return { key: 'int8' };
  if (/real|floa|doub/i.test(declared)) return { key: 'float8' };
  if (/blob/i.test(declared)) return { key: 'bytea' };
  return { key: 'text' };
}
