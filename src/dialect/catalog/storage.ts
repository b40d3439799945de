import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import type { Stored } from '../types/codec.js';
import { codecFor } from '../types/codecs.js';
import { quoteName } from '../translate/quote.js';
import { translateExpressionText } from '../translate/stand-alone.js';
import { quoteIdentifier } from '../types/format-type.js';
import type { Catalog, IndexDefinition, IndexItem, KeyDefinition, TableDefinition } from './catalog.js';
import { duplicatedKey } from './duplicate-look.js';
import { keyItems } from './key-columns.js';
import type { SqlSession } from './session.js';
import { nameList, tableSql } from './table-sql.js';
import { indexedDocument } from '../translate/full-text.js';
import { createTextIndex, dropTextIndex, isTextIndex } from './text-indexes.js';

/** Makes a table that has no rows yet, without its keys and indexes. */
export async function createTable(session: SqlSession, table: TableDefinition, catalog: Catalog): Promise<void> {
  await runTableSql(session, tableSql(table, catalog), table);
  // The row is there before the first number is taken, so that setval() finds it.
  if (table.rowidColumn !== undefined) await session.run('INSERT INTO sqlite_sequence (name, seq) VALUES (?1, 0)', [table.storedName]);
}

const SCRATCH = 'sequelize_resilient_scratch';

/**
 * Gives a table another definition in place: the rows stay as they are, so the caller sees to it that they fit.
 *
 * A copy of the table in its place (SQLite's twelve steps) would delete the rows of the tables that reference it, because foreign keys
 * can't be switched off within a transaction. So SQLite's other documented way is taken (lang_altertable.html, writable_schema), with
 * a statement that a table of another name was made with first. To make that one also writes what FTS5 keeps in memory until the transaction
 * ends (xSavepoint), and would lose where the schema is read anew.
 */
export async function redefineTable(session: SqlSession, table: TableDefinition, catalog: Catalog): Promise<void> {
  await runTableSql(session, tableSql(table, catalog, SCRATCH), table);
  await session.run(`DROP TABLE ${quoteName(SCRATCH)}`);
  const [row] = await session.all('PRAGMA schema_version');
  await session.run('PRAGMA writable_schema = ON');
  try {
    await session.run("UPDATE sqlite_master SET sql = ?1 WHERE type = 'table' AND name = ?2", [tableSql(table, catalog), table.storedName]);
    await session.run(`PRAGMA schema_version = ${Number(row?.['schema_version']) + 1}`);
  } finally {
    // Switches it off and reads the schema again: ALTER TABLE would trust what it knows.
    await session.run('PRAGMA writable_schema = RESET');
  }
}

async function runTableSql(session: SqlSession, sql: string, table: TableDefinition): Promise<void> {
  try {
    await session.run(sql);
  } catch (error) {
    if (!/prohibited in|non-deterministic/.test((error as Error).message)) throw error;
    throw new UnsupportedOnFallbackError(
      `A CHECK or generated column of this kind (table ${table.name})`,
      'Use an expression without subqueries, or check it in your program.',
    );
  }
}

/** Makes the unique index of a key. @throws PgError where rows have the same key */
export async function createKeyIndex(session: SqlSession, key: KeyDefinition, table: TableDefinition): Promise<void> {
  if (key.storedName === undefined) return;
  const sql = `CREATE UNIQUE INDEX ${quoteName(key.storedName)} ON ${quoteName(table.storedName)} (${keyItems(table, key.columns)})`;
  await runUnique(session, sql, { name: key.name, table, detail: () => duplicateDetail(session, table, key.columns) });
}

/** Makes an index; answers it without a name in SQLite where it is only to be known to the catalog. */
export async function createStoredIndex(
  session: SqlSession,
  index: IndexDefinition,
  table: TableDefinition,
  catalog: Catalog,
): Promise<IndexDefinition> {
  const { storedName, ...known } = index;
  if (storedName === undefined) return index;
  const document = indexedDocument(index);
  if (document !== undefined) {
    await createTextIndex(session, { ...document, name: storedName }, table);
    return index;
  }
  const columns = index.items.flatMap(({ column }) => column ?? []);
  try {
    const sql = indexSql({ ...index, storedName }, table, catalog);
    const isPlain = columns.length === index.items.length && index.where === undefined;
    const detail = () => (isPlain ? duplicateDetail(session, table, columns) : duplicatedKey(session, index, table, catalog));
    if (index.unique) await runUnique(session, sql, { name: index.name, table, detail });
    else await session.run(sql);
    return index;
  } catch (error) {
    // Without the index reads are slower, and nothing else.
    if (!index.unique && isUntranslatable(error)) return known;
    throw error;
  }
}

const isUntranslatable = (error: unknown): boolean =>
  error instanceof UnsupportedOnFallbackError || /prohibited in|non-deterministic/.test((error as Error).message);

/** SQLite's statement for an index. @throws PgError, UnsupportedOnFallbackError */
export function indexSql(index: IndexDefinition & { storedName: string }, table: TableDefinition, catalog: Catalog): string {
  const items = index.items.map((item) => itemSql(item, index.unique, table, catalog)).join(', ');
  const where = index.where === undefined ? '' : ` WHERE ${translateExpressionText(index.where, catalog, table)}`;
  return `CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX ${quoteName(index.storedName)} ON ${quoteName(table.storedName)} (${items})${where}`;
}

function itemSql({ column, text, direction }: IndexItem, unique: boolean, table: TableDefinition, catalog: Catalog): string {
  const plain = column === undefined ? `(${translateExpressionText(text, catalog, table)})` : quoteName(column);
  const sql = unique && column !== undefined ? keyItems(table, [column]) : plain;
  return direction === 'desc' ? `${sql} DESC` : sql;
}

async function runUnique(
  session: SqlSession,
  sql: string,
  of: { name: string; table: TableDefinition; detail: () => Promise<string | undefined> },
): Promise<void> {
  try {
    await session.run(sql);
  } catch (error) {
    if (!/UNIQUE constraint failed|not unique/.test((error as Error).message)) throw error;
    const detail = await of.detail();
    throw new PgError('23505', `could not create unique index "${of.name}"`, {
      ...(detail !== undefined && { detail }),
      schema: of.table.schema,
      table: of.table.name,
      constraint: of.name,
      cause: error,
    });
  }
}

async function duplicateDetail(session: SqlSession, table: TableDefinition, columns: readonly string[]): Promise<string | undefined> {
  const filled = columns.map((name) => `${quoteName(name)} IS NOT NULL`).join(' AND ');
  const [row] = await session.all(
    `SELECT ${nameList(columns)} FROM ${quoteName(table.storedName)} WHERE ${filled} GROUP BY ${keyItems(table, columns)} HAVING count(*) > 1 LIMIT 1`,
  );
  if (row === undefined) return undefined;
  return `Key (${columns.map(quoteIdentifier).join(', ')})=(${columns.map((name) => shownValue(table, name, row[name] as Stored)).join(', ')}) is duplicated.`;
}

/** A stored value of a column as PostgreSQL shows it in an error's detail. */
export function shownValue(table: TableDefinition, column: string, stored: Stored): string {
  const definition = table.columns.find(({ name }) => name === column);
  return stored === null || definition === undefined ? 'null' : codecFor(definition.type).output(stored);
}

export async function dropStoredIndex(session: SqlSession, { storedName }: { readonly storedName?: string }): Promise<void> {
  if (storedName === undefined) return;
  if (isTextIndex(storedName)) await dropTextIndex(session, storedName);
  else await session.run(`DROP INDEX IF EXISTS ${quoteName(storedName)}`);
}
