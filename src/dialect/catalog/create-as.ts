import { PgError } from '../pg-error.js';
import type { CreateMaterializedView, CreateTable, Query, QualifiedName } from '../sql/ast.js';
import { InlineTranslation } from '../translate/inline.js';
import { quoteName } from '../translate/quote.js';
import { translateViewText } from '../translate/stand-alone.js';
import { relationNames } from './automatic-names.js';
import type { TableDefinition } from './catalog.js';
import { type Defined, type DefinitionContext, namerFor, noSuchRelation, placeOf } from './definition.js';
import { queryName } from './query-name.js';
import type { SqlSession } from './session.js';
import { createTable } from './storage.js';
import type { StoredCatalog } from './stored-catalog.js';
import { nameList } from './table-sql.js';
import { TEMPORARY } from './temporary-schema.js';
import { TranslationNow } from './translation-now.js';
import { readBy, refuseFinished } from './views.js';

interface Planned {
  readonly table: TableDefinition;
  readonly catalog: StoredCatalog;
  /** SQLite's query for its rows. */
  readonly sql: string;
}

type WithQuery = CreateTable & { readonly as: Query };

/** The table that a query's columns make, which has none of its rows yet. */
export function planTableAs(
  { as }: WithQuery,
  place: { readonly schema: string; readonly name: string },
  catalog: StoredCatalog,
  nowMicros?: number,
): Planned {
  const { columns, sql } = outputsOf(as, new TranslationNow(catalog, nowMicros), place.name);
  const table: TableDefinition = { ...bare(place, 'table', catalog), columns };
  return { table, sql, catalog: catalog.withTables(table) };
}

export async function runCreateTableAs(
  statement: WithQuery,
  place: { readonly schema: string; readonly name: string },
  { session, catalog, nowMicros }: DefinitionContext,
): Promise<Defined> {
  const { table, sql, catalog: after } = planTableAs(statement, place, catalog, nowMicros);
  await createTable(session, table, after);
  if (!statement.as.withData) return { command: 'CREATE TABLE AS', catalog: after };
  return { command: 'SELECT', catalog: after, rowCount: await fill(session, table, sql) };
}

/** What a query's result gives a relation, with the names that were said before it. */
function outputsOf({ text, names }: Query, translation: InlineTranslation, of: string): Pick<TableDefinition, 'columns'> & { sql: string } {
  const { sql, columns } = translateViewText(text, translation.catalog, translation);
  if (names.length > columns.length) throw new PgError('42601', 'too many column names were specified');
  const named = columns.map(({ name }, index) => names[index] ?? name);
  const twice = named.find((name, index) => named.indexOf(name) !== index);
  if (twice !== undefined) throw new PgError('42701', `column "${twice}" specified more than once`);
  refuseFinished(columns, of);
  const definitions = columns.map(({ type }, index) => ({
    name: named[index] ?? '',
    type: type.key === 'unknown' ? ({ key: 'text' } as const) : type,
    notNull: false,
  }));
  return { sql, columns: definitions };
}

function bare(place: { schema: string; name: string }, kind: TableDefinition['kind'], catalog: StoredCatalog): TableDefinition {
  const storedName = namerFor(catalog, place.schema).stored(place.name);
  return { ...place, storedName, kind, columns: [], uniques: [], foreignKeys: [], checks: [], indexes: [] };
}

async function fill(session: SqlSession, { storedName, columns }: TableDefinition, sql: string): Promise<number> {
  const names = nameList(columns.map(({ name }) => name));
  return (await session.run(`INSERT INTO ${quoteName(storedName)} (${names}) ${sql}`)).changes;
}

/** The materialized view of a statement; none where there is a relation of its name and that is no error. */
export function planMaterializedView(
  { name, ifNotExists, query, select }: CreateMaterializedView,
  catalog: StoredCatalog,
): Planned | undefined {
  const place = placeOf(name, catalog);
  if (relationNames(catalog, place.schema).has(place.name)) {
    if (ifNotExists) return undefined;
    throw new PgError('42P07', `relation "${place.name}" already exists`);
  }
  const { columns, sql } = outputsOf(query, new InlineTranslation(catalog), place.name);
  const reads = readBy(select, catalog);
  if (reads.some(([schema]) => schema === TEMPORARY)) {
    throw new PgError('0A000', 'materialized views must not use temporary tables or views');
  }
  const table = { ...bare(place, 'materialized view', catalog), columns, select: query.text, reads };
  return { table, sql, catalog: catalog.withTables(table) };
}

/** A materialized view is a table with its rows, and a view of SQLite's that has them anew. */
export async function runCreateMaterializedView(statement: CreateMaterializedView, context: DefinitionContext): Promise<Defined> {
  const planned = planMaterializedView(statement, context.catalog);
  if (planned === undefined) return { command: 'CREATE MATERIALIZED VIEW', catalog: context.catalog };
  const { table, sql, catalog } = planned;
  const names = nameList(table.columns.map((column) => column.name));
  await context.session.run(`CREATE VIEW ${quoteName(queryName(table))} (${names}) AS ${sql}`);
  await createTable(context.session, table, catalog);
  return { command: 'SELECT', catalog, rowCount: await refill(context.session, table) };
}

/** @throws PgError where there is no such materialized view, or CONCURRENTLY can't be said of it */
export async function runRefresh(
  { name, isConcurrent }: { readonly name: QualifiedName; readonly isConcurrent: boolean },
  { session, catalog }: DefinitionContext,
): Promise<Defined> {
  const view = catalog.table(name);
  if (view === undefined) throw noSuchRelation(name);
  if (view.kind !== 'materialized view') throw new PgError('0A000', `"${view.name}" is not a materialized view`);
  if (isConcurrent) refuseWithoutKey(view);
  await session.run(`DELETE FROM ${quoteName(view.storedName)}`);
  await refill(session, view);
  return { command: 'REFRESH MATERIALIZED VIEW', catalog };
}

const refill = (session: SqlSession, view: TableDefinition): Promise<number> =>
  fill(session, view, `SELECT ${nameList(view.columns.map(({ name }) => name))} FROM ${quoteName(queryName(view))}`);

function refuseWithoutKey({ schema, name, indexes }: TableDefinition): void {
  const isKey = indexes.some(
    ({ unique, where, items }) => unique && where === undefined && items.every(({ column }) => column !== undefined),
  );
  if (isKey) return;
  throw new PgError('55000', `cannot refresh materialized view "${schema}.${name}" concurrently`, {
    hint: 'Create a unique index with no WHERE clause on one or more columns of the materialized view.',
  });
}
