import { UnsupportedOnFallbackError } from '../../../errors.js';
import type { Call } from '../../sql/ast.js';
import { formatType } from '../../types/format-type.js';
import type { PgType, TypeKey } from '../../types/pg-type.js';
import { textSqlOf } from '../casts/to-text.js';
import { settled } from '../coerce.js';
import { bindText } from '../own-slot.js';
import { spaced, unspaced } from '../operators/json-sql.js';
import { repeated } from '../repeated.js';
import { withoutModifiers } from '../same-type.js';
import type { Translation, Typed } from '../typed.js';

/** Element types whose stored arrays are JSON as PostgreSQL would write it. */
const PLAIN_ELEMENTS = new Set<TypeKey>(['int2', 'int4', 'int8', 'oid', 'text', 'varchar', 'citext', 'name', 'uuid', 'enum']);

/** SQL: a value as JSON, as PostgreSQL's to_jsonb makes it; NULL of NULL. */
export function jsonValue(value: Typed, context: Translation): string {
  const { pending } = value;
  // As numeric it would be a sort key.
  if (typeof pending === 'object' && value.type.key === 'numeric') return bindText(pending, (digits) => digits, context);
  const typed = settled(value, context);
  const { sql, type } = typed;
  switch (type.key) {
    case 'json':
    case 'jsonb':
      return unspaced(sql);
    case 'bool':
      return `(CASE ${sql} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END)`;
    case 'timestamp':
    case 'timestamptz':
      return isoText(text(sql, type), type.key === 'timestamptz');
    case 'hstore':
      return sql;
    case 'array':
      return arrayValue(sql, type);
    default:
      return isNumber(type) ? numberValue(text(sql, type)) : quotedValue(text(sql, type));
  }
}

function text(sql: string, type: PgType): string {
  const found = textSqlOf(sql, type);
  if (found !== undefined) return found;
  throw unsupported(type);
}

function isNumber({ key }: PgType): boolean {
  return key === 'int2' || key === 'int4' || key === 'int8' || key === 'numeric' || key === 'oid';
}

function numberValue(sql: string): string {
  return repeated([sql], (x = '') => `iif(${x} = 'NaN', '"NaN"', ${x})`);
}

/** What JSON functions give would be taken as JSON, not as its text. */
function quotedValue(sql: string): string {
  return repeated([sql], (x = '') => `iif(${x} IS NULL, NULL, json_quote(${x} || ''))`);
}

/** ISO 8601, with the zone in full. */
function isoText(sql: string, hasZone: boolean): string {
  return repeated([sql], (x = '') => {
    const withT = `substr(${x}, 1, instr(${x}, ' ') - 1) || 'T' || substr(${x}, instr(${x}, ' ') + 1)`;
    const full = hasZone ? `replace(${withT}, '+00', '+00:00')` : withT;
    return `iif(${x} IS NULL, NULL, json_quote(iif(instr(${x}, ' '), ${full}, ${x})))`;
  });
}

function arrayValue(sql: string, type: PgType): string {
  if (type.element && PLAIN_ELEMENTS.has(type.element.key)) return sql;
  throw unsupported(type);
}

function unsupported(type: PgType): UnsupportedOnFallbackError {
  return new UnsupportedOnFallbackError(
    `A value of the type ${formatType(withoutModifiers(type))} as JSON`,
    'Select it by itself and make the JSON in the program.',
  );
}

/** PostgreSQL finds duplicates by sorting, and leaves them sorted. */
export function sortedWhenDistinct(call: Call): Call {
  const [expression] = call.args;
  return call.distinct && call.orderBy.length === 0 && expression ? { ...call, orderBy: [{ expression }] } : call;
}

/** SQL: the value as jsonb. */
export function jsonbValue(value: Typed, context: Translation): string {
  return spaced(jsonValue(value, context));
}

/** SQL: the same as a member of an array or object, where NULL is JSON's null. */
export function memberValue(value: Typed, context: Translation): string {
  return value.pending === 'null' ? "'null'" : `coalesce(${jsonValue(value, context)}, 'null')`;
}
