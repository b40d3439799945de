import { UnsupportedOnFallbackError } from '../../errors.js';
import type { ColumnDefinition, TableDefinition } from '../catalog/catalog.js';
import { PgError } from '../pg-error.js';
import type { Assignment, Expression, SelectStatement } from '../sql/ast.js';
import { refuseAggregates } from './aggregate-calls.js';
import { assigned, columnNamed, defaultSql, isDefault, refuseOwnValue, stored } from './assignment.js';
import { raiseSql } from './raise.js';
import { quoteName } from './quote.js';
import { query } from './select.js';
import type { Scope, Translation } from './typed.js';

/** `a = …, b = …` of UPDATE and of ON CONFLICT DO UPDATE. @throws PgError 42703, 42601, 428C9 */
export function setClause(set: readonly Assignment[], table: TableDefinition, scope: Scope, context: Translation): string {
  const names = set.flatMap(({ columns }) => columns);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw new PgError('42601', `multiple assignments to same column "${twice}"`);
  return set.flatMap((assignment) => assignments(assignment, table, scope, context)).join(', ');
}

function assignments({ columns: names, value }: Assignment, table: TableDefinition, scope: Scope, context: Translation): readonly string[] {
  const columns = names.map((name) => columnNamed(name, table));
  if (value.kind === 'subquery' && columns.length > 1) return [fromSubquery(columns, value.select, table, scope, context)];
  const values = columns.length > 1 && value.kind === 'row' ? value.elements : [value];
  if (values.length !== columns.length) throw new PgError('42601', 'number of columns does not match number of values');
  return columns.flatMap((column, index) => (values[index] ? assignment(column, values[index], table, scope, context) : []));
}

function assignment(
  column: ColumnDefinition,
  value: Expression,
  table: TableDefinition,
  scope: Scope,
  context: Translation,
): readonly string[] {
  const name = quoteName(column.name);
  if (isDefault(value)) return column.generated === undefined ? [`${name} = ${ownDefault(column, context)}`] : [];
  refuseOwnValue(column, 'update');
  refuseAggregates(value, 'UPDATE');
  return [`${name} = ${stored(context.expression(value, scope), column, table, context)}`];
}

function ownDefault(column: ColumnDefinition, context: Translation): string {
  if (column.serial === undefined) return defaultSql(column, context);
  throw new UnsupportedOnFallbackError(
    `Setting the serial column "${column.name}" to DEFAULT in an UPDATE`,
    'Insert a new row, or set a number.',
  );
}

function fromSubquery(
  columns: readonly ColumnDefinition[],
  select: SelectStatement,
  table: TableDefinition,
  scope: Scope,
  context: Translation,
): string {
  const { outputs, write } = query(select, scope, context);
  if (outputs.length !== columns.length) throw new PgError('42601', 'number of columns does not match number of values');
  for (const column of columns) refuseOwnValue(column, 'update');
  const sql = write((value, index) => {
    const column = columns[index];
    return column ? { ...assigned(value, column, context), sql: stored(value, column, table, context) } : value;
  });
  const raise = raiseSql('21000', 'more than one row returned by a subquery used as an expression');
  const values = columns.map((_, index) => `max(${quoteName(String(index))})`);
  const [first = '', ...others] = values;
  return `(${columns.map(({ name }) => quoteName(name)).join(', ')}) = (SELECT ${[`iif(count(*) > 1, ${raise}, ${first})`, ...others].join(', ')} FROM (${sql}))`;
}
