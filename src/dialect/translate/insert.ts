import type { ColumnDefinition, TableDefinition } from '../catalog/catalog.js';
import { PgError } from '../pg-error.js';
import type { Expression, InsertStatement, SelectStatement, ValuesCore } from '../sql/ast.js';
import { codecFor } from '../types/codecs.js';
import { assigned, columnNamed, defaultSql, isDefault, refuseOwnValue, stored } from './assignment.js';
import { conflictClause, guardedRows } from './on-conflict.js';
import { quoteName } from './quote.js';
import { returningClause } from './returning.js';
import { query } from './select.js';
import { type Target, targetOf } from './target.js';
import type { Scope, Translation, Typed } from './typed.js';
import { valueRows } from './values.js';
import { withClause } from './with.js';
import type { Written } from './written.js';

/** Columns and what is written into them, row by row. */
export interface Rows {
  readonly columns: readonly ColumnDefinition[];
  /** `VALUES …` or `SELECT …`; empty where all columns have SQLite's defaults. */
  readonly sql: string;
  /** How many there are, where it is known. */
  readonly count?: number;
}

export function insertStatement(node: InsertStatement, context: Translation): Written {
  const { prefix, scope } = withClause(node.with, undefined, context, query);
  const target = targetOf(node.table, node.alias, scope, context);
  const { table } = target;
  const rows = guardedRows(rowsOf(node, target, scope, context), node, target, context);
  const returning = returningClause(node.returning, target.scope, context);
  const list = rows.columns.map(({ name }) => quoteName(name)).join(', ');
  const into = `INSERT INTO ${quoteName(table.storedName)} ${list === '' ? 'DEFAULT VALUES' : `(${list}) ${rows.sql}`}`;
  const conflict = node.onConflict ? conflictClause(node.onConflict, target, context) : '';
  return {
    command: 'INSERT',
    sql: `${prefix === '' ? '' : `${prefix} `}${into}${conflict}${returning.sql}`,
    columns: returning.columns,
    table: [table.schema, table.name],
    writes: true,
  };
}

function rowsOf(node: InsertStatement, target: Target, scope: Scope, context: Translation): Rows {
  const named = targetColumns(node.columns, target.table);
  if (node.source === 'default values') return valuesRows({ kind: 'values', rows: [[]] }, [], node, target, scope, context);
  if (node.source.kind === 'values') return valuesRows(node.source, named, node, target, scope, context);
  if (isPlainValues(node.source)) return valuesRows(node.source.body, named, node, target, scope, context);
  return selectedRows(node.source, named, node, target, scope, context);
}

function isPlainValues(select: SelectStatement): select is SelectStatement & { readonly body: ValuesCore } {
  return select.body.kind === 'values' && !select.with && select.orderBy.length === 0 && !select.limit && !select.offset;
}

/** @throws PgError 42703, 42701 */
function targetColumns(names: readonly string[], table: TableDefinition): readonly ColumnDefinition[] {
  if (names.length === 0) return table.columns;
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw new PgError('42701', `column "${twice}" specified more than once`);
  return names.map((name) => columnNamed(name, table));
}

function valuesRows(
  core: ValuesCore,
  named: readonly ColumnDefinition[],
  node: InsertStatement,
  { table }: Target,
  scope: Scope,
  context: Translation,
): Rows {
  const rows = valueRows(core, (cell) => cell);
  const given = givenColumns(named, rows[0]?.length ?? 0, node);
  const columns = given
    .map((column, index) => ({ column, index }))
    .filter(({ column, index }) =>
      isWritten(
        column,
        rows.map((row) => row[index]),
        node,
      ),
    );
  const added = columnsWithDefaults(table, given);
  const written = [...columns.map(({ column }) => column), ...added];
  const defaults = added.map((column) => defaultSql(column, context));
  const lists = rows.map((row) => {
    const cells = columns.map(({ column, index }) => cellSql(row[index], column, table, scope, context));
    return `(${[...cells, ...defaults].join(', ')})`;
  });
  return written.length > 0
    ? { columns: written, sql: `VALUES ${lists.join(', ')}`, count: rows.length }
    : onlyDefaults(rows.length, node, table, context);
}

/** SQLite's DEFAULT VALUES is one row, without ON CONFLICT; else one column is written for all. */
function onlyDefaults(count: number, { onConflict }: InsertStatement, table: TableDefinition, context: Translation): Rows {
  const column =
    table.columns.find(({ name }) => name === table.rowidColumn) ?? table.columns.find(({ generated }) => generated === undefined);
  if (!column || (count === 1 && !onConflict)) return { columns: [], sql: '' };
  const row = `(${defaultSql(column, context)})`;
  return { columns: [column], sql: `VALUES ${Array.from({ length: count }, () => row).join(', ')}`, count };
}

/** The columns that a source of so many values fills. @throws PgError 42601 */
function givenColumns(named: readonly ColumnDefinition[], count: number, { columns }: InsertStatement): readonly ColumnDefinition[] {
  if (count > named.length) throw new PgError('42601', 'INSERT has more expressions than target columns');
  if (columns.length > 0 && count < named.length) throw new PgError('42601', 'INSERT has more target columns than expressions');
  return named.slice(0, count);
}

/** Whether SQLite is told a value; it isn't for numbers that it gives and values that it generates. */
function isWritten(column: ColumnDefinition, cells: readonly (Expression | undefined)[], { overriding }: InsertStatement): boolean {
  const onlyDefaults = cells.every((cell) => cell === undefined || isDefault(cell));
  if (!onlyDefaults) {
    if (overriding === 'user' && column.serial !== undefined && column.serial !== 'serial') return false;
    refuseOwnValue(column, 'insert', overriding);
    return true;
  }
  return column.generated === undefined && column.serial === undefined && column.default !== undefined;
}

function cellSql(
  cell: Expression | undefined,
  column: ColumnDefinition,
  table: TableDefinition,
  scope: Scope,
  context: Translation,
): string {
  if (cell === undefined || isDefault(cell)) return defaultSql(column, context);
  const sql = stored(context.expression(cell, scope), column, table, context);
  const placeholder = `?${context.slots.length}`;
  return isBareEnough(sql, placeholder, column) ? placeholder : sql;
}

/** Whether the column's own affinity makes of a bound value what the cast around it does: SQLite reads `?n` at a third of the time. */
function isBareEnough(sql: string, placeholder: string, { type }: ColumnDefinition): boolean {
  const codec = codecFor(type);
  return (codec.affinity === 'INTEGER' || codec.affinity === 'REAL') && codec.bind?.(placeholder) === sql;
}

/** Columns that aren't given and have a default that SQLite doesn't know. */
function columnsWithDefaults(table: TableDefinition, given: readonly ColumnDefinition[]): readonly ColumnDefinition[] {
  return table.columns.filter((column) => column.default !== undefined && column.constantDefault === undefined && !given.includes(column));
}

function selectedRows(
  source: SelectStatement,
  named: readonly ColumnDefinition[],
  node: InsertStatement,
  { table }: Target,
  scope: Scope,
  context: Translation,
): Rows {
  const { outputs, write } = query(source, scope, context);
  const given = givenColumns(named, outputs.length, node);
  for (const column of given) refuseOwnValue(column, 'insert', node.overriding);
  const added = columnsWithDefaults(table, given);
  const finish = (value: Typed, index: number): Typed => {
    const column = given[index];
    return column ? { ...assigned(value, column, context), sql: stored(value, column, table, context) } : value;
  };
  const inner = quoteName(context.alias());
  const cells = [...given.map((_, index) => `${inner}.${quoteName(String(index))}`), ...added.map((column) => defaultSql(column, context))];
  // WHERE, because SQLite would take ON CONFLICT for the ON of a join.
  return { columns: [...given, ...added], sql: `SELECT ${cells.join(', ')} FROM (${write(finish, true)}) AS ${inner} WHERE true` };
}
