import { PgError } from '../../pg-error.js';
import { comparandType } from '../../types/comparand-type.js';
import type { PgType } from '../../types/pg-type.js';
import { coerce } from '../coerce.js';
import { comparablePair, equalKey } from '../comparisons.js';
import { quoteName } from '../quote.js';
import { repeated } from '../repeated.js';
import { BOOL, TEXT } from '../same-type.js';
import type { Translation, Typed } from '../typed.js';
import { elementsOf, elementValue } from './array-sql.js';

/** Says `left operator element` in SQL; given by the caller, because the operators' registry asks the rules of this folder. */
export type Compare = (operator: string, left: Typed, right: Typed, context: Translation) => Typed;

/** `left operator ANY (array)`, `left operator ALL (array)`, with SQL's NULLs. */
export function quantified(
  operator: string,
  left: Typed,
  array: Typed,
  quantifier: 'any' | 'all',
  context: Translation,
  compare: Compare,
): Typed {
  const stored = asArray(array, left, context);
  const { element } = stored.type;
  if (!element)
    throw new PgError('42809', `op ${quantifier.toUpperCase()}/ALL (array) requires array on right side`.replace('ALL/ALL', 'ANY/ALL'));
  const alias = quoteName(context.alias());
  const item: Typed = { sql: elementValue(`${alias}.atom`, element), type: element };
  const sql = repeated([stored.sql], (all = '') => {
    const rows = elementsOf(all, alias);
    return (
      listed(operator, left, item, quantifier, rows, all, context) ??
      counted(compare(operator, left, item, context).sql, quantifier, rows, all)
    );
  });
  return { sql, type: BOOL };
}

/** A literal becomes an array of what it is compared with. */
function asArray(array: Typed, left: Typed, context: Translation): Typed {
  if (array.type.key !== 'unknown') return array;
  const element: PgType = left.type.key === 'unknown' ? TEXT : comparandType(left.type);
  return coerce(array, { key: 'array', element }, context);
}

interface Rows {
  readonly from: string;
  readonly where: string;
}

/** `= ANY` and `<> ALL` are IN and NOT IN, which can use an index. */
function listed(
  operator: string,
  left: Typed,
  item: Typed,
  quantifier: 'any' | 'all',
  { from, where }: Rows,
  array: string,
  context: Translation,
): string | undefined {
  if (!(operator === '=' && quantifier === 'any') && !(operator === '<>' && quantifier === 'all')) return undefined;
  if (left.elements || left.type.key === 'jsonb' || left.type.key === 'array') return undefined;
  const pair = comparablePair(left, item, context);
  if (!pair) return undefined;
  // The second part is there where the array is NULL: then the answer is, too.
  const list = `SELECT ${equalKey(pair.right)} FROM ${from} WHERE ${where} UNION ALL SELECT NULL WHERE ${array} IS NULL`;
  return `(${equalKey(pair.left)} ${operator === '=' ? 'IN' : 'NOT IN'} (${list}))`;
}

function counted(condition: string, quantifier: 'any' | 'all', { from, where }: Rows, array: string): string {
  const [extreme, decisive] = quantifier === 'any' ? ['max', 1] : ['min', 0];
  const verdict = `CASE WHEN ${extreme}(c) = ${decisive} THEN ${decisive} WHEN count(*) > count(c) THEN NULL ELSE ${1 - decisive} END`;
  return `(CASE WHEN ${array} IS NOT NULL THEN (SELECT ${verdict} FROM (SELECT ${condition} AS c FROM ${from} WHERE ${where})) END)`;
}
