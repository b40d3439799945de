import { PgError } from '../pg-error.js';
import type { Quantified, SelectStatement } from '../sql/ast.js';
import { asBoolean } from './coerce.js';
import { columnOf, inSubquery } from './membership.js';
import { negated } from './operators/booleans.js';
import { operate } from './operate.js';
import { quoteName } from './quote.js';
import { BOOL } from './same-type.js';
import type { Scope, Translation, Typed } from './typed.js';

/** `x = ANY (SELECT …)`, `x > ALL (SELECT …)`. */
export function quantifiedSubquery(node: Quantified, left: Typed, select: SelectStatement, scope: Scope, context: Translation): Typed {
  if (node.operator === '=' && node.quantifier === 'any') return inSubquery(left, select, scope, context);
  if (node.operator === '<>' && node.quantifier === 'all') return negated(inSubquery(left, select, scope, context), context);
  const { sql, columns } = context.select(select, scope);
  if (columns.length > 1) throw new PgError('42601', 'subquery has too many columns');
  const rows = quoteName(context.alias());
  const test = operate(node.operator, left, columnOf(columns[0], `${rows}.${quoteName('0')}`), context);
  const condition = asBoolean(test, node.operator, context).sql;
  return { sql: `(SELECT ${summary(node.quantifier)} FROM (SELECT ${condition} AS c FROM (${sql}) AS ${rows}))`, type: BOOL };
}

/** What the rows' answers come to: one that decides, else NULL where one is unknown. */
export function summary(quantifier: Quantified['quantifier']): string {
  const [extreme, decisive, otherwise] = quantifier === 'any' ? ['max', 1, 0] : ['min', 0, 1];
  return `CASE WHEN ${extreme}(c) = ${decisive} THEN ${decisive} WHEN count(*) > count(c) THEN NULL ELSE ${otherwise} END`;
}
