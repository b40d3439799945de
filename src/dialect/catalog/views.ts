import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import type { DefinitionStatement, SelectStatement } from '../sql/ast.js';
import { quoteName } from '../translate/quote.js';
import { translateViewText } from '../translate/stand-alone.js';
import { relationNames } from './automatic-names.js';
import type { TableDefinition } from './catalog.js';
import { type Defined, type DefinitionContext, namerFor, placeOf } from './definition.js';
import { viewsOn } from './drop-tables.js';
import type { StoredCatalog } from './stored-catalog.js';
import { nameList } from './table-sql.js';
import { TEMPORARY } from './temporary-schema.js';

type CreateView = Extract<DefinitionStatement, { kind: 'create view' }>;

export async function runCreateView(statement: CreateView, { session, catalog }: DefinitionContext): Promise<Defined> {
  const { sql, view, known } = planView(statement, catalog);
  if (known) await session.run(`DROP VIEW ${quoteName(known.storedName)}`);
  await session.run(`CREATE VIEW ${quoteName(view.storedName)} (${nameList(view.columns.map(({ name }) => name))}) AS ${sql}`);
  return { command: 'CREATE VIEW', catalog: catalog.withTables(view) };
}

/** The view that a statement makes, SQLite's query for it, and the view in whose place it comes. */
export function planView(
  statement: CreateView,
  catalog: StoredCatalog,
): { readonly sql: string; readonly view: TableDefinition; readonly known: TableDefinition | undefined } {
  const place = placeOf(statement.name, catalog);
  const known = catalog.table([place.schema, place.name]);
  if (known && (!statement.orReplace || known.kind !== 'view')) throw taken(statement, known);
  if (!known && relationNames(catalog, place.schema).has(place.name)) throw new PgError('42P07', `relation "${place.name}" already exists`);
  const { sql, view } = defineView(statement, place, known?.storedName ?? namerFor(catalog, place.schema).stored(place.name), catalog);
  if (known) refuseOtherColumns(known, view, catalog);
  return { sql, view, known };
}

function taken({ orReplace }: CreateView, known: TableDefinition): PgError {
  return orReplace
    ? new PgError('42809', `"${known.name}" is not a view`)
    : new PgError('42P07', `relation "${known.name}" already exists`);
}

function defineView(
  statement: CreateView,
  place: { schema: string; name: string },
  storedName: string,
  catalog: StoredCatalog,
): { sql: string; view: TableDefinition } {
  const { sql, columns } = translateViewText(statement.text, catalog);
  if (statement.columns.length > columns.length) throw new PgError('42601', 'CREATE VIEW specifies more column names than columns');
  const names = columns.map(({ name }, index) => statement.columns[index] ?? name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new PgError('42701', `column "${twice}" specified more than once`);
  refuseFinished(columns, place.name);
  const view: TableDefinition = {
    ...place,
    storedName,
    kind: 'view',
    columns: columns.map(({ type }, index) => ({
      name: names[index] ?? '',
      type: type.key === 'unknown' ? { key: 'text' } : type,
      notNull: false,
    })),
    uniques: [],
    foreignKeys: [],
    checks: [],
    indexes: [],
    select: statement.text,
    reads: readBy(statement.select, catalog),
  };
  if (view.reads?.some(([schema]) => schema === TEMPORARY)) {
    throw new UnsupportedOnFallbackError('A view of a temporary table', 'Make the table a plain one.');
  }
  return { sql, view };
}

/** What JavaScript finishes of a result can't be kept in SQLite. */
export function refuseFinished(columns: readonly { readonly name: string; readonly decode?: unknown }[], relation: string): void {
  const finished = columns.find(({ decode }) => decode !== undefined);
  if (finished === undefined) return;
  throw new UnsupportedOnFallbackError(
    `The column ${finished.name} of the query that ${relation} is made of`,
    'Leave it out of the query and compute it in the statement that reads.',
  );
}

function refuseOtherColumns(known: TableDefinition, view: TableDefinition, catalog: StoredCatalog): void {
  if (known.columns.length > view.columns.length) throw new PgError('42P16', 'cannot drop columns from view');
  for (const [index, { name }] of known.columns.entries()) {
    const other = view.columns[index]?.name;
    if (other !== name) throw new PgError('42P16', `cannot change name of view column "${name}" to "${other}"`);
  }
  const [reader] = viewsOn(catalog, known);
  if (reader)
    throw new UnsupportedOnFallbackError(
      `CREATE OR REPLACE of the view ${known.name}, which ${reader.name} reads,`,
      `Drop ${reader.name} first.`,
    );
}

/** The tables and views that a query reads, once each. */
export function readBy(select: SelectStatement, catalog: StoredCatalog): readonly (readonly [string, string])[] {
  const found = new Set<TableDefinition>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(visit);
    if (typeof value !== 'object' || value === null) return;
    const { kind, name } = value as { kind?: unknown; name?: unknown };
    const table = kind === 'table' && Array.isArray(name) ? catalog.table(name as string[]) : undefined;
    if (table) found.add(table);
    Object.values(value).forEach(visit);
  };
  visit(select);
  return [...found].map(({ schema, name }) => [schema, name] as const);
}
