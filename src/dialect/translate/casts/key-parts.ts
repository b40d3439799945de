import { UnsupportedOnFallbackError } from '../../../errors.js';

/*
 * SQL over the sortable texts of types/numeric-key.ts taken apart: `neg`, `d` (the digits, no zeros around), `e` (the decimal exponent), `s` (the display scale).
 * As columns of a subquery, so that numbers of any length are calculated with.
 */

const AGGREGATES = /\b(?:count|sum|avg|total|min|max|group_concat|json_group_array|json_group_object)\(/gi;

/** What a subquery would see its own one row with: window functions, and aggregates that name no column. */
export function isOverRows(sql: string): boolean {
  if (/\bOVER\b/i.test(sql)) return true;
  return [...sql.matchAll(AGGREGATES)].some(
    ({ index, 0: name }) => !namesColumn(sql, index + name.length, /^m/i.test(name)) && !isWithinQuery(sql, index),
  );
}

/** An aggregate in a query within the SQL is over that query's rows. */
function isWithinQuery(sql: string, end: number): boolean {
  const open: boolean[] = [];
  for (const { index, 0: token } of sql.matchAll(/'(?:[^']|'')*'|`(?:[^`]|``)*`|\((?:SELECT|WITH)\b|[()]/g)) {
    if (index >= end) break;
    if (token === ')') open.pop();
    else if (token.startsWith('(')) open.push(token !== '(');
  }
  return open.includes(true);
}

/** Whether a quoted name stands before the parenthesis closes that was opened before `from`; `max(a, b)` is no aggregate. */
function namesColumn(sql: string, from: number, isExtreme: boolean): boolean {
  const tokens = /'(?:[^']|'')*'|[`(),]/g;
  tokens.lastIndex = from;
  let depth = 1;
  for (let token = tokens.exec(sql); token !== null && depth > 0; token = tokens.exec(sql)) {
    if (token[0] === '`' || (isExtreme && depth === 1 && token[0] === ',')) return true;
    depth += token[0] === '(' ? 1 : token[0] === ')' ? -1 : 0;
  }
  return false;
}

/** @throws UnsupportedOnFallbackError */
export function refuseOverRows(sql: string): void {
  if (!isOverRows(sql)) return;
  throw new UnsupportedOnFallbackError(
    'A window function or count(*) in a calculation with long numbers',
    'Select it as a column of a subquery first.',
  );
}

/** Each digit's difference to nine, of texts of any length. */
export function complementOfAny(digits: string): string {
  const swaps = ['0x', '90', 'x9', '1x', '81', 'x8', '2x', '72', 'x7', '3x', '63', 'x6', '4x', '54', 'x5'];
  return swaps.reduce((sql, [from, to]) => `replace(${sql}, '${from}', '${to}')`, digits);
}

export function zeros(count: string): string {
  return `replace(hex(zeroblob(${count})), '00', '0')`;
}

/** A row with the parts of a key that is no NULL, NaN or infinity. */
export function partsOf(key: string): string {
  const exponent = `iif(c = '1', 979999 - CAST(substr(b, 2, 6) AS INTEGER), CAST(substr(b, 2, 6) AS INTEGER) - 20000)`;
  const digits = `CASE c WHEN '3' THEN substr(b, 8) WHEN '1' THEN ${complementOfAny(`rtrim(substr(b, 8), '~')`)} ELSE '' END`;
  const taken = `SELECT k, substr(k, 1, 1) AS c, substr(k, 1, instr(k || ' ', ' ') - 1) AS b FROM (SELECT ${key} AS k LIMIT 1)`;
  const read = `SELECT c = '1' AS neg, ${digits} AS d, iif(c = '2', 0, ${exponent}) AS e, substr(k, length(b) + 2) AS shown FROM (${taken} LIMIT 1)`;
  return `SELECT neg, d, e, iif(shown = '', max(0, length(d) - e), CAST(shown AS INTEGER)) AS s FROM (${read} LIMIT 1)`;
}

/** The key of ±`digits` / 10^`scale`; the digits may begin with zeros. `of` is the FROM that they are columns of. */
export function keyOfDigits(neg: string, digits: string, scale: string, of: string): string {
  const given = `SELECT ${neg} AS neg, ltrim(${digits}, '0') AS u, ${scale} AS s FROM ${of}`;
  const reckoned = `SELECT neg, rtrim(u, '0') AS d, length(u) - s AS e, s FROM (${given} LIMIT 1)`;
  const suffix = `iif(s = max(0, length(d) - e), '', ' ' || s)`;
  return (
    `SELECT CASE WHEN d = '' THEN '2' || iif(s = 0, '', ' ' || s) WHEN neg THEN '1' || printf('%06d', 979999 - e) || ${complementOfAny('d')} || '~' || ${suffix} ` +
    `ELSE '3' || printf('%06d', e + 20000) || d || ${suffix} END FROM (${reckoned} LIMIT 1)`
  );
}
