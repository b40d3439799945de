import { codecFor } from '../../types/codecs.js';
import { keyWithoutScale } from '../../types/numeric-key.js';
import type { PgType, TypeKey } from '../../types/pg-type.js';
import { repeated } from '../repeated.js';

/** SQL: a value as an element of a stored array: JSON text. */
export function elementJson(sql: string, element: PgType): string {
  const { affinity } = codecFor(element);
  return repeated([sql], (x = '') => `iif(${x} IS NULL, 'null', ${givenElementJson(x, affinity)})`);
}

function givenElementJson(sql: string, affinity: string): string {
  if (affinity === 'INTEGER') return `(${sql} || '')`;
  // json_array would write fifteen digits.
  if (affinity === 'REAL')
    return `CASE ${sql} WHEN 'NaN' THEN '"NaN"' WHEN 9e999 THEN '9.0e+999' WHEN -9e999 THEN '-9.0e+999' WHEN 0 THEN ${zeroJson(sql)} ELSE printf('%!.17g', ${sql}) END`;
  if (affinity === 'BLOB') return `json_quote(lower(hex(${sql})))`;
  // What JSON functions give would be taken as JSON, not as its text.
  return `json_quote(${sql} || '')`;
}

/** SQLite writes -0 as 0: only the angle tells them apart. */
function zeroJson(sql: string): string {
  return `iif(atan2(${sql}, -1.0) < 0, '-0.0', '0.0')`;
}

/** SQL: the value of an element as its type's codec stores it; `atom` is what SQLite's JSON functions make of it. */
export function elementValue(atom: string, element: PgType): string {
  const { affinity } = codecFor(element);
  if (affinity === 'TEXT COLLATE NOCASE') return `(${atom} COLLATE NOCASE)`;
  return affinity === 'BLOB' ? `unhex(${atom})` : atom;
}

/** Types of which equal values can be stored differently. */
const WITH_KEY: ReadonlySet<TypeKey> = new Set<TypeKey>(['interval', 'numrange', 'jsonb']);

/** SQL: what tells elements apart: equal elements have equal keys. */
export function elementKey(atom: string, element: PgType): string {
  if (element.key === 'numeric' && element.scale === undefined) return keyWithoutScale(atom);
  if (element.key === 'citext') return `lower(${atom})`;
  if (element.key === 'bpchar') return `rtrim(${atom}, ' ')`;
  return WITH_KEY.has(element.key) ? (codecFor(element).orderKey?.(atom) ?? atom) : atom;
}

/** SQL: the elements of all dimensions as rows of a FROM clause, and the condition that leaves the sub-arrays out. */
export function elementsOf(array: string, alias: string): { readonly from: string; readonly where: string } {
  return { from: `json_tree(${array}) AS ${alias}`, where: `${alias}.type <> 'array'` };
}

/** SQL: how many dimensions; 0 of the empty array. */
export function dimensions(array: string): string {
  return `iif(${array} = '[]', 0, length(${array}) - length(ltrim(${array}, '[')))`;
}

/** SQL: one array behind the other, both of one number of dimensions. */
export function joinedArrays(one: string, other: string): string {
  return `CASE WHEN ${one} = '[]' THEN ${other} WHEN ${other} = '[]' THEN ${one} ELSE substr(${one}, 1, length(${one}) - 1) || ',' || substr(${other}, 2) END`;
}

/**
 * SQL: the array with another element in each place: `item` is JSON made of the row of json_tree. The brackets between two elements are as many
 * as dimensions begin anew with the second: as its path ends in zeros. `brackets` are those of JSON, or of PostgreSQL's text.
 */
export function mappedElements(array: string, alias: string, item: string, brackets = '[]'): string {
  const [open = '', close = ''] = brackets;
  const path = `replace(${alias}.fullkey, '[0]', '!')`;
  const begun = `length(${path}) - length(rtrim(${path}, '!'))`;
  const several = (bracket: string, count: string): string => `substr('${bracket.repeat(6)}', 1, ${count})`;
  const between = `iif(b = n, '', ${several(close, 'b')} || ',' || ${several(open, 'b')})`;
  const { from, where } = elementsOf(array, alias);
  const rows = `SELECT ${alias}.id AS i, ${item} AS j, ${begun} AS b, ${dimensions(array)} AS n FROM ${from} WHERE ${where}`;
  const all = `SELECT ${several(open, 'max(n)')} || group_concat(${between} || j, '' ORDER BY i) || ${several(close, 'max(n)')} FROM (${rows})`;
  return `iif(${array} = '[]', '${open}${close}', (${all}))`;
}

/** SQL: a member of the array, which may be an array itself, as JSON; `alias` is a row of json_each. */
export function memberJson(alias: string, element: PgType): string {
  return `iif(${alias}.type = 'array', ${alias}.value, ${elementJson(elementValue(`${alias}.atom`, element), element)})`;
}

/** SQL: the array of those members for which the condition holds. */
export function membersWhere(array: string, alias: string, element: PgType, condition: string): string {
  const members = `SELECT '[' || coalesce(group_concat(${memberJson(alias, element)}, ',' ORDER BY ${alias}.key), '') || ']'`;
  return `(${members} FROM json_each(${array}) AS ${alias} WHERE ${condition})`;
}
