import { UnsupportedOnFallbackError } from '../../../errors.js';
import { PgError } from '../../pg-error.js';
import { formatType } from '../../types/format-type.js';
import type { PgType } from '../../types/pg-type.js';
import { coerce } from '../coerce.js';
import { hasEquality, isOrdered } from '../comparisons.js';
import { codecFor } from '../../types/codecs.js';
import { raiseSql } from '../raise.js';
import { repeated } from '../repeated.js';
import { BOOL, sameType, TEXT, withoutModifiers } from '../same-type.js';
import type { OperatorRule, Rules, Translation, Typed } from '../typed.js';
import { dimensions, elementJson, elementKey, elementsOf, elementValue, joinedArrays, membersWhere } from './array-sql.js';
import { constructedOfArrays, MISMATCH } from './array-shapes.js';
import { commonElement, compatibleArray } from './array-types.js';
import { strict } from './json-sql.js';

/** Two arrays of one element type, or one and a literal that becomes one. */
export interface ArrayPair {
  readonly left: string;
  readonly right: string;
  readonly element: PgType;
}

export function isArray({ type }: Typed): boolean {
  return type.key === 'array';
}

export function arrayPair(left: Typed, right: Typed, context: Translation): ArrayPair | undefined {
  const [a, b] = [left.type, right.type];
  const element = a.element ?? b.element;
  if (element === undefined) return undefined;
  if (a.key !== 'unknown' && b.key !== 'unknown' && !sameType(withoutLengths(a), withoutLengths(b))) return undefined;
  const type: PgType = { key: 'array', element: withoutModifiers(element) };
  return { left: coerce(left, type, context).sql, right: coerce(right, type, context).sql, element };
}

function withoutLengths(type: PgType): PgType {
  return type.element ? { ...type, element: withoutModifiers(type.element) } : type;
}

function ofTwoArrays(condition: (pair: ArrayPair) => string): OperatorRule {
  return (left, right, context) => {
    const pair = arrayPair(left, right, context);
    if (!pair) return undefined;
    if (!hasEquality(pair.element)) return withoutOperator(pair, 'an equality operator');
    const sql = repeated([pair.left, pair.right], (a = '', b = '') => strict([a, b], condition({ ...pair, left: a, right: b })));
    return { sql, type: BOOL };
  };
}

/** PostgreSQL finds it out when it compares two arrays. */
function withoutOperator({ left, right, element }: ArrayPair, what: string): Typed {
  const sql = strict([left, right], raiseSql('42883', `could not identify ${what} for type ${formatType(element)}`));
  return { sql, type: BOOL };
}

/** NULL elements are equal to nothing. */
function containsAll({ left, right, element }: ArrayPair): string {
  const [l, r] = [elementsOf(left, '`l`'), elementsOf(right, '`r`')];
  const matches = `${elementKey('`l`.atom', element)} = ${elementKey('`r`.atom', element)}`;
  return `NOT EXISTS (SELECT 1 FROM ${r.from} WHERE ${r.where} AND NOT EXISTS (SELECT 1 FROM ${l.from} WHERE ${l.where} AND ${matches}))`;
}

function overlaps({ left, right, element }: ArrayPair): string {
  const [l, r] = [elementsOf(left, '`l`'), elementsOf(right, '`r`')];
  const keys = `SELECT ${elementKey('`l`.atom', element)} FROM ${l.from} WHERE ${l.where} AND \`l\`.atom IS NOT NULL`;
  return `EXISTS (SELECT 1 FROM ${r.from} WHERE ${r.where} AND ${elementKey('`r`.atom', element)} IN (${keys}))`;
}

/** REAL elements may be written in more than one way, so that their sort keys are compared. */
function equality(operator: string): OperatorRule {
  return (left, right, context) => {
    const pair = arrayPair(left, right, context);
    if (pair && !hasEquality(pair.element)) return withoutOperator(pair, 'an equality operator');
    if (!pair || codecFor(pair.element).affinity !== 'REAL') return undefined;
    const codec = codecFor({ key: 'array', element: pair.element });
    const key = (sql: string): string => repeated([sql], (x = '') => codec.orderKey?.(x) ?? x);
    return { sql: `(${key(pair.left)} ${operator} ${key(pair.right)})`, type: BOOL };
  };
}

const unordered: OperatorRule = (left, right, context) => {
  const pair = arrayPair(left, right, context);
  return pair && !isOrdered(pair.element) && pair.element.key === 'json' ? withoutOperator(pair, 'a comparison function') : undefined;
};

/** `||`: an array behind an array, or an element before or behind one. A literal without a type is an array, as in PostgreSQL. */
const concatenation: OperatorRule = (left, right, context) => {
  if (!isArray(left) && !isArray(right)) return undefined;
  if ((isArray(left) || left.type.key === 'unknown') && (isArray(right) || right.type.key === 'unknown')) {
    return concatenatedArrays(left, right, context);
  }
  return isArray(left) ? appended(left, right, context) : prepended(left, right, context);
};

export function concatenatedArrays(left: Typed, right: Typed, context: Translation): Typed | undefined {
  const arrays = [left, right];
  if (arrays.some(({ type }) => type.key !== 'unknown' && !type.element)) return undefined;
  const element = commonElement(arrays.flatMap(({ type }) => type.element ?? []));
  if (!element) return undefined;
  const type: PgType = { key: 'array', element };
  const pair = { left: coerce(left, type, context).sql, right: coerce(right, type, context).sql };
  const sql = repeated([pair.left, pair.right], (a = '', b = '') => {
    const [one, other] = [dimensions(a), dimensions(b)];
    const wrapped = (array: string): string => `('[' || ${array} || ']')`;
    const isRegular = `(${one} < 2 OR json_array_length(${a}, '$[0]') = json_array_length(${b}, '$[0]'))`;
    return (
      `(CASE WHEN ${a} IS NULL OR ${b} = '[]' THEN coalesce(${a}, ${b}) WHEN ${b} IS NULL OR ${a} = '[]' THEN coalesce(${b}, ${a})` +
      ` WHEN ${one} = ${other} AND ${isRegular} THEN ${joinedArrays(a, b)}` +
      ` WHEN ${one} = ${other} + 1 AND json_array_length(${a}, '$[0]') = json_array_length(${b}) THEN ${joinedArrays(a, wrapped(b))}` +
      ` WHEN ${one} + 1 = ${other} AND json_array_length(${a}) = json_array_length(${b}, '$[0]') THEN ${joinedArrays(wrapped(a), b)}` +
      ` ELSE ${raiseSql('2202E', 'cannot concatenate incompatible arrays')} END)`
    );
  });
  return { sql, type };
}

export function appended(array: Typed, element: Typed, context: Translation): Typed | undefined {
  return withElement(array, element, context, (stored, item) => joinedArrays(stored, item));
}

export function prepended(element: Typed, array: Typed, context: Translation): Typed | undefined {
  return withElement(array, element, context, (stored, item) => joinedArrays(item, stored));
}

function withElement(array: Typed, element: Typed, context: Translation, join: (array: string, item: string) => string): Typed | undefined {
  const given = compatibleArray(array, [element], context);
  if (!given) return undefined;
  const item = elementJson(given.others[0] ?? '', given.element);
  const sql = repeated([given.array, item], (stored = '', json = '') => {
    const all = `coalesce(${stored}, '[]')`;
    const grown = join(all, `('[' || ${json} || ']')`);
    return `(iif(${dimensions(all)} > 1, ${raiseSql('22000', 'argument must be empty or one-dimensional array')}, ${grown}))`;
  });
  return { sql, type: given.type };
}

/** `array[i]`, `array[i][j]`: NULL where there is none. */
export function subscript(array: Typed, indices: readonly Typed[], context: Translation): Typed {
  const { element } = array.type;
  if (!element) throw notSubscriptable(array);
  const numbers = indices.map((index) => coerce(index, { key: 'int4' }, context).sql);
  const sql = repeated([array.sql, ...numbers], (stored = '', ...positions) => {
    const path = positions.map((position) => `'[' || (${position} - 1) || ']'`).join(' || ');
    const exists = positions.map((position) => `${position} > 0`).join(' AND ');
    const value = `json_extract(${stored}, '$' || ${path})`;
    return `(CASE WHEN ${exists} AND json_type(${stored}, '$' || ${path}) <> 'array' THEN ${elementValue(value, element)} END)`;
  });
  return { sql, type: element };
}

function notSubscriptable({ type }: Typed): PgError {
  return new PgError('42804', `cannot subscript type ${formatType(withoutModifiers(type))} because it does not support subscripting`);
}

/** `array[lower:upper]`; a bound that is left out is the array's own. */
export function slice(array: Typed, lower: Typed | undefined, upper: Typed | undefined, context: Translation): Typed {
  const { element } = array.type;
  if (!element) throw notSubscriptable(array);
  const bound = (given: Typed | undefined, absent: string): string => (given ? coerce(given, { key: 'int4' }, context).sql : absent);
  const sql = repeated([array.sql, bound(lower, '1'), bound(upper, '2147483647')], (stored = '', from = '', to = '') => {
    return strict([stored, from, to], membersWhere(stored, 'e', element, `e.key + 1 BETWEEN ${from} AND ${to}`));
  });
  return { sql, type: array.type };
}

/** `ARRAY[…]`. `target` is the type of a cast that stands around it, which PostgreSQL applies to the elements. */
export function arrayConstructor(
  elements: readonly Typed[],
  common: (elements: readonly Typed[]) => PgType,
  context: Translation,
  target?: PgType,
): Typed {
  const nested = elements.some(isArray);
  if (elements.length === 0 && !target) {
    throw new PgError('42P18', 'cannot determine type of empty array', {
      hint: 'Explicitly cast to the desired type, for example ARRAY[]::integer[].',
    });
  }
  const type: PgType = target ?? (nested ? common(elements) : { key: 'array', element: common(elements) });
  const { element } = type;
  if (!element) throw new UnsupportedOnFallbackError('An ARRAY[…] of this type', 'Write it as a literal with a cast.');
  const items = elements.map((item) => {
    if (nested) return `json(${coerce(item, type, context, target ? 'explicit' : 'implicit').sql})`;
    const value = coerce(item, element, context, target ? 'explicit' : 'implicit').sql;
    return asArgument(value, element, item);
  });
  const sql = jsonArray(items);
  const shape = shapeOfMembers(elements, nested);
  return { sql: nested && !shape ? constructedOfArrays(sql) : sql, type, name: 'array', ...(shape && { shape }) };
}

/** An array whose lengths are written. */
interface Written extends Typed {
  readonly shape: readonly number[];
}

function isWritten(typed: Typed): typed is Written {
  return 'shape' in typed;
}

/** `undefined` where only the values tell it, or where an array without elements is among them. */
function shapeOfMembers(members: readonly Typed[], nested: boolean): readonly number[] | undefined {
  if (!nested) return [members.length];
  const [first, ...rest] = members.map((member) => (isWritten(member) && !member.shape.includes(0) ? member.shape : undefined));
  if (!first || rest.includes(undefined)) return undefined;
  if (rest.some((shape) => String(shape) !== String(first))) throw new PgError(...MISMATCH);
  return [members.length, ...first];
}

/** An argument of json_array: a literal's number or text can be given as it is. */
function asArgument(value: string, element: PgType, { pending }: Typed): string {
  const { affinity } = codecFor(element);
  if (affinity === 'INTEGER' || pending === 'null') return value;
  return affinity.startsWith('TEXT') ? `(${value} || '')` : `json(${elementJson(value, element)})`;
}

/** SQLite's functions take no more arguments than this. */
const MOST_ARGUMENTS = 500;

function jsonArray(items: readonly string[]): string {
  if (items.length <= MOST_ARGUMENTS) return `json_array(${items.join(', ')})`;
  const parts: string[] = [];
  for (let start = 0; start < items.length; start += MOST_ARGUMENTS) {
    parts.push(`SELECT ${start} AS n, json_array(${items.slice(start, start + MOST_ARGUMENTS).join(', ')}) AS j`);
  }
  return `(SELECT '[' || group_concat(substr(j, 2, length(j) - 2), ',' ORDER BY n) || ']' FROM (${parts.join(' UNION ALL ')}))`;
}

export const TEXT_ARRAY: PgType = { key: 'array', element: TEXT };

export const rules: Rules = {
  operators: {
    '@>': [ofTwoArrays(containsAll)],
    '<@': [ofTwoArrays(({ left, right, element }) => containsAll({ left: right, right: left, element }))],
    '&&': [ofTwoArrays(overlaps)],
    '||': [concatenation],
    '=': [equality('=')],
    '<>': [equality('<>')],
    'is distinct from': [equality('IS NOT')],
    'is not distinct from': [equality('IS')],
    ...Object.fromEntries(['<', '<=', '>', '>='].map((operator) => [operator, [unordered]])),
  },
};
