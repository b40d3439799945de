import { UnsupportedOnFallbackError } from '../../../errors.js';
import { PgError } from '../../pg-error.js';
import type { Call } from '../../sql/ast.js';
import { compareKeys } from '../../types/composite/json-text.js';
import { formatType } from '../../types/format-type.js';
import type { PgType, TypeKey } from '../../types/pg-type.js';
import { floatText } from '../casts/float-to-text.js';
import { keyText as textOfKey } from '../casts/key-text.js';
import { textSqlOf } from '../casts/to-text.js';
import { refuseResult, settled } from '../coerce.js';
import { elementValue } from '../operators/array-sql.js';
import { canonicalJsonb } from '../operators/json-canonical.js';
import { spaced, unspaced } from '../operators/json-sql.js';
import { bindText } from '../own-slot.js';
import { quoteText } from '../quote.js';
import { repeated } from '../repeated.js';
import { withoutModifiers } from '../same-type.js';
import type { Scope, Translation, Typed } from '../typed.js';
import { refusedSql } from './refusal.js';

/** What the value becomes part of, and where rows of tables are looked up. */
export interface JsonTarget {
  readonly key: 'json' | 'jsonb';
  readonly context: Translation;
  readonly scope: Scope;
}

/** Element types whose stored arrays are JSON as PostgreSQL would write it. */
const PLAIN_ELEMENTS = new Set<TypeKey>(['int2', 'int4', 'int8', 'oid', 'text', 'varchar', 'citext', 'name', 'uuid', 'enum']);

/** SQL: a value as JSON, as PostgreSQL's to_json and to_jsonb make it; NULL of NULL. */
export function jsonValue(value: Typed, target: JsonTarget): string {
  const { pending } = value;
  const { context } = target;
  refuseResult(value);
  // As numeric it would be a sort key.
  if (typeof pending === 'object' && value.type.key === 'numeric') return bindText(pending, (digits) => digits, context);
  if (value.elements) return rowValue(value, value.elements, target);
  return valueOfType(settled(value, context), target.key);
}

function valueOfType({ sql, type }: Pick<Typed, 'sql' | 'type'>, target: JsonTarget['key']): string {
  switch (type.key) {
    case 'json':
      return target === 'jsonb' ? repeated([sql], canonicalJsonb) : sql;
    case 'jsonb':
      return target === 'jsonb' ? unspaced(sql) : sql;
    case 'bool':
      return `(CASE ${sql} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END)`;
    case 'timestamp':
    case 'timestamptz':
      return isoText(text(sql, type), type.key === 'timestamptz');
    case 'hstore':
      return sql;
    case 'array':
      return arrayValue(sql, type, target);
    case 'float8':
      return repeated([sql], (x = '') => numberValue(floatText(x)));
    default:
      return isNumber(type) ? numberValue(text(sql, type)) : quotedValue(text(sql, type));
  }
}

/** What the type's output function writes, which is not always what a cast to text gives. */
function text(sql: string, type: PgType): string {
  if (type.key === 'bpchar') return sql;
  if (type.key === 'numeric' && type.scale === undefined) return textOfKey(sql, scaleOf(type));
  const found = textSqlOf(sql, type);
  if (found === undefined) throw unsupported(type);
  if (type.key !== 'inet') return found;
  return repeated([found], (x = '') => `iif(${x} GLOB '*.*/32' OR ${x} GLOB '*:*/128', substr(${x}, 1, instr(${x}, '/') - 1), ${x})`);
}

/** `numeric(20, 4)` */
function scaleOf({ modifiers }: PgType): number | undefined {
  return modifiers === undefined ? undefined : Number(modifiers[1] ?? 0);
}

function isNumber({ key }: PgType): boolean {
  return key === 'int2' || key === 'int4' || key === 'int8' || key === 'numeric' || key === 'oid';
}

function numberValue(sql: string): string {
  return repeated([sql], (x = '') => `iif(${x} IN ('NaN', 'Infinity', '-Infinity'), '"' || ${x} || '"', ${x})`);
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

function arrayValue(sql: string, type: PgType, target: JsonTarget['key']): string {
  const { element } = type;
  if (element && PLAIN_ELEMENTS.has(element.key)) return sql;
  // SQLite reads some REALs out of JSON one bit beside.
  if (!element || element.key === 'float4' || element.key === 'float8') throw unsupported(type);
  const item = valueOfType({ sql: elementValue('e.value', element), type: element }, target);
  const nested = refusedSql('An array of several dimensions as JSON', 'Select it by itself and make the JSON in the program.');
  const items = `json_group_array(json(iif(e.type = 'array', ${nested}, coalesce(${item}, 'null'))) ORDER BY e.key)`;
  return repeated([sql], (x = '') => `iif(${x} IS NULL, NULL, (SELECT ${items} FROM json_each(${x}) AS e))`);
}

function rowValue(row: Typed, elements: readonly Typed[], target: JsonTarget): string {
  const members = rowMembers(row, elements, target);
  return nullOfNoRow(row, objectText(target.key === 'jsonb' ? inKeyOrder(members) : members, ','), target.scope);
}

/** The fields with their names; those of `ROW(…)`, which has no SQL, are called f1, f2, … */
export function rowMembers(row: Typed, elements: readonly Typed[], target: JsonTarget): readonly (readonly [string, string])[] {
  return elements.map((element, index) => [row.sql === '' ? `f${index + 1}` : (element.name ?? ''), memberValue(element, target)] as const);
}

/** SQL: an object's text; `separator` stands between its members. */
export function objectText(members: readonly (readonly [string, string])[], separator: string): string {
  const parts = members.flatMap(([key, value], index) => [quoteText(`${index === 0 ? '' : separator}${JSON.stringify(key)}:`), value]);
  return pieces(["'{'", ...parts, "'}'"]);
}

function inKeyOrder(members: readonly (readonly [string, string])[]): readonly (readonly [string, string])[] {
  return [...new Map(members)].sort(([one], [other]) => compareKeys(one, other));
}

/** Pieces joined as `||`; SQLite's expressions can't be nested deeper than a thousand levels, `concat` takes as many arguments. */
export function pieces(parts: readonly string[]): string {
  return parts.length === 1 ? (parts[0] ?? '') : `concat(${parts.join(', ')})`;
}

/** Where an outer join has found no row, the row is NULL, not one of NULLs. */
export function nullOfNoRow(row: Typed, json: string, scope: Scope): string {
  const source = sourceOf(row, scope);
  if (!source?.nullable) return json;
  if (source.table?.kind === 'table') return `iif(${source.sqlAlias}._rowid_ IS NULL, NULL, ${json})`;
  const isEmpty = source.columns.map(({ sql }) => `${sql} IS NULL`).join(' AND ');
  const refusal = refusedSql('A row of an outer join as JSON where all of its columns are NULL', 'Make an object of its columns.');
  return `iif(${isEmpty}, ${refusal}, ${json})`;
}

function sourceOf({ name }: Typed, scope: Scope): Scope['sources'][number] | undefined {
  for (let level: Scope | undefined = scope; level; level = level.parent) {
    const found = level.sources.find(({ alias }) => alias !== undefined && alias === name);
    if (found) return found;
  }
  return undefined;
}

function unsupported(type: PgType): UnsupportedOnFallbackError {
  return new UnsupportedOnFallbackError(
    `A value of the type ${formatType(withoutModifiers(type))} as JSON`,
    'Select it by itself and make the JSON in the program.',
  );
}

/** SQL: the value as the function's type of JSON. */
export function wholeValue(value: Typed, target: JsonTarget): string {
  const json = jsonValue(value, target);
  return target.key === 'jsonb' ? spaced(json) : json;
}

/** SQL: the same as a member of an array or object, where NULL is JSON's null. */
export function memberValue(value: Typed, target: JsonTarget): string {
  return value.pending === 'null' ? "'null'" : `coalesce(${jsonValue(value, target)}, 'null')`;
}

/** SQL: a value as a member's key, NULL of NULL. @throws PgError 22023 */
export function keyText(value: Typed, context: Translation): string {
  if (value.pending === 'null') return 'NULL';
  const { sql, type } = settled(value, context);
  if (value.elements || type.key === 'array' || type.key === 'json' || type.key === 'jsonb') {
    throw new PgError('22023', 'key value must be scalar, not array, composite, or json');
  }
  if (type.key === 'timestamp' || type.key === 'timestamptz')
    return `json_extract(${isoText(text(sql, type), type.key === 'timestamptz')}, '$')`;
  return type.key === 'float8' ? repeated([sql], floatText) : text(sql, type);
}

/** PostgreSQL finds duplicates by sorting, and leaves them sorted. */
export function sortedWhenDistinct(call: Call): Call {
  const [expression] = call.args;
  return call.distinct && call.orderBy.length === 0 && expression ? { ...call, orderBy: [{ expression }] } : call;
}
