import type { PgType, TypeKey } from '../../types/pg-type.js';
import { coerce, refuseResult } from '../coerce.js';
import { operate } from '../operate.js';
import { layers } from '../operators/interval-sql.js';
import { BOOL } from '../same-type.js';
import type { FunctionRule, Rules, Translation, Typed } from '../typed.js';
import { refuseOverRows } from '../casts/key-parts.js';

/** The type that the starts are compared as. */
function comparedType(starts: readonly Typed[]): PgType | undefined {
  const keys = starts.map(({ type }) => type.key).filter((key) => key !== 'unknown');
  const isOnly = (...possible: readonly TypeKey[]) => keys.every((key) => possible.includes(key));
  if (keys.length === 0) return undefined;
  if (isOnly('time')) return { key: 'time' };
  if (isOnly('timestamp', 'date') && keys.includes('timestamp')) return { key: 'timestamp' };
  return isOnly('timestamptz', 'timestamp', 'date') ? { key: 'timestamptz' } : undefined;
}

/** The other end of a period: a moment, or how long it is. */
function end(start: Typed, given: Typed, type: PgType, context: Translation): string {
  return given.type.key === 'interval' ? operate('+', start, given, context).sql : coerce(given, type, context).sql;
}

/** `(a, b) OVERLAPS (c, d)`: either end may come first, and one of them may be unknown (overlaps_timestamp in src/backend/utils/adt/timestamp.c). */
const overlaps: FunctionRule = (args, context) => {
  const [a, b, c, d] = args;
  if (!a || !b || !c || !d || args.length > 4) return undefined;
  args.forEach(refuseResult);
  const type = comparedType([a, c, ...[b, d].filter((one) => one.type.key !== 'interval')]);
  if (!type) return undefined;
  const [first, second] = [coerce(a, type, context), coerce(c, type, context)];
  const ends = [first.sql, end(first, b, type, context), second.sql, end(second, d, type, context)];
  refuseOverRows(ends.join());
  const known = `SELECT ${ends.map((sql, index) => `${sql} AS ${'abcd'.charAt(index)}`).join(', ')}`;
  const period = (from: string, to: string, index: number): string =>
    `CASE WHEN ${to} IS NULL OR ${from} <= ${to} THEN ${from} ELSE ${to} END AS s${index}, CASE WHEN ${from} <= ${to} THEN ${to} WHEN ${to} IS NOT NULL THEN ${from} END AS e${index}`;
  const within = (start: string, own: string, other: string): string =>
    `CASE WHEN ${other} IS NULL THEN NULL WHEN ${start} < ${other} THEN 1 WHEN ${own} IS NULL THEN NULL ELSE 0 END`;
  const answer =
    `CASE WHEN s1 > s2 THEN ${within('s1', 'e1', 'e2')} WHEN s1 < s2 THEN ${within('s2', 'e2', 'e1')} ` +
    `WHEN s1 = s2 AND e1 IS NOT NULL AND e2 IS NOT NULL THEN 1 END`;
  return { sql: `(${layers(known, `${period('a', 'b', 1)}, ${period('c', 'd', 2)}`, answer)})`, type: BOOL };
};

export const rules: Rules = { functions: { overlaps: [overlaps] } };
