import { textKey } from './text-key.js';

/**
 * SQL: a text that sorts jsonb values as PostgreSQL does, and is the same for equal ones (1 and 1.0). Values are walked from the outside in: null, string,
 * number, false, true, array, object, the latter two by their size first. An empty array that is the whole value comes before all others.
 */
export function jsonbOrderKey(sql: string): string {
  const size = (count: string): string => `printf('%010d', ${count})`;
  const key = `iif(typeof(_j.key) = 'text', ${textKey('_j.key')}, '')`;
  const value =
    `CASE _j.type WHEN 'null' THEN '0' WHEN 'text' THEN '1' || ${textKey('_j.atom')} WHEN 'false' THEN '30' WHEN 'true' THEN '31' ` +
    `WHEN 'array' THEN iif(_j.parent IS NULL AND _j.value = '[]', '!', '4' || ${size('json_array_length(_j.value)')}) ` +
    `WHEN 'object' THEN '5' || ${size('(SELECT count(*) FROM json_each(_j.value))')} ` +
    `ELSE '2' || ${numberKey()} END`;
  return `(SELECT group_concat(${key} || ${value}, '' ORDER BY _j.id) FROM json_tree(${sql}) AS _j)`;
}

/** Of the digits themselves, which SQLite's own numbers would lose: sign, decimal exponent and digits, as in numeric-key.ts. */
function numberKey(): string {
  const exponent = `iif(w = '', length(ltrim(f, '0')) - length(f), length(w))`;
  const digits = `rtrim(ltrim(w || f, '0'), '0')`;
  const parts =
    `SELECT t, ltrim(substr(b, 1, instr(b || '.', '.') - 1), '0') AS w, substr(b, instr(b || '.', '.') + 1) AS f ` +
    `FROM (SELECT t, ltrim(t, '-') AS b FROM (SELECT _j.json -> _j.fullkey AS t LIMIT 1) LIMIT 1)`;
  return (
    `(SELECT CASE WHEN d = '' THEN '2' WHEN t GLOB '-*' THEN '1' || printf('%06d', 979999 - e) || ${complement('d')} || '~' ` +
    `ELSE '3' || printf('%06d', e + 20000) || d || '!' END FROM (SELECT t, ${digits} AS d, ${exponent} AS e FROM (${parts} LIMIT 1) LIMIT 1))`
  );
}

/** Each digit's difference to nine. */
function complement(digits: string): string {
  const swaps = ['0x', '90', 'x9', '1x', '81', 'x8', '2x', '72', 'x7', '3x', '63', 'x6', '4x', '54', 'x5'];
  return swaps.reduce((sql, [from, to]) => `replace(${sql}, '${from}', '${to}')`, digits);
}
