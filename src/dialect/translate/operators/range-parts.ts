import { keyWithoutScale } from '../../types/numeric-key.js';
import type { PgType } from '../../types/pg-type.js';

/** SQL: a bound as it is compared; NULL where there is none. */
function boundKey(range: string, index: 1 | 2, { key }: PgType): string {
  const bound = `json_extract(${range}, '$[${index}]')`;
  return key === 'numrange' ? keyWithoutScale(bound) : bound;
}

/**
 * SQL: the parts of a range as one row: `f` is 0 of the empty one, `l` and `u` its bounds as they are compared, `lj` and `uj` as they are
 * stored, `r` the range itself, `li` and `ui` whether they belong to it.
 */
export function parts(range: string, type: PgType, alias: string): string {
  const bounds = `json_extract(${range}, '$[3]')`;
  return (
    `(SELECT ${range} AS r, json_extract(${range}, '$[0]') AS f, ${range} -> '$[1]' AS lj, ${range} -> '$[2]' AS uj, ${boundKey(range, 1, type)} AS l, ${boundKey(range, 2, type)} AS u,` +
    ` coalesce(substr(${bounds}, 1, 1) = '[', 0) AS li, coalesce(substr(${bounds}, 2, 1) = ']', 0) AS ui) AS ${alias}`
  );
}

/** x begins no later than y. */
export function beginsNoLater(x: string, y: string): string {
  return `(${x}.l IS NULL OR (${y}.l IS NOT NULL AND (${x}.l < ${y}.l OR (${x}.l = ${y}.l AND (${x}.li OR NOT ${y}.li)))))`;
}

/** x ends no sooner than y. */
export function endsNoSooner(x: string, y: string): string {
  return `(${x}.u IS NULL OR (${y}.u IS NOT NULL AND (${x}.u > ${y}.u OR (${x}.u = ${y}.u AND (${x}.ui OR NOT ${y}.ui)))))`;
}

/** Only of ranges that are not empty. */
export function before(x: string, y: string): string {
  return `coalesce(${x}.u < ${y}.l OR (${x}.u = ${y}.l AND NOT (${x}.ui AND ${y}.li)), 0)`;
}

export const NEITHER_EMPTY = 'x.f = 1 AND y.f = 1';

function touches(x: string, y: string): string {
  return `coalesce(${x}.u = ${y}.l AND ${x}.ui <> ${y}.li, 0)`;
}

/** x and y have something in common. */
export const overlap = `(${NEITHER_EMPTY} AND NOT ${before('x', 'y')} AND NOT ${before('y', 'x')})`;

/** Nothing lies between x and y, and they have nothing in common. */
export const touch = `(${NEITHER_EMPTY} AND (${touches('x', 'y')} OR ${touches('y', 'x')}))`;
