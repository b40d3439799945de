import { PgError } from '../pg-error.js';
import type { CreateIndex, DefinitionStatement, Expression, TypeName } from '../sql/ast.js';
import { parseExpressionText } from '../sql/parser.js';
import { bareTypeName, quoteIdentifier } from '../types/format-type.js';
import { resolveTypeName } from '../types/type-names.js';
import { keysOf, relationNames } from './automatic-names.js';
import type { IndexDefinition, IndexItem, TableDefinition } from './catalog.js';
import { deparseContext } from './column-clauses.js';
import { columnsOf } from './constraint-clauses.js';
import { keyFor, referencesTo } from './constraints-of.js';
import { type Defined, type DefinitionContext, dependents, namerFor, shownName, tableOf } from './definition.js';
import { deparse } from './deparse.js';
import { typesIn } from './expression-types.js';
import { refuseChanging } from './immutability.js';
import { refuseItem, refuseSeveralItems } from './operator-classes.js';
import type { StoredCatalog } from './stored-catalog.js';
import { createStoredIndex, dropStoredIndex } from './storage.js';
import { documentIn, shownDocument } from '../full-text/document.js';
import { indexedDocument } from '../translate/full-text.js';
import { TEXT_INDEX } from './text-indexes.js';

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
  return { table, index: withWords(defineIndex(statement, table, catalog), table, catalog) };
}

/** A full-text index is a table of SQLite's own kind. */
function withWords(index: IndexDefinition, table: TableDefinition, catalog: StoredCatalog): IndexDefinition {
  const document = indexedDocument(index);
  if (document === undefined) return index;
  // With what is in it: a process that has not heard of the change yet must not find another index under the name.
  const name = [index.name, document.configuration, ...document.columns].join('_');
  return { ...index, storedName: namerFor(catalog, table.schema).stored(name, TEXT_INDEX) };
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
  for (const { expression } of statement.items) refuseUnknownColumns(expression, table);
  refuseUnindexable(statement, method, table, catalog);
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

/** What `refuseUnindexable` looks at: a statement, or an index whose table has changed. */
interface Indexed {
  readonly items: readonly (Pick<IndexItem, 'direction' | 'nulls' | 'operatorClass'> & { readonly expression: Expression })[];
  readonly where?: Expression;
}

/** @throws PgError where PostgreSQL has no such index (DefineIndex of src/backend/commands/indexcmds.c, 17) */
function refuseUnindexable({ items, where }: Indexed, method: string, table: TableDefinition, catalog: StoredCatalog): void {
  const typeOf = typesIn(table, catalog, throwPgError);
  const resolve = (type: TypeName) => resolveTypeName(type, catalog);
  refuseSeveralItems(method, items);
  if (where !== undefined) {
    const type = typeOf(where);
    if (type !== undefined && type.key !== 'bool')
      throw new PgError('42804', `argument of WHERE must be type boolean, not type ${bareTypeName(type)}`);
    refuseChanging(where, 'predicate', typeOf, resolve);
  }
  for (const item of items) {
    refuseChanging(item.expression, 'expression', typeOf, resolve);
    refuseItem(item, typeOf(item.expression), method);
  }
}

/** What PostgreSQL refuses, also in an index that is only known here. */
function throwPgError(error: unknown): void {
  if (error instanceof PgError) throw error;
}

/** The same of an index whose table has changed. */
export function refuseUnindexableIndex({ items, where, method }: IndexDefinition, table: TableDefinition, catalog: StoredCatalog): void {
  const indexed: Indexed = {
    items: items.map((item) => ({ ...item, expression: parseExpressionText(item.text) })),
    ...(where !== undefined && { where: parseExpressionText(where) }),
  };
  refuseUnindexable(indexed, method, table, catalog);
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
  const column = expression.kind === 'column' ? expression.path.at(-1) : undefined;
  return {
    text,
    shown: shownText(expression, text, table, catalog),
    ...(column !== undefined && { column }),
    ...(direction && { direction }),
    ...(nulls && { nulls }),
    ...(collate !== undefined && { collate }),
    ...(operatorClass !== undefined && { operatorClass }),
  };
}

function shownText(expression: Expression, text: string, table: TableDefinition, catalog: StoredCatalog): string {
  const document = documentIn(expression, (literal) => literal.text);
  if (document === undefined) return deparse(expression, text, deparseContext(table, catalog));
  const columns = document.columns.map((path) => {
    const column = table.columns.find(({ name }) => name === path.at(-1));
    return { sql: quoteIdentifier(path.at(-1) ?? ''), isText: column?.type.key === 'text' };
  });
  return shownDocument({ ...document, columns });
}

/** The table with its indexes as PostgreSQL prints them back since a column has another type. */
export function withIndexesShown(table: TableDefinition, catalog: StoredCatalog): TableDefinition {
  const shown = (text: string) => shownText(parseExpressionText(text), text, table, catalog);
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

type AlterIndex = Extract<DefinitionStatement, { kind: 'alter index' }>;

/** ALTER INDEX … RENAME TO: SQLite keeps its own name of it. */
export function renameIndex({ name, ifExists, renameTo }: AlterIndex, catalog: StoredCatalog): StoredCatalog {
  const found = findIndex(name, catalog);
  if (found === undefined && ifExists) return catalog;
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
