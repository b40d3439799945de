import { codecFor } from '../../types/codecs.js';
import { keyWithoutScale } from '../../types/numeric-key.js';
import type { PgType } from '../../types/pg-type.js';

/** SQL: a value as an element of a stored array: JSON text. */
export function elementJson(sql: string, element: PgType): string {
  const { affinity } = codecFor(element);
  return `iif(${sql} IS NULL, 'null', ${givenElementJson(sql, affinity)})`;
}

function givenElementJson(sql: string, affinity: string): string {
  if (affinity === 'INTEGER') return `(${sql} || '')`;
  // json_array would write fifteen digits.
  if (affinity === 'REAL')
    return `CASE ${sql} WHEN 'NaN' THEN '"NaN"' WHEN 9e999 THEN '9.0e+999' WHEN -9e999 THEN '-9.0e+999' ELSE printf('%!.17g', ${sql}) END`;
  if (affinity === 'BLOB') return `json_quote(lower(hex(${sql})))`;
  // What JSON functions give would be taken as JSON, not as its text.
  return `json_quote(${sql} || '')`;
}

/** SQL: the value of an element as its type's codec stores it; `atom` is what SQLite's JSON functions make of it. */
export function elementValue(atom: string, element: PgType): string {
  return codecFor(element).affinity === 'BLOB' ? `unhex(${atom})` : atom;
}

/** SQL: what tells elements apart: equal elements have equal keys. */
export function elementKey(atom: string, element: PgType): string {
  if (element.key === 'numeric' && element.scale === undefined) return keyWithoutScale(atom);
  if (element.key === 'citext') return `lower(${atom})`;
  if (element.key === 'interval' || element.key === 'numrange' || element.key === 'array')
    return codecFor(element).orderKey?.(atom) ?? atom;
  return atom;
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
