import { PgError } from '../pg-error.js';
import type { CreateIndex, Expression } from '../sql/ast.js';
import { parseExpressionText } from '../sql/parser.js';
import { quoteIdentifier } from '../types/format-type.js';
import { keysOf, relationNames } from './automatic-names.js';
import type { IndexDefinition, IndexItem, TableDefinition } from './catalog.js';
import { deparseContext } from './column-clauses.js';
import { columnsOf } from './constraint-clauses.js';
import { keyFor, referencesTo } from './constraints-of.js';
import { type Defined, type DefinitionContext, dependents, namerFor, shownName, tableOf } from './definition.js';
import { deparse } from './deparse.js';
import type { StoredCatalog } from './stored-catalog.js';
import { createStoredIndex, dropStoredIndex } from './storage.js';

/** PostgreSQL's access methods, and whether a B-tree of SQLite serves the same questions. */
const METHODS: Readonly<Record<string, boolean>> = { btree: true, hash: true, gin: false, gist: false, spgist: false, brin: false };

export async function runCreateIndex(statement: CreateIndex, { session, catalog }: DefinitionContext): Promise<Defined> {
  const command = 'CREATE INDEX';
  const planned = planIndex(statement, catalog);
  if (planned === undefined) return { command, catalog };
  const { table } = planned;
  const index = await createStoredIndex(session, planned.index, table, catalog);
  return { command, catalog: catalog.withTables({ ...table, indexes: [...table.indexes, index] }) };
}

/** The index that a statement makes, and its table; none where there is one of its name and that is no error. */
export function planIndex(
  statement: CreateIndex,
  catalog: StoredCatalog,
): { readonly table: TableDefinition; readonly index: IndexDefinition } | undefined {
  const table = tableOf(statement.table, catalog);
  if (table.kind === 'view')
    throw new PgError('42809', `cannot create index on relation "${table.name}"`, { detail: 'This operation is not supported for views.' });
  if (statement.name !== undefined && relationNames(catalog, table.schema).has(statement.name)) {
    if (statement.ifNotExists) return undefined;
    throw new PgError('42P07', `relation "${statement.name}" already exists`);
  }
  return { table, index: defineIndex(statement, table, catalog) };
}

function defineIndex(statement: CreateIndex, table: TableDefinition, catalog: StoredCatalog): IndexDefinition {
  const method = statement.method ?? 'btree';
  const isStored = METHODS[method];
  if (isStored === undefined) throw new PgError('42704', `access method "${method}" does not exist`);
  if (statement.unique && method !== 'btree') throw new PgError('0A000', `access method "${method}" does not support unique indexes`);
  const namer = namerFor(catalog, table.schema);
  const name = statement.name === undefined ? namer.automatic(table.name, nameParts(statement), 'idx') : namer.take(statement.name);
  const { where, whereText } = statement;
  if (where !== undefined) refuseUnknownColumns(where, table);
  return {
    name,
    ...(isStored && { storedName: namer.stored(name) }),
    unique: statement.unique,
    method,
    items: statement.items.map((item) => indexItem(item, table, catalog)),
    ...(where !== undefined &&
      whereText !== undefined && { where: whereText, shownWhere: deparse(where, whereText, deparseContext(table, catalog)) }),
  };
}

/** PostgreSQL's ChooseIndexColumnNames: columns by their name, calls by the function's, other expressions as `expr`. */
function nameParts({ items }: CreateIndex): string[] {
  const names: string[] = [];
  for (const { expression } of items) {
    const wanted = partOf(expression);
    let name = wanted;
    for (let number = 1; names.includes(name); number += 1) name = `${wanted}${number}`;
    names.push(name);
  }
  return names;
}

function partOf(expression: Expression): string {
  if (expression.kind === 'column') return expression.path.at(-1) ?? 'expr';
  if (expression.kind === 'call') return expression.path.at(-1) ?? 'expr';
  if (expression.kind === 'cast') return partOf(expression.operand);
  return 'expr';
}

function indexItem(item: CreateIndex['items'][number], table: TableDefinition, catalog: StoredCatalog): IndexItem {
  const { expression, text, direction, nulls, collate, operatorClass } = item;
  refuseUnknownColumns(expression, table);
  const column = expression.kind === 'column' ? expression.path.at(-1) : undefined;
  return {
    text,
    shown: deparse(expression, text, deparseContext(table, catalog)),
    ...(column !== undefined && { column }),
    ...(direction && { direction }),
    ...(nulls && { nulls }),
    ...(collate !== undefined && { collate }),
    ...(operatorClass !== undefined && { operatorClass }),
  };
}

/** The table with its indexes as PostgreSQL prints them back since a column has another type. */
export function withIndexesShown(table: TableDefinition, catalog: StoredCatalog): TableDefinition {
  const context = deparseContext(table, catalog);
  const shown = (text: string) => deparse(parseExpressionText(text), text, context);
  const indexes = table.indexes.map((index) => ({
    ...index,
    items: index.items.map((item) => ({ ...item, shown: shown(item.text) })),
    ...(index.where !== undefined && { shownWhere: shown(index.where) }),
  }));
  return { ...table, indexes };
}

function refuseUnknownColumns(expression: Expression, table: TableDefinition): void {
  for (const name of columnsOf(expression)) {
    if (!table.columns.some((column) => column.name === name)) throw new PgError('42703', `column "${name}" does not exist`);
  }
}

/** A constraint's or an index's own index, with its table. */
export interface FoundIndex {
  readonly table: TableDefinition;
  /** Where it is no constraint's. */
  readonly index?: IndexDefinition;
}

export function findIndex(name: readonly string[], catalog: StoredCatalog): FoundIndex | undefined {
  const [last, schema] = [...name].reverse();
  for (const table of catalog.tables()) {
    if (schema === undefined ? !catalog.searchPath.includes(table.schema) : table.schema !== schema) continue;
    const index = table.indexes.find((each) => each.name === last);
    if (index) return { table, index };
    if (keysOf(table).some((key) => key.name === last)) return { table };
  }
  return undefined;
}

/** @throws PgError where the index belongs to a constraint, or a foreign key rests on it */
export async function dropIndex(found: FoundIndex, name: string, { session, catalog }: DefinitionContext): Promise<StoredCatalog> {
  const { table, index } = found;
  if (index === undefined) {
    throw new PgError(
      '2BP01',
      `cannot drop index ${quoteIdentifier(name)} because constraint ${quoteIdentifier(name)} on table ${shownName(table, catalog)} requires it`,
      {
        hint: `You can drop constraint ${quoteIdentifier(name)} on table ${shownName(table, catalog)} instead.`,
      },
    );
  }
  const after = { ...table, indexes: table.indexes.filter((each) => each !== index) };
  const resting = referencesTo(catalog, table).filter(({ key }) => keyFor(after, key.references.columns) === undefined);
  if (resting.length > 0)
    throw dependents(
      `index ${quoteIdentifier(name)}`,
      resting.map(({ table: child, key }) => `constraint ${quoteIdentifier(key.name)} on table ${shownName(child, catalog)}`),
    );
  await dropStoredIndex(session, index);
  return catalog.withTables(after);
}

/** ALTER INDEX … RENAME TO: SQLite keeps its own name of it. */
export function renameIndex(name: readonly string[], renameTo: string, catalog: StoredCatalog): StoredCatalog {
  const found = findIndex(name, catalog);
  if (found === undefined) throw new PgError('42P01', `relation "${name.join('.')}" does not exist`);
  const { table } = found;
  namerFor(catalog, table.schema).take(renameTo);
  const last = name.at(-1);
  const renamed = <T extends { readonly name: string }>(each: T): T => (each.name === last ? { ...each, name: renameTo } : each);
  const { primaryKey } = table;
  return catalog.withTables({
    ...table,
    indexes: table.indexes.map(renamed),
    uniques: table.uniques.map(renamed),
    ...(primaryKey && { primaryKey: renamed(primaryKey) }),
  });
}
