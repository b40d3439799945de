import { PgError } from '../pg-error.js';
import type { Expression, SelectBody, SelectStatement } from '../sql/ast.js';
import { isAggregate } from './aggregate-calls.js';
import { raiseSql } from './raise.js';
import { columnOf } from './membership.js';
import { quoteName } from './quote.js';
import { BOOL } from './same-type.js';
import type { Scope, Translation, Typed } from './typed.js';
import { some } from './walk.js';

export function exists(select: SelectStatement, scope: Scope, context: Translation): Typed {
  return { sql: `EXISTS (${context.select(select, scope).sql})`, type: BOOL };
}

/** `(SELECT …)` as one value. SQLite takes the first of several rows, where PostgreSQL reports an error. */
export function scalarSubquery(select: SelectStatement, scope: Scope, context: Translation): Typed {
  const { sql, columns } = context.select(select, scope);
  const [column] = columns;
  if (!column || columns.length > 1) throw new PgError('42601', 'subquery must return only one column');
  const value = { ...columnOf(column, `(${sql})`), name: column.name };
  return hasOneRow(select, context) ? value : { ...value, sql: onlyRow(sql, 0) };
}

/** `(SELECT a, b …)` beside a row. */
export function rowSubquery(select: SelectStatement, scope: Scope, context: Translation): Typed {
  const { sql, columns } = context.select(select, scope);
  const elements = columns.map((column, index) => columnOf(column, onlyRow(sql, index)));
  return { sql: '', type: { key: 'record' }, elements };
}

function onlyRow(sql: string, column: number): string {
  const raise = raiseSql('21000', 'more than one row returned by a subquery used as an expression');
  return `(SELECT iif(count(*) > 1, ${raise}, max(${quoteName(String(column))})) FROM (${sql}))`;
}

function hasOneRow(select: SelectStatement, context: Translation): boolean {
  return isOne(select.limit, context) || isSingle(select.body, context);
}

function isOne(limit: Expression | undefined, context: Translation): boolean {
  return limit?.kind === 'literal' && limit.text === '1' && context.valueOf(limit) === '1';
}

/** No FROM, or an aggregate over all rows. */
function isSingle(body: SelectBody, context: Translation): boolean {
  switch (body.kind) {
    case 'core':
      return body.from.length === 0 || (body.groupBy.length === 0 && body.items.some(({ expression }) => some(expression, isAggregate)));
    case 'values':
      return body.rows.length === 1;
    case 'select':
      return hasOneRow(body, context);
    default:
      return false;
  }
}
