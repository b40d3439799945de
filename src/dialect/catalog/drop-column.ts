import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import { quoteName } from '../translate/quote.js';
import { quoteIdentifier } from '../types/format-type.js';
import { keysOf } from './automatic-names.js';
import type { TableDefinition } from './catalog.js';
import { referencesTo } from './constraints-of.js';
import { type DefinitionContext, shownName, stillNeeded } from './definition.js';
import { dropForeignKey, dropTable, viewDetails } from './drop-tables.js';
import { isNamedIn } from './renaming.js';
import { viewsWith } from './views-with.js';
import { dropStoredIndex, redefineTable } from './storage.js';
import type { StoredCatalog } from './stored-catalog.js';

/** Drops a column with the keys, indexes and constraints of the table that it is in, as PostgreSQL does. */
export async function dropColumn(
  table: TableDefinition,
  name: string,
  options: { readonly cascade: boolean },
  { session, catalog: before }: DefinitionContext,
): Promise<StoredCatalog> {
  if (!table.columns.some((column) => column.name === name)) throw noSuchColumn(table, name);
  if (table.kind === 'materialized view') return await dropTable(table, { ...options, together: [] }, { session, catalog: before });
  refuseLastColumn(table);
  const catalog = await dropDependents(table, name, options, { session, catalog: before });
  const bare = withoutUsesOf(table, name);
  for (const gone of [...keysOf(table), ...table.indexes].filter((each) => ![...keysOf(bare), ...bare.indexes].includes(each))) {
    await dropStoredIndex(session, gone);
  }
  await redefineTable(session, bare, catalog.withTables(bare));
  await session.run(`ALTER TABLE ${quoteName(table.storedName)} DROP COLUMN ${quoteName(name)}`);
  return catalog.withTables({ ...bare, columns: bare.columns.filter((column) => column.name !== name) });
}

export const noSuchColumn = (table: TableDefinition, name: string): PgError =>
  new PgError('42703', `column "${name}" of relation "${table.name}" does not exist`);

function refuseLastColumn(table: TableDefinition): void {
  if (table.columns.length > 1) return;
  throw new UnsupportedOnFallbackError(`A table without columns (${table.name})`, 'Drop the table, or add the new column first.');
}

/** What other tables have that needs the column: foreign keys and views. */
async function dropDependents(
  table: TableDefinition,
  name: string,
  { cascade }: { readonly cascade: boolean },
  { session, catalog }: DefinitionContext,
): Promise<StoredCatalog> {
  const references = referencesTo(catalog, table).filter(
    ({ key, table: child }) => key.references.columns.includes(name) && (child !== table || !key.columns.includes(name)),
  );
  const views = await viewsWith(table, name, { session, catalog });
  if (!cascade && references.length + views.length > 0) {
    const what = `column ${quoteIdentifier(name)} of table ${shownName(table, catalog)}`;
    throw stillNeeded(what, [
      ...references.map(
        ({ key, table: child }) => `constraint ${quoteIdentifier(key.name)} on table ${shownName(child, catalog)} depends on ${what}`,
      ),
      ...viewDetails(views, what, catalog),
    ]);
  }
  let after = catalog;
  for (const { key, table: child } of references) after = await dropForeignKey(key, child, { session, catalog: after });
  for (const view of views) {
    const current = after.table([view.schema, view.name]);
    if (current) after = await dropTable(current, { cascade, together: [] }, { session, catalog: after });
  }
  return after;
}

/** The table with the column as a plain one that nothing else names: only such a one can SQLite drop. */
function withoutUsesOf(table: TableDefinition, name: string): TableDefinition {
  const { primaryKey, rowidColumn, ...rest } = table;
  const isWithout = ({ columns }: { readonly columns: readonly string[] }) => !columns.includes(name);
  return {
    ...rest,
    ...(primaryKey && isWithout(primaryKey) && { primaryKey }),
    ...(rowidColumn !== undefined && rowidColumn !== name && { rowidColumn }),
    columns: table.columns.map((column) => (column.name === name ? { name, type: { key: 'text' }, notNull: false } : column)),
    uniques: table.uniques.filter(isWithout),
    foreignKeys: table.foreignKeys.filter(
      (key) => isWithout(key) && !(key.references.table === table.name && key.references.columns.includes(name)),
    ),
    checks: table.checks.filter(({ text }) => !isNamedIn(text, name)),
    indexes: table.indexes.filter(
      ({ items, where }) => ![...items.map(({ text }) => text), where ?? ''].some((text) => isNamedIn(text, name)),
    ),
  };
}
