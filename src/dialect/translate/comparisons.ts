import { UnsupportedOnFallbackError } from '../../errors.js';
import type { PgType, TypeKey } from '../types/pg-type.js';
import { codecFor } from '../types/codecs.js';
import { comparandType } from '../types/comparand-type.js';
import { coerce, isNegative, negativeAs, refuseResult, usable } from './coerce.js';
import { isImplicit } from './common-type.js';
import { bindText } from './own-slot.js';
import { repeated } from './repeated.js';
import { BOOL, INT8, isInteger, isNumber, isText, sameType, TEXT, withoutModifiers } from './same-type.js';
import type { OperatorRule, Rules, Translation, Typed } from './typed.js';

const EQUALITY: Readonly<Record<string, string>> = {
  '=': '=',
  '<>': '<>',
  'is distinct from': 'IS NOT',
  'is not distinct from': 'IS',
};
const INET: PgType = { key: 'inet' };
const ORDERING = ['<', '<=', '>', '>='];

/** Types without an operator `=` in PostgreSQL. */
const WITHOUT_EQUALITY: ReadonlySet<TypeKey> = new Set<TypeKey>(['json', 'record', 'void']);
/** Types with `=` but without `<`. */
const WITHOUT_ORDER: ReadonlySet<TypeKey> = new Set<TypeKey>([...WITHOUT_EQUALITY, 'hstore']);
/** Types that PostgreSQL orders otherwise than what is stored. */
const ORDERED_BY_POSTGRES: ReadonlySet<TypeKey> = new Set<TypeKey>(['tsvector', 'tsquery', 'geometry', 'geography']);

/** The SQL that sorts and compares as PostgreSQL does. */
export function orderKey({ sql, type }: Pick<Typed, 'sql' | 'type'>): string {
  if (codecFor(type).orderKey) return ownKey({ sql, type });
  if (type.key === 'bpchar') return `rtrim(${sql}, ' ')`;
  if (ORDERED_BY_POSTGRES.has(type.key)) {
    throw new UnsupportedOnFallbackError(`The order of ${type.key} values`, 'Compare or sort by a part of the value, or in the program.');
  }
  return type.key === 'citext' ? `(${sql} COLLATE NOCASE)` : sql;
}

/** The codec's key needs its value several times. */
function ownKey({ sql, type }: Pick<Typed, 'sql' | 'type'>): string {
  return repeated([sql], (x = '') => codecFor(type).orderKey?.(x) ?? x);
}

/** Whether PostgreSQL can sort values of the type. */
export function isOrdered(type: PgType): boolean {
  return type.element ? isOrdered(type.element) : !WITHOUT_ORDER.has(type.key);
}

/** Whether PostgreSQL can tell values of the type apart: DISTINCT and GROUP BY need it. */
export function hasEquality(type: PgType): boolean {
  return type.element ? hasEquality(type.element) : !WITHOUT_EQUALITY.has(type.key);
}

function equality(operator: string): OperatorRule {
  return (left, right, context) => {
    const pair = comparablePair(left, right, context);
    if (!pair || !hasEquality(pair.type)) return undefined;
    const [a, b] = [equalKey(pair.left), equalKey(pair.right)];
    return { sql: `(${a} ${EQUALITY[operator]} ${b})`, type: BOOL };
  };
}

function ordering(operator: string): OperatorRule {
  return (left, right, context) => {
    if (!isOrdered(left.type) || !isOrdered(right.type)) return undefined;
    const pair = comparablePair(left, right, context);
    if (!pair || !isOrdered(pair.type)) return undefined;
    return { sql: `(${orderKey(pair.left)} ${operator} ${orderKey(pair.right)})`, type: BOOL };
  };
}

/** Values whose one stored form is not what PostgreSQL calls equal are compared by their sort key: '1 day' = '24:00:00'. */
export function equalKey({ sql, type }: Typed): string {
  if (type.key === 'citext') return `${sql} COLLATE NOCASE`;
  if (isUnpadded(type)) return `rtrim(${sql}, ' ')`;
  return isLoose(type) && codecFor(type).orderKey ? ownKey({ sql, type }) : sql;
}

/** The same of elements of arrays, which have no collation: letters of either case, a float written in more than one way. */
const LOOSE_ELEMENTS: ReadonlySet<TypeKey> = new Set<TypeKey>(['numeric', 'citext', 'float4', 'float8', 'bpchar']);

/** A bpchar of no known length: its values end with any number of blanks, which count for nothing. */
function isUnpadded({ key, modifiers }: PgType): boolean {
  return key === 'bpchar' && modifiers === undefined;
}

/** Types of which two equal values can be stored differently: 1.0 and 1.00. */
export function isLoose(type: PgType): boolean {
  if (type.element) return LOOSE_ELEMENTS.has(type.element.key) || isLoose(type.element);
  return (
    isUnpadded(type) ||
    type.key === 'interval' ||
    type.key === 'jsonb' ||
    type.key === 'numrange' ||
    (type.key === 'numeric' && type.scale === undefined)
  );
}

/** `x IN (a, b)` where all are compared as one type; `undefined` where each needs an operator of its own. */
export function inList(operand: Typed, items: readonly Typed[], context: Translation): Typed | undefined {
  const pairs = items.map((item) => comparablePair(usable(operand), usable(item), context));
  const [first] = pairs;
  if (!first || !hasEquality(first.type)) return undefined;
  const left = equalKey(first.left);
  const keys = pairs.map((pair) => (pair && equalKey(pair.left) === left ? equalKey(pair.right) : undefined));
  if (keys.includes(undefined)) return undefined;
  return { sql: `(${left} IN (${keys.join(', ')}))`, type: BOOL };
}

export interface Pair {
  readonly left: Typed;
  readonly right: Typed;
  readonly type: PgType;
}

/** Both operands as the type whose operator PostgreSQL would choose. */
export function comparablePair(left: Typed, right: Typed, context: Translation): Pair | undefined {
  refuseResult(left);
  refuseResult(right);
  const found = comparedType(left, right);
  if (found === undefined) return undefined;
  // PostgreSQL has no operators of cidr's own.
  const type = found.key === 'cidr' ? INET : found;
  return { left: asCompared(left, type, context), right: asCompared(right, type, context), type };
}

function comparedType(left: Typed, right: Typed): PgType | undefined {
  const [a, b] = [left.type, right.type];
  if (a.key === 'record' || b.key === 'record') return undefined;
  if (a.key === 'unknown') return b.key === 'unknown' ? TEXT : asAddress(b);
  if (b.key === 'unknown') return asAddress(a);
  if (isNumber(a) && isNumber(b)) return comparedNumber(left, right);
  if (isText(a) && isText(b)) return comparedText(a, b);
  if (sameType(a, b)) return a;
  if (isText(a) || isText(b)) return undefined;
  // Elements are never converted: `int8[] = numeric[]` is no operator.
  if (a.element && b.element && (a.element.key !== 'numeric' || b.element.key !== 'numeric')) return undefined;
  if (isImplicit(a, b)) return withoutModifiers(b);
  return isImplicit(b, a) ? withoutModifiers(a) : undefined;
}

/** cidr has no operators of its own: PostgreSQL compares as inet, which is stored alike. */
function asAddress(type: PgType): PgType {
  return type.key === 'cidr' ? { key: 'inet' } : type;
}

/** A literal number is read as the other operand is stored: `price = 1.5` compares INTEGERs. */
function comparedNumber(left: Typed, right: Typed): PgType | undefined {
  const [a, b] = [left.type, right.type];
  if (isInteger(a) && isInteger(b)) return INT8;
  if (isFloat(a) || isFloat(b)) return a.key === 'float4' && b.key === 'float4' ? a : { key: 'float8' };
  if (left.pending !== undefined || isNegative(left)) return storedNumber(b);
  if (right.pending !== undefined || isNegative(right)) return storedNumber(a);
  return sameType(a, b) && JSON.stringify(a.modifiers) === JSON.stringify(b.modifiers) ? a : { key: 'numeric' };
}

function isKeyed({ key, scale }: PgType): boolean {
  return key === 'numeric' && scale === undefined;
}

function storedNumber(type: PgType): PgType {
  return type.key === 'numeric' ? type : { key: 'numeric', scale: 0 };
}

function isFloat({ key }: PgType): boolean {
  return key === 'float4' || key === 'float8';
}

/** citext compares without regard to case only with citext, and bpchar without regard to blanks only with bpchar and varchar. */
export function comparedText(a: PgType, b: PgType): PgType {
  // Of `bpchar = bpchar` and `text = text` the first has a type that needs no cast.
  if ((a.key === 'bpchar' && b.key === 'varchar') || (a.key === 'varchar' && b.key === 'bpchar')) return { key: 'bpchar' };
  if (a.key !== b.key || (a.key !== 'citext' && a.key !== 'bpchar')) return TEXT;
  return a.modifiers?.[0] === b.modifiers?.[0] ? a : { key: a.key };
}

function asCompared(typed: Typed, type: PgType, context: Translation): Typed {
  if (isNegative(typed) && type.key === 'numeric') return negativeAs(typed, comparandType(type), context);
  if (typed.pending !== undefined) return comparand(typed, type, context);
  // The display scale counts for nothing here.
  if (isKeyed(type) && isKeyed(typed.type)) return { ...typed, type };
  if (isInteger(typed.type) && (isInteger(type) || type.scale === 0)) return typed;
  if (typed.type.key === 'cidr' && type.key === 'inet') return { ...typed, type };
  if (type.key === 'bpchar' && type.modifiers === undefined) return { sql: `rtrim(${typed.sql}, ' ')`, type };
  if (type.key === 'text' && isText(typed.type)) return { ...typed, sql: textSql(typed), type };
  return coerce(typed, type, context);
}

/** A literal or parameter that is compared with values of the type: lengths and scales don't change it. */
function comparand(typed: Typed, type: PgType, context: Translation): Typed {
  const { pending } = typed;
  if (pending === undefined || pending === 'null') return coerce(typed, type, context);
  if (typed.type.key !== 'unknown' && !isNumber(type)) return coerce(typed, type, context);
  if (type.key === 'citext') return { sql: bindText(pending, asciiOnly, context), type };
  const sql = context.bind(pending, comparandType(type));
  return { sql: type.key === 'bpchar' && type.modifiers === undefined ? `rtrim(${sql}, ' ')` : sql, type };
}

/** What PostgreSQL makes of a string type as text. */
export function textSql({ sql, type }: Pick<Typed, 'sql' | 'type'>): string {
  if (type.key === 'bpchar') return `rtrim(${sql}, ' ')`;
  return type.key === 'citext' ? `(${sql} COLLATE BINARY)` : sql;
}

function asciiOnly(text: string): string {
  if (/^[\0-\x7f]*$/.test(text)) return text;
  throw new UnsupportedOnFallbackError(
    'A comparison of citext with letters outside ASCII',
    'SQLite compares only the letters A to Z without regard to case: compare a column that the program keeps in lower case.',
  );
}

export const rules: Rules = {
  operators: {
    ...Object.fromEntries(Object.keys(EQUALITY).map((operator) => [operator, [equality(operator)]])),
    ...Object.fromEntries(ORDERING.map((operator) => [operator, [ordering(operator)]])),
  },
};
