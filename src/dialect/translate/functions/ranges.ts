import { PgError } from '../../pg-error.js';
import { RANGE_SUBTYPES } from '../../types/composite/range.js';
import { DATE_INFINITY } from '../../types/codecs-date.js';
import { keyWithoutScale } from '../../types/numeric-key.js';
import type { PgType, TypeKey } from '../../types/pg-type.js';
import { coerce } from '../coerce.js';
import { elementJson } from '../operators/array-sql.js';
import { rangeOfTwo } from '../operators/range-results.js';
import { commonRange, isRange } from '../operators/ranges.js';
import { raiseSql } from '../raise.js';
import { repeated } from '../repeated.js';
import { BOOL, TEXT } from '../same-type.js';
import type { FunctionRule, Rules, Typed } from '../typed.js';

/** A literal could be any of the ranges. */
function ofRange(name: string, build: (range: string) => string): FunctionRule {
  return ([range, ...others]) => {
    if (range?.type.key === 'unknown' && others.length === 0) throw new PgError('42725', `function ${name}(unknown) is not unique`, HINT);
    if (!range || !isRange(range) || others.length > 0) return undefined;
    return { sql: repeated([range.sql], (r = '') => `(${build(r)})`), type: BOOL };
  };
}

const HINT = { hint: 'Could not choose a best candidate function. You might need to add explicit type casts.' };

function bound(index: 1 | 2): FunctionRule {
  return ([range, ...others]) => {
    const subtype = range && others.length === 0 ? RANGE_SUBTYPES[range.type.key] : undefined;
    return subtype && range && { sql: `json_extract(${range.sql}, '$[${index}]')`, type: subtype };
  };
}

/** The empty range has neither bounds nor brackets. */
function hasBracket(name: string, bracket: string): FunctionRule {
  return ofRange(name, (r) => `iif(${r} IS NULL, NULL, instr(coalesce(json_extract(${r}, '$[3]'), ''), '${bracket}') > 0)`);
}

function isUnbounded(name: string, index: 1 | 2): FunctionRule {
  return ofRange(name, (r) => `iif(${r} IS NULL, NULL, json_extract(${r}, '$[0]') = 1 AND json_extract(${r}, '$[${index}]') IS NULL)`);
}

const DISCRETE = new Set<TypeKey>(['int4range', 'int8range', 'daterange']);
const LARGEST: Partial<Record<TypeKey, readonly [value: string, code: string, message: string]>> = {
  int4range: ['2147483647', '22003', 'integer out of range'],
  int8range: ['9223372036854775807', '22003', 'bigint out of range'],
};

/** `int4range(1, 3, '[]')`, as PostgreSQL's constructors: ranges of whole things have one form. */
function constructor(type: PgType, subtype: PgType): FunctionRule {
  return ([lower, upper, brackets, ...others], context) => {
    if (!lower || !upper || others.length > 0) return undefined;
    if (![lower, upper].every((given) => given.type.key === 'unknown' || given.type.key === subtype.key || isSmaller(given, subtype)))
      return undefined;
    const operands = [
      coerce(lower, subtype, context).sql,
      coerce(upper, subtype, context).sql,
      brackets ? coerce(brackets, TEXT, context).sql : "'[)'",
    ];
    return { sql: repeated(operands, (l = '', u = '', b = '') => constructed(type, subtype, l, u, b)), type };
  };
}

function isSmaller({ type }: Typed, subtype: PgType): boolean {
  const wider: Partial<Record<TypeKey, readonly TypeKey[]>> = {
    int8: ['int2', 'int4'],
    int4: ['int2'],
    numeric: ['int2', 'int4', 'int8'],
    timestamp: ['date'],
    timestamptz: ['date', 'timestamp'],
  };
  return wider[subtype.key]?.includes(type.key) ?? false;
}

function constructed(type: PgType, subtype: PgType, lower: string, upper: string, brackets: string): string {
  const key = (value: string): string => (subtype.key === 'numeric' ? keyWithoutScale(value) : value);
  const isDiscrete = DISCRETE.has(type.key);
  const next = (value: string, when: string): string =>
    isDiscrete ? `iif(${when} AND ${isFinite(value, type)}, ${successor(value, type)}, ${value})` : value;
  const from = next(lower, `substr(${brackets}, 1, 1) = '('`);
  const to = next(upper, `substr(${brackets}, 2, 1) = ']'`);
  const keeps = (value: string, bracket: string, canonical: string): string =>
    isDiscrete ? `iif(${isFinite(value, type)}, '${canonical}', ${bracket})` : bracket;
  const opening = `iif(${lower} IS NULL, '(', ${keeps(lower, `substr(${brackets}, 1, 1)`, '[')})`;
  const closing = `iif(${upper} IS NULL, ')', ${keeps(upper, `substr(${brackets}, 2, 1)`, ')')})`;
  const isEmpty = isDiscrete
    ? `${from} > ${to} OR (${from} = ${to} AND (${brackets} <> '[]' OR ${isFinite(lower, type)}))`
    : `${key(lower)} = ${key(upper)} AND ${brackets} <> '[]'`;
  return (
    `(CASE WHEN ${brackets} IS NULL THEN ${raiseSql('22000', 'range constructor flags argument must not be null')}` +
    ` WHEN ${brackets} NOT IN ('[]', '[)', '(]', '()') THEN ${raiseSql('42601', 'invalid range bound flags')}` +
    ` WHEN ${key(lower)} > ${key(upper)} THEN ${raiseSql('22000', 'range lower bound must be less than or equal to range upper bound')}` +
    ` WHEN ${isEmpty} THEN '[0]'` +
    ` ELSE '[1,' || ${elementJson(from, subtype)} || ',' || ${elementJson(to, subtype)} || ',"' || ${opening} || ${closing} || '"]' END)`
  );
}

function isFinite(value: string, { key }: PgType): string {
  return key === 'daterange' ? `abs(${value}) <> ${DATE_INFINITY}` : '1';
}

function successor(value: string, { key }: PgType): string {
  const [largest, code, message] = LARGEST[key] ?? [];
  return largest === undefined || code === undefined || message === undefined
    ? `${value} + 1`
    : `iif(${value} = ${largest}, ${raiseSql(code, message)}, ${value} + 1)`;
}

const merge: FunctionRule = ([one, other, ...others], context) => {
  if (one?.type.key === 'unknown' && other?.type.key === 'unknown')
    throw new PgError('42804', 'could not determine polymorphic type because input has type unknown');
  const type = one && other && others.length === 0 ? commonRange(one, other) : undefined;
  if (!type || !one || !other) return undefined;
  return { sql: rangeOfTwo('merge', coerce(one, type, context).sql, coerce(other, type, context).sql, type), type };
};

export const rules: Rules = {
  functions: {
    range_merge: [merge],
    lower: [bound(1)],
    upper: [bound(2)],
    isempty: [ofRange('isempty', (r) => `json_extract(${r}, '$[0]') = 0`)],
    lower_inc: [hasBracket('lower_inc', '[')],
    upper_inc: [hasBracket('upper_inc', ']')],
    lower_inf: [isUnbounded('lower_inf', 1)],
    upper_inf: [isUnbounded('upper_inf', 2)],
    ...Object.fromEntries(Object.entries(RANGE_SUBTYPES).map(([key, subtype]) => [key, [constructor({ key: key as TypeKey }, subtype)]])),
  },
};
