import { RANGE_SUBTYPES } from '../../types/composite/range.js';
import { codecFor } from '../../types/codecs.js';
import { keyWithoutScale } from '../../types/numeric-key.js';
import type { PgType } from '../../types/pg-type.js';
import { coerce } from '../coerce.js';
import { repeated } from '../repeated.js';
import { BOOL } from '../same-type.js';
import type { OperatorRule, Rules, Typed } from '../typed.js';
import { strict } from './json-sql.js';
import { before, beginsNoLater, endsNoSooner, NEITHER_EMPTY, overlap, parts, touch } from './range-parts.js';
import { rangeOfTwo, type RESULTS } from './range-results.js';

export function isRange({ type }: Typed): boolean {
  return type.key in RANGE_SUBTYPES;
}

const CONDITIONS: Readonly<Record<string, string>> = {
  '@>': `(y.f = 0 OR (x.f = 1 AND ${beginsNoLater('x', 'y')} AND ${endsNoSooner('x', 'y')}))`,
  '<@': `(x.f = 0 OR (y.f = 1 AND ${beginsNoLater('y', 'x')} AND ${endsNoSooner('y', 'x')}))`,
  '&&': overlap,
  '<<': `(${NEITHER_EMPTY} AND ${before('x', 'y')})`,
  '>>': `(${NEITHER_EMPTY} AND ${before('y', 'x')})`,
  '&<': `(${NEITHER_EMPTY} AND ${endsNoSooner('y', 'x')})`,
  '&>': `(${NEITHER_EMPTY} AND ${beginsNoLater('y', 'x')})`,
  '-|-': touch,
};

/** Both as the range type of one of them: a literal beside a range is a range, as in PostgreSQL. */
function ofTwoRanges(operator: string): OperatorRule {
  return (left, right, context) => {
    const type = commonRange(left, right);
    if (!type) return undefined;
    const sql = repeated([coerce(left, type, context).sql, coerce(right, type, context).sql], (x = '', y = '') =>
      strict([x, y], `(SELECT ${CONDITIONS[operator] ?? ''} FROM ${parts(x, type, 'x')}, ${parts(y, type, 'y')})`),
    );
    return { sql, type: BOOL };
  };
}

export function commonRange(left: Typed, right: Typed): PgType | undefined {
  if (isRange(left)) return right.type.key === left.type.key || right.type.key === 'unknown' ? left.type : undefined;
  return isRange(right) && left.type.key === 'unknown' ? right.type : undefined;
}

/** `range @> element`. */
const containsElement: OperatorRule = (range, element, context) => {
  const subtype = RANGE_SUBTYPES[range.type.key];
  if (!subtype || element.type.key !== subtype.key) return undefined;
  return hasElement(range.sql, range.type, coerce(element, subtype, context).sql);
};

function hasElement(given: string, type: PgType, value: string): Typed {
  const sql = repeated([given, value], (range = '', element = '') => {
    const e = type.key === 'numrange' ? keyWithoutScale(element) : element;
    const isAfterLower = `(x.l IS NULL OR x.l < ${e} OR (x.li AND x.l = ${e}))`;
    const isBeforeUpper = `(x.u IS NULL OR x.u > ${e} OR (x.ui AND x.u = ${e}))`;
    return strict([range, element], `(SELECT x.f = 1 AND ${isAfterLower} AND ${isBeforeUpper} FROM ${parts(range, type, 'x')})`);
  });
  return { sql, type: BOOL };
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
  return repeated([sql], (x = '') => codecFor(type).orderKey?.(x) ?? x);
}

/** `+`, `-`, `*`: a range made of two. */
function calculated(operator: keyof typeof RESULTS): OperatorRule {
  return (left, right, context) => {
    const type = commonRange(left, right);
    return type && { sql: rangeOfTwo(operator, coerce(left, type, context).sql, coerce(right, type, context).sql, type), type };
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
    '+': [calculated('+')],
    '-': [calculated('-')],
    '*': [calculated('*')],
  },
};
