import { codecFor } from '../../types/codecs.js';
import { parseDecimal, printDecimal, rescale } from '../../types/decimal.js';
import { type Decimal, decimalOfKey, type FiniteDecimal } from '../../types/numeric-key.js';
import type { PgType } from '../../types/pg-type.js';
import type { Stored } from '../../types/codec.js';
import { rescaled, TOO_LONG } from '../casts/numbers.js';
import { coerce } from '../coerce.js';
import { quotient } from '../functions/numeric-division.js';
import { repeated } from '../repeated.js';
import { isInteger } from '../same-type.js';
import type { Translation, Typed } from '../typed.js';
import { DIVISION_BY_ZERO } from './integer-arithmetic.js';
import type { Arithmetic } from './numeric.js';

/** Literals of more decimals are calculated with as keys. */
const MOST_SCALED_DIGITS = 18;

/**
 * An operand as an exact number: an INTEGER in units of its scale where it can be, else a sortable text. The other's scale does for a
 * parameter, unless the result shows how many decimals it has: `keepsScale`.
 */
export function exactNumber(typed: Typed, other: Typed, context: Translation, keepsScale = false): Typed {
  const { pending, type } = typed;
  if (pending === undefined) return isInteger(type) ? { sql: typed.sql, type: { key: 'numeric', scale: 0 } } : typed;
  if (pending === 'null') return { sql: 'NULL', type: { key: 'numeric', scale: 0 } };
  if (pending.kind === 'literal' && (type.key === 'numeric' || type.key === 'unknown'))
    return literalNumber(context.valueOf(pending), context);
  if (type.key !== 'unknown') return { sql: coerce(typed, { key: 'int8' }, context).sql, type: { key: 'numeric', scale: 0 } };
  const { scale } = other.type;
  return coerce(typed, scale === undefined || keepsScale ? { key: 'numeric' } : { key: 'numeric', scale }, context);
}

function literalNumber(text: string, context: Translation): Typed {
  const value = parseDecimal(text);
  const isShort = typeof value === 'object' && value.unscaled.toString().length <= MOST_SCALED_DIGITS && value.scale <= MOST_SCALED_DIGITS;
  const type: PgType = isShort ? { key: 'numeric', scale: value.scale } : { key: 'numeric' };
  const codec = codecFor(type);
  return { sql: context.constant(codec.input(text)), type };
}

/** Sums, differences, products and remainders of INTEGERs in units are exact, as far as 64 bits go. */
export function scaledArithmetic(operator: Arithmetic, left: Typed, right: Typed): Typed {
  const [from, to] = [left.type.scale ?? 0, right.type.scale ?? 0];
  const common = Math.max(from, to);
  const isProduct = operator === '*';
  const [a, b] = isProduct ? [left.sql, right.sql] : [rescaled(left.sql, from, common), rescaled(right.sql, to, common)];
  const sql = repeated([a, b], (x = '', y = '') => {
    const result = `${x} ${operator} ${y}`;
    const zero = operator === '%' ? `WHEN ${y} = 0 THEN ${DIVISION_BY_ZERO} ` : '';
    return (
      `CASE WHEN ${x} IS NULL OR ${y} IS NULL THEN NULL WHEN ${x} = 'NaN' OR ${y} = 'NaN' THEN 'NaN' ${zero}` +
      `WHEN typeof(${result}) = 'real' THEN ${TOO_LONG} ELSE ${result} END`
    );
  });
  return { sql, type: { key: 'numeric', scale: isProduct ? from + to : common } };
}

/** Numbers of any length, and quotients, which have more digits than SQLite reckons with: JavaScript calculates what is a column of the result. */
export function keyedArithmetic(operator: Arithmetic, left: Typed, right: Typed): Typed {
  const isZero = right.type.scale === undefined ? `${right.sql} GLOB '2*'` : `${right.sql} = 0`;
  const operands = `(CAST(${left.sql} AS TEXT) || '/' || CAST(${right.sql} AS TEXT))`;
  const divides = operator === '/' || operator === '%';
  return {
    sql: divides ? `iif(${isZero} AND ${left.sql} IS NOT NULL, ${DIVISION_BY_ZERO}, ${operands})` : operands,
    type: { key: 'numeric' },
    decode: (stored) => decoded(stored, operator, left.type, right.type),
    onlyAsResult: `numeric ${operator} numeric in a further expression`,
  };
}

function decoded(stored: Stored, operator: Arithmetic, left: PgType, right: PgType): string | null {
  if (stored === null) return null;
  const [a = '', b = ''] = String(stored).split('/');
  return printDecimal(calculated(operator, decimalOf(a, left), decimalOf(b, right)));
}

function decimalOf(text: string, type: PgType): Decimal {
  if (type.scale === undefined) return withScale(decimalOfKey(text), type);
  return text === 'NaN' ? 'NaN' : { unscaled: BigInt(text), scale: type.scale };
}

/** The values of numeric(p, s) all show s decimals. */
function withScale(value: Decimal, { modifiers }: PgType): Decimal {
  const [, scale] = modifiers ?? [];
  return typeof value === 'object' && typeof scale === 'number' ? rescale(value, Math.max(0, scale)) : value;
}

function calculated(operator: Arithmetic, a: Decimal, b: Decimal): Decimal {
  if (typeof a === 'string' || typeof b === 'string') return unbounded(operator, a, b);
  const scale = Math.max(a.scale, b.scale);
  const [x, y] = [rescale(a, scale).unscaled, rescale(b, scale).unscaled];
  switch (operator) {
    case '+':
      return { unscaled: x + y, scale };
    case '-':
      return { unscaled: x - y, scale };
    case '*':
      return { unscaled: a.unscaled * b.unscaled, scale: a.scale + b.scale };
    case '/':
      return quotient(a, b);
    case '%':
      return { unscaled: x % y, scale };
  }
}

/** As with doubles, except that the remainder of a division by infinity is the dividend. */
function unbounded(operator: Arithmetic, a: Decimal, b: Decimal): Decimal {
  const [x, y] = [signOf(a), signOf(b)];
  if (operator === '%' && typeof a === 'object' && Math.abs(y) === Infinity) return a;
  const result = operator === '%' ? NaN : { '+': x + y, '-': x - y, '*': x * y, '/': x / y }[operator];
  return Number.isFinite(result) ? { unscaled: 0n, scale: 0 } : (String(result) as Decimal);
}

function signOf(value: Decimal): number {
  if (typeof value === 'string') return Number(value);
  return finiteSign(value);
}

function finiteSign({ unscaled }: FiniteDecimal): number {
  return unscaled > 0n ? 1 : unscaled < 0n ? -1 : 0;
}
