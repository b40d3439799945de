import { PgError } from '../../pg-error.js';
import type { Call, OrderItem, Window } from '../../sql/ast.js';
import { asBoolean, settled } from '../coerce.js';
import { groupKey, orderTerm } from '../order.js';
import { quoteName } from '../quote.js';
import type { Scope, Translation } from '../typed.js';

/** ` FILTER (WHERE …) OVER (…)` behind an aggregate of SQLite. */
export function aggregateSuffix(call: Call, scope: Scope, context: Translation): string {
  const filter = call.filter ? ` FILTER (WHERE ${asBoolean(context.expression(call.filter, scope), 'FILTER', context).sql})` : '';
  return `${filter}${call.over === undefined ? '' : ` OVER ${windowSql(call.over, scope, context)}`}`;
}

/** `name(DISTINCT x ORDER BY y) FILTER (…) OVER (…)`. */
export function aggregateCall(name: string, args: string, call: Call, scope: Scope, context: Translation): string {
  if (call.over !== undefined && call.distinct) throw new PgError('0A000', 'DISTINCT is not implemented for window functions');
  if (call.over !== undefined && call.orderBy.length > 0) {
    throw new PgError('0A000', 'aggregate ORDER BY is not implemented for window functions');
  }
  const ordering = call.orderBy.length > 0 ? ` ORDER BY ${orderSql(call.orderBy, scope, context)}` : '';
  return `${name}(${call.distinct ? 'DISTINCT ' : ''}${args}${ordering})${aggregateSuffix(call, scope, context)}`;
}

/** What stands behind OVER. */
export function windowSql(over: Window | string, scope: Scope, context: Translation): string {
  if (typeof over === 'string') return quoteName(over);
  const partitions = over.partitionBy.map((node) => groupKey(settled(context.expression(node, scope), context)));
  const parts = [
    over.base === undefined ? '' : quoteName(over.base),
    partitions.length > 0 ? `PARTITION BY ${partitions.join(', ')}` : '',
    over.orderBy.length > 0 ? `ORDER BY ${orderSql(over.orderBy, scope, context)}` : '',
    over.frame ?? '',
  ];
  return `(${parts.filter((part) => part !== '').join(' ')})`;
}

function orderSql(items: readonly OrderItem[], scope: Scope, context: Translation): string {
  const terms = items.map((item) => orderTerm(context.expression(item.expression, scope), item, scope, context));
  return terms.map(({ key, suffix }) => key + suffix).join(', ');
}
