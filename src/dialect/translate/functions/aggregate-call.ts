import { PgError } from '../../pg-error.js';
import type { Call, Expression, OrderItem, Window } from '../../sql/ast.js';
import type { PgType } from '../../types/pg-type.js';
import { refuseAggregates, refuseWindows } from '../aggregate-calls.js';
import { asBoolean, settled } from '../coerce.js';
import { groupKey, orderTerm } from '../order.js';
import { quoteName } from '../quote.js';
import { sameExpression } from '../same-expression.js';
import type { Scope, Translation } from '../typed.js';
import { frameSql } from '../window-frame.js';

/** ` FILTER (WHERE …) OVER (…)` behind an aggregate of SQLite. */
export function aggregateSuffix(call: Call, scope: Scope, context: Translation): string {
  if (call.filter) refuseAggregates(call.filter, 'FILTER');
  const filter = call.filter ? ` FILTER (WHERE ${asBoolean(context.expression(call.filter, scope), 'FILTER', context).sql})` : '';
  return `${filter}${call.over === undefined ? '' : ` OVER ${windowSql(call.over, scope, context)}`}`;
}

/** `name(DISTINCT x ORDER BY y) FILTER (…) OVER (…)`. */
export function aggregateCall(name: string, args: string, call: Call, scope: Scope, context: Translation): string {
  if (call.over !== undefined && call.distinct) throw new PgError('0A000', 'DISTINCT is not implemented for window functions');
  if (call.over !== undefined && call.orderBy.length > 0) {
    throw new PgError('0A000', 'aggregate ORDER BY is not implemented for window functions');
  }
  if (call.distinct) checkOrderOfDistinct(call, scope, context);
  const ordering = call.orderBy.length > 0 ? ` ORDER BY ${orderSql(call.orderBy, scope, context)}` : '';
  const values = call.over === undefined && ONE_ARGUMENT.has(name) ? ofTheQuery(args, scope) : args;
  return `${name}(${call.distinct ? 'DISTINCT ' : ''}${values}${ordering})${aggregateSuffix(call, scope, context)}`;
}

const ONE_ARGUMENT: ReadonlySet<string> = new Set(['sum', 'total', 'avg', 'min', 'max', 'count']);

/**
 * The argument with a column of the query in it, unless there is one: within a long calculation, which becomes a subquery of its own
 * (`repeated`), SQLite would take an aggregate of constants for one over that subquery's single row.
 */
function ofTheQuery(argument: string, { sources: [first] }: Scope): string {
  const column = first?.columns[0]?.sql;
  if (argument === '*' || column === undefined || argument.includes('`')) return argument;
  return `iif(${column} IS NULL, ${argument}, ${argument})`;
}

function checkOrderOfDistinct({ args, orderBy }: Call, scope: Scope, context: Translation): void {
  const isArgument = (node: Expression): boolean => args.some((argument) => sameExpression(argument, node, scope, context));
  if (orderBy.every(({ expression }) => isArgument(expression))) return;
  throw new PgError('42P10', 'in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list');
}

/** What stands behind OVER. */
export function windowSql(over: Window | string, scope: Scope, context: Translation): string {
  if (typeof over === 'string') return quoteName(over);
  for (const node of [...over.partitionBy, ...over.orderBy.map(({ expression }) => expression)]) refuseWindows(node, 'window definitions');
  const partitions = over.partitionBy.map((node) => groupKey(settled(context.expression(node, scope), context)));
  const parts = [
    over.base === undefined ? '' : quoteName(over.base),
    partitions.length > 0 ? `PARTITION BY ${partitions.join(', ')}` : '',
    over.orderBy.length > 0 ? `ORDER BY ${orderSql(over.orderBy, scope, context)}` : '',
    over.frame === undefined ? '' : frameSql(over.frame, orderTypes(over.orderBy, scope, context)),
  ];
  return `(${parts.filter((part) => part !== '').join(' ')})`;
}

function orderTypes(items: readonly OrderItem[], scope: Scope, context: Translation): readonly PgType[] {
  return items.map(({ expression }) => settled(context.expression(expression, scope), context).type);
}

function orderSql(items: readonly OrderItem[], scope: Scope, context: Translation): string {
  const terms = items.map((item) => orderTerm(context.expression(item.expression, scope), item, scope, context));
  return terms.map(({ key, suffix }) => key + suffix).join(', ');
}
