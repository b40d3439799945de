import { UnsupportedOnFallbackError } from '../../../errors.js';
import type { Codec } from '../codec.js';
import { formatType } from '../format-type.js';
import { keyWithoutScale } from '../numeric-key.js';
import { jsonbOrderKey } from './jsonb-order-key.js';
import { textKey } from './text-key.js';
import type { TypeKey } from '../pg-type.js';

/** Types that PostgreSQL sorts by rules that no text key follows. */
const WITHOUT_KEY = new Set<TypeKey>(['json', 'hstore', 'tsvector', 'tsquery', 'geometry', 'geography', 'record']);

/**
 * SQL: a text that sorts arrays as PostgreSQL does: by their elements (NULL last), then the shorter one, then by dimensions. Each element is
 * `1` and a key that ends itself, or `2` for NULL; `0` ends the array.
 */
export function arrayOrderKey(sql: string, element: Codec): string {
  const key = `CASE e.type WHEN 'null' THEN '2' ELSE '1' || ${endedKey('e.atom', element)} END`;
  const elements = `(SELECT group_concat(${key}, '' ORDER BY e.id) FROM json_tree(${sql}) AS e WHERE e.type <> 'array')`;
  const dimensions = `(length(${sql}) - length(ltrim(${sql}, '[')))`;
  const lengths = ['$', '$[0]', '$[0][0]'].map((path) => `printf('%010d', json_array_length(${sql}, '${path}'))`).join(' || ');
  return `(coalesce(${elements}, '') || '0' || ${dimensions} || ${lengths})`;
}

/** SQL: a text that sorts ranges as PostgreSQL does: the empty one, then by lower bound, then by upper bound. */
export function rangeOrderKey(sql: string, subtype: Codec): string {
  const bound = (index: number, absent: string, inclusive: string): string => {
    const value = `json_extract(${sql}, '$[${index}]')`;
    return `CASE WHEN ${value} IS NULL THEN '${absent}' ELSE '1' || ${endedKey(value, subtype)} || ${inclusive} END`;
  };
  const brackets = `json_extract(${sql}, '$[3]')`;
  const lower = bound(1, '0', `iif(${brackets} LIKE '[%', '0', '1')`);
  const upper = bound(2, '2', `iif(${brackets} LIKE '%]', '1', '0')`);
  return `CASE json_extract(${sql}, '$[0]') WHEN 0 THEN '0' WHEN 1 THEN '1' || ${lower} || ${upper} END`;
}

/** SQL: a text that sorts as the value does and is never the beginning of another one's. */
function endedKey(value: string, codec: Codec): string {
  if (WITHOUT_KEY.has(codec.type.key)) {
    throw new UnsupportedOnFallbackError(`The order of ${formatType(codec.type)} values within others`, 'Sort in the program.');
  }
  if (codec.type.key === 'jsonb') return textKey(jsonbOrderKey(value));
  if (codec.type.key === 'bpchar') return textKey(`rtrim(${value}, ' ')`);
  if (codec.type.key === 'numeric') return `(${keyWithoutScale(value)} || char(1))`;
  if (codec.orderKey) return anyKey(codec.orderKey(value));
  if (codec.affinity === 'INTEGER') return integerKey(value);
  if (codec.affinity === 'REAL') return realKey(value);
  return textKey(codec.affinity === 'TEXT COLLATE NOCASE' ? `lower(${value})` : value);
}

function anyKey(key: string): string {
  return `CASE typeof(${key}) WHEN 'integer' THEN ${integerKey(key)} WHEN 'real' THEN ${realKey(key)} ELSE ${textKey(key)} END`;
}

/** Two's complement in hexadecimal digits sorts by itself once the sign comes first. */
function integerKey(value: string): string {
  return `(iif(${value} < 0, '0', '1') || printf('%016x', ${value}))`;
}

/** Sign, exponent and digits; of negative numbers their complements. NaN is the text 'NaN' and sorts last. */
function realKey(value: string): string {
  const scientific = `printf('%!.16e', abs(${value}))`;
  const exponent = `(CAST(substr(${scientific}, instr(${scientific}, 'e') + 1) AS INTEGER) + 400)`;
  const digits = `CAST(substr(replace(substr(${scientific}, 1, instr(${scientific}, 'e') - 1), '.', '') || '0000000000000000', 1, 17) AS INTEGER)`;
  return (
    `CASE WHEN ${value} = 'NaN' THEN '5' WHEN ${value} = 9e999 THEN '4' WHEN ${value} = -9e999 THEN '0' WHEN ${value} = 0 THEN '2'` +
    ` WHEN ${value} > 0 THEN printf('3%04d%017d', ${exponent}, ${digits})` +
    ` ELSE printf('1%04d%017d', 9999 - ${exponent}, 99999999999999999 - ${digits}) END`
  );
}
