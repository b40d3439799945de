import { PgError } from '../pg-error.js';
import type { AlterTableAction } from '../sql/ast.js';
import { quoteName } from '../translate/quote.js';
import { keysOf } from './automatic-names.js';
import type { ColumnDefinition, KeyDefinition, TableDefinition } from './catalog.js';
import { withDefault } from './column-clauses.js';
import { type DefinitionContext, namerFor } from './definition.js';
import { noSuchColumn } from './drop-column.js';
import type { SqlSession } from './session.js';
import { createKeyIndex, redefineTable } from './storage.js';
import type { StoredCatalog } from './stored-catalog.js';
import { without } from './without.js';

/** @throws PgError where the table has no such column */
export function columnOf(table: TableDefinition, name: string): ColumnDefinition {
  const column = table.columns.find((each) => each.name === name);
  if (column === undefined) throw noSuchColumn(table, name);
  return column;
}

/** The table with the column as it is said to be, defined anew. */
export async function redefineColumn(
  table: TableDefinition,
  column: ColumnDefinition,
  { session, catalog }: DefinitionContext,
): Promise<StoredCatalog> {
  const changed = { ...table, columns: table.columns.map((each) => (each.name === column.name ? column : each)) };
  const after = catalog.withTables(changed);
  await redefineTable(session, changed, after);
  return after;
}

export async function setNotNull(table: TableDefinition, name: string, context: DefinitionContext): Promise<StoredCatalog> {
  const column = columnOf(table, name);
  if (column.notNull) return context.catalog;
  await refuseNulls(table, [name], context.session);
  return await redefineColumn(table, { ...column, notNull: true }, context);
}

/** @throws PgError where a row has no value in one of the columns */
export async function refuseNulls(table: TableDefinition, columns: readonly string[], session: SqlSession): Promise<void> {
  for (const name of columns) {
    const [row] = await session.all(`SELECT 1 FROM ${quoteName(table.storedName)} WHERE ${quoteName(name)} IS NULL LIMIT 1`);
    if (row === undefined) continue;
    throw new PgError('23502', `column "${name}" of relation "${table.name}" contains null values`, {
      schema: table.schema,
      table: table.name,
      column: name,
    });
  }
}

export async function dropNotNull(table: TableDefinition, name: string, context: DefinitionContext): Promise<StoredCatalog> {
  const column = columnOf(table, name);
  refuseIdentity(table, column);
  if (table.primaryKey?.columns.includes(name)) throw new PgError('42P16', `column "${name}" is in a primary key`);
  return column.notNull ? await redefineColumn(table, { ...column, notNull: false }, context) : context.catalog;
}

function refuseIdentity(table: TableDefinition, { name, serial }: ColumnDefinition): void {
  if (serial === undefined || serial === 'serial') return;
  throw new PgError('42601', `column "${name}" of relation "${table.name}" is an identity column`);
}

type SetDefault = Extract<AlterTableAction, { type: 'set default' }>;

export async function setDefault(table: TableDefinition, action: SetDefault, context: DefinitionContext): Promise<StoredCatalog> {
  const catalog = await dropDefault(table, action.name, context);
  const plain = catalog.table([table.schema, table.name]) ?? table;
  return await redefineColumn(plain, withDefault(columnOf(plain, action.name), action, catalog), { session: context.session, catalog });
}

export async function dropDefault(table: TableDefinition, name: string, context: DefinitionContext): Promise<StoredCatalog> {
  const column = columnOf(table, name);
  refuseIdentity(table, column);
  if (table.rowidColumn === name) return await withoutNumbering(table, column, context);
  if (column.default === undefined && column.shownDefault === undefined) return context.catalog;
  return await redefineColumn(table, without(column, 'default', 'shownDefault', 'constantDefault'), context);
}

/** Makes a plain column of the one that numbers itself: its values are in the rows from now on, and its keys have indexes. */
async function withoutNumbering(
  table: TableDefinition,
  column: ColumnDefinition,
  { session, catalog }: DefinitionContext,
): Promise<StoredCatalog> {
  const bare = without(column, 'serial', 'shownDefault');
  const namer = namerFor(catalog, table.schema);
  const withIndex = (key: KeyDefinition): KeyDefinition =>
    key.storedName === undefined ? { ...key, storedName: namer.stored(key.name) } : key;
  const { primaryKey, ...rest } = without(table, 'rowidColumn');
  const plain: TableDefinition = {
    ...rest,
    ...(primaryKey && { primaryKey: withIndex(primaryKey) }),
    uniques: table.uniques.map(withIndex),
    columns: table.columns.map((each) => (each === column ? bare : each)),
  };
  const after = catalog.withTables(plain);
  await redefineTable(session, plain, after);
  // Before the values: foreign keys to the column rest on the index.
  for (const [index, key] of keysOf(plain).entries())
    if (keysOf(table)[index]?.storedName === undefined) await createKeyIndex(session, key, plain);
  await session.run(`UPDATE ${quoteName(table.storedName)} SET ${quoteName(column.name)} = rowid`);
  await session.run('DELETE FROM sqlite_sequence WHERE name = ?1', [table.storedName]);
  return after;
}
