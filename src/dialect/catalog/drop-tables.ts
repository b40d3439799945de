import { PgError } from '../pg-error.js';
import { quoteName } from '../translate/quote.js';
import { quoteIdentifier } from '../types/format-type.js';
import type { ForeignKeyDefinition, TableDefinition } from './catalog.js';
import { referencesTo } from './constraints-of.js';
import { type DefinitionContext, shownName, stillNeeded } from './definition.js';
import { redefineTable } from './storage.js';
import { queryName } from './query-name.js';
import { keyOf, type StoredCatalog } from './stored-catalog.js';
import { dropTextIndex, isTextIndex } from './text-indexes.js';

interface DropOptions {
  readonly cascade: boolean;
  /** Tables of the same statement: what they need of each other goes with them. */
  readonly together: readonly TableDefinition[];
}

/** Drops a table or view with, where it is asked for, the foreign keys and views that need it. */
export async function dropTable(table: TableDefinition, options: DropOptions, context: DefinitionContext): Promise<StoredCatalog> {
  const { session } = context;
  const isStaying = (other: TableDefinition) => ![table, ...options.together].some((going) => keyOf(going) === keyOf(other));
  const references = referencesTo(context.catalog, table);
  const views = viewsOn(context.catalog, table);
  const needing = [...references.map((reference) => reference.table), ...views].filter(isStaying);
  if (!options.cascade && needing.length > 0) {
    throw needed(
      table,
      references.filter((reference) => isStaying(reference.table)),
      views.filter(isStaying),
      context.catalog,
    );
  }
  let catalog = context.catalog;
  for (const view of views) {
    const current = catalog.table([view.schema, view.name]);
    if (current) catalog = await dropTable(current, options, { session, catalog });
  }
  // SQLite deletes the rows of a table that it drops, and what foreign keys do then must not happen.
  for (const { key, table: child } of references) catalog = await dropForeignKey(key, child, { session, catalog });
  // SQLite drops a table's own indexes with it; those of texts are tables.
  for (const { storedName } of table.indexes)
    if (storedName !== undefined && isTextIndex(storedName)) await dropTextIndex(session, storedName);
  if (table.kind === 'materialized view') await session.run(`DROP VIEW ${quoteName(queryName(table))}`);
  await session.run(`DROP ${table.kind === 'view' ? 'VIEW' : 'TABLE'} ${quoteName(table.storedName)}`);
  return catalog.withoutTable(table);
}

export async function dropForeignKey(
  key: ForeignKeyDefinition,
  { schema, name }: TableDefinition,
  { session, catalog }: DefinitionContext,
): Promise<StoredCatalog> {
  const child = catalog.table([schema, name]);
  if (child === undefined) return catalog;
  const without = { ...child, foreignKeys: child.foreignKeys.filter((other) => other.name !== key.name) };
  const after = catalog.withTables(without);
  await redefineTable(session, without, after);
  return after;
}

/** The views that read a table or view. */
export function viewsOn(catalog: StoredCatalog, { schema, name }: { schema: string; name: string }): TableDefinition[] {
  return [...catalog.tables()].filter((view) => view.reads?.some(([itsSchema, itsName]) => itsSchema === schema && itsName === name));
}

function needed(
  table: TableDefinition,
  references: ReturnType<typeof referencesTo>,
  views: readonly TableDefinition[],
  catalog: StoredCatalog,
): PgError {
  const what = `${table.kind} ${shownName(table, catalog)}`;
  return stillNeeded(what, [
    ...references.map(
      ({ key, table: child }) => `constraint ${quoteIdentifier(key.name)} on table ${shownName(child, catalog)} depends on ${what}`,
    ),
    ...viewDetails(views, what, catalog),
  ]);
}

/** What the views depend on, with the views that depend on these in turn. */
export function viewDetails(views: readonly TableDefinition[], what: string, catalog: StoredCatalog): string[] {
  return views.flatMap((view) => {
    const shown = `${view.kind} ${shownName(view, catalog)}`;
    return [`${shown} depends on ${what}`, ...viewDetails(viewsOn(catalog, view), shown, catalog)];
  });
}
