import { UnsupportedOnFallbackError } from '../../errors.js';
import type { ColumnDefinition, TableDefinition } from '../catalog/catalog.js';
import { PgError } from '../pg-error.js';
import type { Expression } from '../sql/ast.js';

import { formatType } from '../types/format-type.js';
import { raiseSql } from './raise.js';
import { coerce } from './coerce.js';
import { InlineTranslation } from './inline.js';
import { parseExpressionText } from '../sql/parser.js';
import { withoutModifiers } from './same-type.js';
import type { Translation, Typed } from './typed.js';

/** A value as a column stores it. @throws PgError 42804 */
export function assigned(value: Typed, column: ColumnDefinition, context: Translation): Typed {
  try {
    return coerce(value, column.type, context, 'assignment');
  } catch (error) {
    if (!(error instanceof PgError) || error.code !== '42846') throw error;
    const types = `${formatType(withoutModifiers(column.type))} but expression is of type ${formatType(withoutModifiers(value.type))}`;
    throw new PgError('42804', `column "${column.name}" is of type ${types}`, { hint: 'You will need to rewrite or cast the expression.' });
  }
}

/** A value for a column of one row; SQLite gives a NULL for its rowid a number, where PostgreSQL refuses it. */
export function stored(value: Typed, column: ColumnDefinition, table: TableDefinition, context: Translation): string {
  if (table.rowidColumn !== column.name) return assigned(value, column, context).sql;
  if (value.pending === 'null') throw nullInKey(column, table);
  const { sql } = assigned(value, column, context);
  if (value.pending !== undefined && value.pending.kind === 'literal') return sql;
  const { code, message } = nullInKey(column, table);
  return `ifnull(${sql}, ${raiseSql(code, message)})`;
}

function nullInKey(column: ColumnDefinition, table: TableDefinition): PgError {
  return new PgError('23502', `null value in column "${column.name}" of relation "${table.name}" violates not-null constraint`, {
    schema: table.schema,
    table: table.name,
    column: column.name,
  });
}

/** What DEFAULT is for a column: NULL where none is said, and for serial columns, whose numbers SQLite gives. */
export function defaultSql(column: ColumnDefinition, context: Translation): string {
  if (column.default === undefined) return 'NULL';
  const inline = new InlineTranslation(context.catalog, context);
  return assigned(inline.expression(parseExpressionText(column.default), { sources: [] }), column, inline).sql;
}

export function isDefault(node: Expression): boolean {
  return node.kind === 'keyword' && node.word === 'default';
}

/** @throws PgError 42703 */
export function columnNamed(name: string, table: TableDefinition): ColumnDefinition {
  const column = table.columns.find((candidate) => candidate.name === name);
  if (column) return column;
  throw new PgError('42703', `column "${name}" of relation "${table.name}" does not exist`);
}

/** A column whose value is always PostgreSQL's own: only DEFAULT may be said of it. */
export function refuseOwnValue(column: ColumnDefinition, operation: 'insert' | 'update', overriding?: string): void {
  const isIdentity = column.serial === 'identity always' && overriding === undefined;
  if (column.generated === undefined && !isIdentity) return;
  const detail = isIdentity
    ? `Column "${column.name}" is an identity column defined as GENERATED ALWAYS.`
    : `Column "${column.name}" is a generated column.`;
  if (operation === 'update') throw new PgError('428C9', `column "${column.name}" can only be updated to DEFAULT`, { detail });
  throw new PgError('428C9', `cannot insert a non-DEFAULT value into column "${column.name}"`, {
    detail,
    ...(isIdentity && { hint: 'Use OVERRIDING SYSTEM VALUE to override.' }),
  });
}

/** @throws UnsupportedOnFallbackError for a view, PgError for a materialized one */
export function refuseView(table: TableDefinition): void {
  if (table.kind === 'view') throw new UnsupportedOnFallbackError(`Writing into the view ${table.name}`, 'Write into its table.');
  if (table.kind === 'materialized view') throw new PgError('42809', `cannot change materialized view "${table.name}"`);
}
