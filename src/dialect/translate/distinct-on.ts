import { PgError } from '../pg-error.js';
import { settled } from './coerce.js';
import { groupKey, orderClause, type OrderTerm, orderTerm, sortKey } from './order.js';
import type { Finish } from './query.js';
import { quoteName } from './quote.js';
import { columnList } from './result-columns.js';
import { type Parts, terms } from './select-parts.js';
import type { Typed } from './typed.js';

/** `SELECT DISTINCT ON`: of each group the row that sorts first. Without an order the groups come sorted, as PostgreSQL's sort leaves them. */
export function distinctOnSql(keys: readonly Typed[], parts: Parts, finish: Finish): string {
  const { context, scope, tail, limit } = parts;
  const groups = keys.map((key) => settled(key, context));
  checkOrder(groups, parts);
  const ordering = terms(parts);
  const sorted = [
    ...ordering,
    ...groups.filter((key) => !ordering.some((term) => term.key === sortKey(key))).map((key) => orderTerm(key, {}, scope, context)),
  ];
  const row = quoteName('n');
  const inner = quoteName(context.alias());
  const values = parts.columns.map(({ typed }, index) => finish(typed, index));
  const keyName = (index: number): string => quoteName(`k${index}`);
  const extra = [
    `row_number() OVER (PARTITION BY ${groups.map(groupKey).join(', ')}${orderClause(ordering)}) AS ${row}`,
    ...sorted.map(({ key }, index) => `${key} AS ${keyName(index)}`),
  ];
  const outer = values.map((value, index): Typed => ({ ...value, sql: `${inner}.${quoteName(String(index))}` }));
  const outerOrder = sorted.map(({ suffix }, index): OrderTerm => ({ key: `${inner}.${keyName(index)}`, suffix }));
  return (
    `SELECT ${columnList(outer)} FROM (SELECT ${columnList(values)}, ${extra.join(', ')}${tail}) AS ${inner} ` +
    `WHERE ${inner}.${row} = 1${orderClause(outerOrder)}${limit}`
  );
}

/** @throws PgError 42P10 where rows of one group would not stand together */
function checkOrder(groups: readonly Typed[], { ordering }: Parts): void {
  const isGroup = ordering.map(({ typed }) => groups.some(({ sql }) => sql === typed.sql));
  const leading = isGroup.indexOf(false);
  if (leading < 0) return;
  const ordered = new Set(ordering.slice(0, leading).map(({ typed }) => typed.sql));
  if (isGroup.slice(leading).includes(true) || groups.some(({ sql }) => !ordered.has(sql))) {
    throw new PgError('42P10', 'SELECT DISTINCT ON expressions must match initial ORDER BY expressions');
  }
}
