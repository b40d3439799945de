import { UnsupportedOnFallbackError } from '../../errors.js';
import { virtualTable } from '../catalog/virtual-tables.js';
import { PgError } from '../pg-error.js';
import type { FromSource, JoinSource, SubquerySource, TableSource } from '../sql/ast.js';
import { functionSource } from './from-function.js';
import { joined } from './join.js';
import type { ResultColumn } from './plan.js';
import { quoteName } from './quote.js';
import { sqliteTable } from './sqlite-tables.js';
import type { CommonSource, Scope, Source, SourceColumn, Translation } from './typed.js';
import { virtualSql } from './virtual-source.js';

/** What FROM says: its SQL, the names it gives, and the columns that need no table's name. */
export interface From {
  readonly sql: string;
  readonly sources: readonly Source[];
  readonly visible: readonly SourceColumn[];
  /** True of a join that must stay in parentheses when it is joined further. */
  readonly isJoin?: boolean;
}

export const NOTHING: From = { sql: '', sources: [], visible: [] };

/** The items of FROM, each of which is joined with those before it. `outer` is what subqueries in FROM can see. */
export function fromItems(items: readonly FromSource[], outer: Scope | undefined, context: Translation): From {
  try {
    return items.reduce((before, item) => both(before, fromItem(item, before, outer, context)), NOTHING);
  } catch (error) {
    throw error instanceof PgError ? unreachable(error, items) : error;
  }
}

/** A table that is there, but can't be named at that place. */
function unreachable(error: PgError, items: readonly FromSource[]): PgError {
  const [, name] = /^missing FROM-clause entry for table "(.*)"$/s.exec(error.message) ?? [];
  if (name === undefined || !items.flatMap(aliases).includes(name)) return error;
  return new PgError('42P01', `invalid reference to FROM-clause entry for table "${name}"`);
}

function aliases(item: FromSource): readonly (string | undefined)[] {
  if (item.kind === 'join') return [...aliases(item.left), ...aliases(item.right)];
  return [item.alias ?? (item.kind === 'table' ? item.name.at(-1) : undefined)];
}

function both(before: From, next: From): From {
  if (before === NOTHING) return next;
  refuseTwice(before, next);
  const sources = [...before.sources, ...next.sources];
  return { sql: `${before.sql}, ${inParentheses(next)}`, sources, visible: [...before.visible, ...next.visible] };
}

/** @throws PgError 42712 where both have a table of one name */
export function refuseTwice(left: From, right: From): void {
  for (const { alias, schema } of right.sources) {
    if (alias !== undefined && left.sources.some((other) => other.alias === alias && other.schema === schema)) {
      throw new PgError('42712', `table name "${alias}" specified more than once`);
    }
  }
}

export function inParentheses(from: From): string {
  return from.isJoin ? `(${from.sql})` : from.sql;
}

/** `before` is what a function in FROM may name. */
function fromItem(item: FromSource, before: From, outer: Scope | undefined, context: Translation): From {
  switch (item.kind) {
    case 'table':
      return table(item, outer, context);
    case 'subquery':
      return item.lateral ? lateral(item, outer, context) : subquery(item, outer, context);
    case 'function':
      return one(functionSource(item, { ...before, parent: outer }, context), item.columnAliases);
    case 'join':
      return join(item, before, outer, context);
  }
}

function join(node: JoinSource, before: From, outer: Scope | undefined, context: Translation): From {
  const left = fromItem(node.left, before, outer, context);
  const sides = { sources: [...before.sources, ...left.sources], visible: [...before.visible, ...left.visible] };
  const right = fromItem(node.right, { ...NOTHING, ...sides }, outer, context);
  refuseTwice(left, right);
  return joined(node, left, right, outer, context);
}

function table(node: TableSource, outer: Scope | undefined, context: Translation): From {
  const common = node.name.length === 1 ? commonTable(node.name[0] ?? '', outer) : undefined;
  const sqlAlias = quoteName(context.alias());
  if (common) {
    const source = { alias: node.alias ?? node.name[0], sqlAlias, columns: sourceColumns(common.columns, sqlAlias) };
    return one({ sql: `${common.sql} AS ${sqlAlias}`, source }, node.columnAliases);
  }
  const virtual = context.catalog.table(node.name) ? undefined : virtualTable(node.name, context.catalog);
  if (virtual) {
    const source = { alias: node.alias ?? node.name.at(-1), sqlAlias, columns: sourceColumns(virtual.columns, sqlAlias) };
    return one({ sql: `${virtualSql(virtual, context)} AS ${sqlAlias}`, source }, node.columnAliases);
  }
  const ofSqlite = context.catalog.table(node.name) ? undefined : sqliteTable(node.name);
  if (ofSqlite) {
    const columns = ofSqlite.map((column) => ({ ...column, sql: `${sqlAlias}.${quoteName(column.name)}` }));
    return one(
      { sql: `${quoteName(node.name[0] ?? '')} AS ${sqlAlias}`, source: { alias: node.alias ?? node.name[0], sqlAlias, columns } },
      node.columnAliases,
    );
  }
  const source = tableSource(node.name, node.alias, sqlAlias, context);
  return one({ sql: `${quoteName(source.table.storedName)} AS ${sqlAlias}`, source }, node.columnAliases);
}

function unknownRelation(path: readonly string[]): Error {
  const [name = '', schema] = [...path].reverse();
  const isOfServer = schema === 'pg_catalog' || schema === 'information_schema' || (schema === undefined && name.startsWith('pg_'));
  if (isOfServer) return new UnsupportedOnFallbackError(`The server's own ${path.join('.')}`, 'Ask it on PostgreSQL alone.');
  return new PgError('42P01', `relation "${path.join('.')}" does not exist`);
}

/** A table of the catalog under the name that SQLite shall know it by: its own if none is given. @throws PgError 42P01 */
export function tableSource(
  name: readonly string[],
  alias: string | undefined,
  sqlName: string | undefined,
  context: Translation,
): Source & { readonly table: NonNullable<Source['table']> } {
  const definition = context.catalog.table(name);
  if (!definition) throw unknownRelation(name);
  const keys = new Set(definition.primaryKey?.columns);
  const sqlAlias = sqlName ?? quoteName(definition.storedName);
  const columns = definition.columns.map((column) => ({
    name: column.name,
    type: column.type,
    sql: `${sqlAlias}.${quoteName(column.name)}`,
    notNull: column.notNull || keys.has(column.name),
  }));
  const named = alias === undefined ? { alias: definition.name, schema: definition.schema } : { alias };
  return { ...named, sqlAlias, columns, table: definition };
}

function commonTable(name: string, scope: Scope | undefined): CommonSource | undefined {
  for (let level = scope; level; level = level.parent) {
    const found = level.commonTables?.get(name);
    if (found) return found;
  }
  return undefined;
}

function subquery(node: SubquerySource, outer: Scope | undefined, context: Translation): From {
  const { sql, columns } = context.select(node.select, outer);
  const sqlAlias = quoteName(context.alias());
  const source = { alias: node.alias, sqlAlias, columns: sourceColumns(columns, sqlAlias) };
  return one({ sql: `(${sql}) AS ${sqlAlias}`, source }, node.columnAliases);
}

/** SQLite's subqueries in FROM can't see their neighbours; one that does not look at them needs no LATERAL. */
function lateral(node: SubquerySource, outer: Scope | undefined, context: Translation): From {
  try {
    return subquery(node, outer, context);
  } catch (error) {
    if (!(error instanceof PgError) || !['42P01', '42703'].includes(error.code)) throw error;
    throw new UnsupportedOnFallbackError('LATERAL', 'Use a subquery in the select list, or window functions such as row_number().');
  }
}

function sourceColumns(columns: readonly ResultColumn[], sqlAlias: string): readonly SourceColumn[] {
  return columns.map(({ name, type, decode }, index) => ({
    name,
    type,
    sql: `${sqlAlias}.${quoteName(String(index))}`,
    ...(decode && { decode }),
  }));
}

function one({ sql, source }: { sql: string; source: Source }, columnAliases: readonly string[]): From {
  const { columns } = source;
  if (columnAliases.length > columns.length) {
    const counts = `${columns.length} columns available but ${columnAliases.length} columns specified`;
    throw new PgError('42P10', `table "${source.alias}" has ${counts}`);
  }
  const renamed = columns.map((column, index) => ({ ...column, name: columnAliases[index] ?? column.name }));
  return { sql, sources: [{ ...source, columns: renamed }], visible: renamed };
}
