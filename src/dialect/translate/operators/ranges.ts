import { UnsupportedOnFallbackError } from '../../../errors.js';
import { RANGE_SUBTYPES } from '../../types/composite/range.js';
import { codecFor } from '../../types/codecs.js';
import { keyWithoutScale } from '../../types/numeric-key.js';
import type { PgType } from '../../types/pg-type.js';
import { coerce } from '../coerce.js';
import { BOOL } from '../same-type.js';
import type { OperatorRule, Rules, Typed } from '../typed.js';
import { strict } from './json-sql.js';

export function isRange({ type }: Typed): boolean {
  return type.key in RANGE_SUBTYPES;
}

/** SQL: a bound as it is compared; NULL where there is none. */
export function boundKey(range: string, index: 1 | 2, { key }: PgType): string {
  const bound = `json_extract(${range}, '$[${index}]')`;
  return key === 'numrange' ? keyWithoutScale(bound) : bound;
}

/** SQL: the parts of a range as one row: `f` is 0 of the empty one, `l` and `u` its bounds, `li` and `ui` whether they belong to it. */
function parts(range: string, type: PgType, alias: string): string {
  const bounds = `json_extract(${range}, '$[3]')`;
  return (
    `(SELECT json_extract(${range}, '$[0]') AS f, ${boundKey(range, 1, type)} AS l, ${boundKey(range, 2, type)} AS u,` +
    ` coalesce(substr(${bounds}, 1, 1) = '[', 0) AS li, coalesce(substr(${bounds}, 2, 1) = ']', 0) AS ui) AS ${alias}`
  );
}

/** x begins no later than y. */
function beginsNoLater(x: string, y: string): string {
  return `(${x}.l IS NULL OR (${y}.l IS NOT NULL AND (${x}.l < ${y}.l OR (${x}.l = ${y}.l AND (${x}.li OR NOT ${y}.li)))))`;
}

/** x ends no sooner than y. */
function endsNoSooner(x: string, y: string): string {
  return `(${x}.u IS NULL OR (${y}.u IS NOT NULL AND (${x}.u > ${y}.u OR (${x}.u = ${y}.u AND (${x}.ui OR NOT ${y}.ui)))))`;
}

/** Only of ranges that are not empty. */
function before(x: string, y: string): string {
  return `coalesce(${x}.u < ${y}.l OR (${x}.u = ${y}.l AND NOT (${x}.ui AND ${y}.li)), 0)`;
}

const NEITHER_EMPTY = 'x.f = 1 AND y.f = 1';

function touches(x: string, y: string): string {
  return `coalesce(${x}.u = ${y}.l AND ${x}.ui <> ${y}.li, 0)`;
}

const CONDITIONS: Readonly<Record<string, string>> = {
  '@>': `(y.f = 0 OR (x.f = 1 AND ${beginsNoLater('x', 'y')} AND ${endsNoSooner('x', 'y')}))`,
  '<@': `(x.f = 0 OR (y.f = 1 AND ${beginsNoLater('y', 'x')} AND ${endsNoSooner('y', 'x')}))`,
  '&&': `(${NEITHER_EMPTY} AND NOT ${before('x', 'y')} AND NOT ${before('y', 'x')})`,
  '<<': `(${NEITHER_EMPTY} AND ${before('x', 'y')})`,
  '>>': `(${NEITHER_EMPTY} AND ${before('y', 'x')})`,
  '&<': `(${NEITHER_EMPTY} AND ${endsNoSooner('y', 'x')})`,
  '&>': `(${NEITHER_EMPTY} AND ${beginsNoLater('y', 'x')})`,
  '-|-': `(${NEITHER_EMPTY} AND (${touches('x', 'y')} OR ${touches('y', 'x')}))`,
};

/** Both as the range type of one of them: a literal beside a range is a range, as in PostgreSQL. */
function ofTwoRanges(operator: string): OperatorRule {
  return (left, right, context) => {
    const type = commonRange(left, right);
    if (!type) return undefined;
    const [x, y] = [coerce(left, type, context).sql, coerce(right, type, context).sql];
    const compared = `(SELECT ${CONDITIONS[operator] ?? ''} FROM ${parts(x, type, 'x')}, ${parts(y, type, 'y')})`;
    return { sql: strict([x, y], compared), type: BOOL };
  };
}

function commonRange(left: Typed, right: Typed): PgType | undefined {
  if (isRange(left)) return right.type.key === left.type.key || right.type.key === 'unknown' ? left.type : undefined;
  return isRange(right) && left.type.key === 'unknown' ? right.type : undefined;
}

/** `range @> element`. */
const containsElement: OperatorRule = (range, element, context) => {
  const subtype = RANGE_SUBTYPES[range.type.key];
  if (!subtype || element.type.key !== subtype.key) return undefined;
  return hasElement(range.sql, range.type, coerce(element, subtype, context).sql);
};

function hasElement(range: string, type: PgType, element: string): Typed {
  const e = type.key === 'numrange' ? keyWithoutScale(element) : element;
  const isAfterLower = `(x.l IS NULL OR x.l < ${e} OR (x.li AND x.l = ${e}))`;
  const isBeforeUpper = `(x.u IS NULL OR x.u > ${e} OR (x.ui AND x.u = ${e}))`;
  return {
    sql: strict([range, element], `(SELECT x.f = 1 AND ${isAfterLower} AND ${isBeforeUpper} FROM ${parts(range, type, 'x')})`),
    type: BOOL,
  };
}

/** Equal ranges of numbers may differ in the zeros of their bounds. */
function equality(operator: string): OperatorRule {
  return (left, right, context) => {
    const type = commonRange(left, right);
    if (type?.key !== 'numrange') return undefined;
    const key = (typed: Typed): string => rangeKey(coerce(typed, type, context).sql, type);
    return { sql: `(${key(left)} ${operator} ${key(right)})`, type: BOOL };
  };
}

function rangeKey(sql: string, type: PgType): string {
  return codecFor(type).orderKey?.(sql) ?? sql;
}

function refused(operator: string): OperatorRule {
  return (left, right) => {
    if (!isRange(left) || !(isRange(right) || right.type.key === 'unknown')) return undefined;
    throw new UnsupportedOnFallbackError(`The operator ${operator} of ranges`, 'Reckon with the bounds: lower(), upper().');
  };
}

export const rules: Rules = {
  operators: {
    ...Object.fromEntries(Object.keys(CONDITIONS).map((operator) => [operator, [ofTwoRanges(operator)]])),
    '@>': [ofTwoRanges('@>'), containsElement],
    '<@': [ofTwoRanges('<@'), (left, right, context) => containsElement(right, left, context)],
    '=': [equality('=')],
    '<>': [equality('<>')],
    'is distinct from': [equality('IS NOT')],
    'is not distinct from': [equality('IS')],
    '+': [refused('+')],
    '-': [refused('-')],
    '*': [refused('*')],
  },
};
