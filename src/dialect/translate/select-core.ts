import type { Expression, SelectCore } from '../sql/ast.js';
import { PgError } from '../pg-error.js';
import { isAggregate, refuseAggregates, refuseWindows } from './aggregate-calls.js';
import { asBoolean, refuseResult, settled, usable } from './coerce.js';
import { isLoose } from './comparisons.js';
import { distinctOnSql } from './distinct-on.js';
import { fromItems } from './from.js';
import { checkColumn, checkGrouped, type Grouping, groupClause, groupingOf } from './group.js';
import { limitClause } from './limit.js';
import { checkLocking } from './locking.js';
import { orderClause, orderTerm, groupKey } from './order.js';
import { orderedBy } from './order-items.js';
import { type Parts, terms } from './select-parts.js';
import type { Finish, Place, Query } from './query.js';
import { quoteName } from './quote.js';
import { columnList, type Output, outputs } from './result-columns.js';
import type { Scope, Translation, Typed } from './typed.js';
import { withSetsInFrom } from './set-returning.js';
import { orderOrStored } from './stored-order.js';
import { some } from './walk.js';
import { itemsWithWindows, withWindows } from './windows.js';

/** `SELECT … FROM … WHERE … GROUP BY … HAVING …` with the ORDER BY and LIMIT behind it. */
export function coreQuery(written: SelectCore, place: Place, context: Translation): Query {
  const core = withSetsInFrom(written);
  const from = fromItems(core.from, place.scope, context);
  const scope: Scope = { sources: from.sources, visible: from.visible, parent: place.scope };
  checkLocking(place.statement.locking, core, from.sources);
  const items = itemsWithWindows(core);
  const grouping = groupingOf(core, place.statement.orderBy, scope, () => outputs(items, scope, context), context);
  const values = grouping?.scope ?? scope;
  const listed = outputs(items, values, context);
  const columns = core.distinct ? listed.map((column) => ({ ...column, typed: distinguished(column.typed, context) })) : listed;
  // Behind the columns, as PostgreSQL analyses them: of several errors the first is told.
  const where = core.where && whereClause(core.where, scope, context);
  if (grouping) for (const column of columns) checkOutput(column, grouping, context);
  const having = core.having && havingClause(core.having, values, grouping, context);
  const ordering = place.statement.orderBy.map((item) => {
    const ordered = orderedBy(withWindows(item.expression, core.windows), columns, values, 'ORDER BY', context);
    if (grouping && ordered.node) checkGrouped(ordered.node, grouping, context);
    return { ...ordered, item };
  });
  const parts: Parts = {
    columns,
    ordering,
    tail: `${from.sql === '' ? '' : ` FROM ${from.sql}`}${where ?? ''}${grouping ? groupClause(grouping, context) : ''}${having ?? ''}`,
    limit: limitClause(place.statement, scope, context),
    scope: values,
    isGrouped: grouping !== undefined,
    context,
  };
  return { outputs: columns, write: writer(core, parts) };
}

function writer(core: SelectCore, parts: Parts): Query['write'] {
  if (core.distinctOn.length > 0) {
    const { columns, scope, context } = parts;
    const keys = core.distinctOn.map((node) => orderedBy(node, columns, scope, 'SELECT DISTINCT ON', context).typed);
    return (finish) => distinctOnSql(keys, parts, finish);
  }
  if (core.distinct) return (finish) => distinctSql(parts, finish);
  return (finish, isOutermost = false) => {
    const values = parts.columns.map(({ typed }, index) => finish(typed, index));
    const ordering = isOutermost || parts.limit !== '' ? orderOrStored(parts, core.where) : terms(parts);
    return `SELECT ${columnList(withAggregate(values, core, parts))}${parts.tail}${orderClause(ordering)}${parts.limit}`;
  };
}

/** A value that rows are told apart by: a literal is text then. */
function distinguished(typed: Typed, context: Translation): Typed {
  const value = usable(typed);
  return value.type.key === 'unknown' ? settled(value, context) : value;
}

function distinctSql(parts: Parts, finish: Finish): string {
  const { ordering, tail, limit } = parts;
  const columns = parts.columns.map((column) => ({ ...column, typed: usable(column.typed) }));
  if (ordering.some(({ index }) => index === undefined)) {
    throw new PgError('42P10', 'for SELECT DISTINCT, ORDER BY expressions must appear in select list');
  }
  const values = columns.map(({ typed }, index) => finish(typed, index));
  for (const { typed } of columns) refuseResult(typed);
  for (const value of values) groupKey(value);
  const isRecased = (typed: Typed, index: number): boolean => typed.type.key === 'citext' && values[index]?.type.key !== 'citext';
  if (!columns.some(({ typed }, index) => isLoose(typed.type) || isRecased(typed, index)))
    return `SELECT DISTINCT ${columnList(values)}${tail}${orderClause(terms(parts))}${limit}`;
  return distinctByKeys({ ...parts, columns }, finish);
}

/** Equal numbers can be stored with other digits (1.0 and 1.00): SQLite's DISTINCT would keep both. */
function distinctByKeys({ columns, ordering, tail, limit, scope, context }: Parts, finish: Finish): string {
  const inner = quoteName(context.alias());
  const values = columns.map(({ typed }) => settled(usable(typed), context));
  const outer = values.map((typed, index): Typed => ({ sql: `${inner}.${quoteName(String(index))}`, type: typed.type, isColumn: true }));
  const sorted = ordering.flatMap(({ index, item }) => {
    const typed = outer[index ?? -1];
    return typed ? [orderTerm(typed, item, scope, context)] : [];
  });
  return (
    `SELECT ${columnList(outer.map(finish))} FROM (SELECT ${columnList(values)}${tail}) AS ${inner} ` +
    `GROUP BY ${outer.map(groupKey).join(', ')}${orderClause(sorted)}${limit}`
  );
}

/** ` WHERE …` */
export function whereClause(node: Expression, scope: Scope, context: Translation): string {
  refuseAggregates(node, 'WHERE');
  return ` WHERE ${asBoolean(context.expression(node, scope), 'WHERE', context).sql}`;
}

function havingClause(node: Expression, scope: Scope, grouping: Grouping | undefined, context: Translation): string {
  refuseWindows(node, 'HAVING');
  if (grouping) checkGrouped(node, grouping, context);
  return ` HAVING ${asBoolean(context.expression(node, scope), 'HAVING', context).sql}`;
}

/** SQLite knows a query without GROUP BY as one group only where its result has an aggregate. */
function withAggregate(values: readonly Typed[], core: SelectCore, { isGrouped }: Parts): readonly Typed[] {
  if (!isGrouped || core.groupBy.length > 0 || core.items.some(({ expression }) => some(expression, isAggregate))) return values;
  const [first = { sql: 'NULL', type: { key: 'text' } } satisfies Typed, ...others] = values;
  return [{ ...first, sql: `iif(count(*) >= 0, ${first.sql}, NULL)` }, ...others];
}

function checkOutput({ node, typed, name }: Output, grouping: Grouping, context: Translation): void {
  if (node) checkGrouped(node, grouping, context);
  else checkColumn({ name, sql: typed.sql }, grouping.keys, grouping.scope);
}
