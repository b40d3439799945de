import type { Call } from '../../sql/ast.js';
import type { Stored } from '../../types/codec.js';
import { printDecimal, rescale } from '../../types/decimal.js';
import { type Decimal, decimalOfKey, equalityKey, type FiniteDecimal } from '../../types/numeric-key.js';
import type { PgType } from '../../types/pg-type.js';
import { freeKey } from '../casts/to-numeric.js';
import { coerce, refuseResult } from '../coerce.js';
import { isInteger } from '../same-type.js';
import type { FunctionRule, Rules, Scope, Translation, Typed } from '../typed.js';
import { aggregateCall } from './aggregate-call.js';
import { floatDigits, floatSpreadText, type Spread } from './aggregate-floats.js';
import { quotient } from './numeric-division.js';

/** `stddev(x)` and the like: JavaScript finishes them, because of numbers of any length. */
function spread(name: string, how: Spread): FunctionRule {
  return ([argument, ...more], context, call, scope) => {
    if (!argument || more.length > 0) return undefined;
    refuseResult(argument);
    const type: PgType = argument.type.key === 'unknown' ? { key: 'float8' } : argument.type;
    const value = argument.pending === undefined ? argument : coerce(argument, type, context);
    const found = spreadOf(value, how, call, scope, context);
    return found && { ...found, onlyAsResult: `${name}() in a further expression` };
  };
}

function spreadOf({ sql, type }: Typed, how: Spread, call: Call, scope: Scope, context: Translation): Typed | undefined {
  const list = (item: string): string => aggregateCall('group_concat', item, call, scope, context);
  if (type.key === 'float4' || type.key === 'float8') {
    const float8: PgType = { key: 'float8' };
    return { sql: list(floatDigits(sql)), type: float8, decode: (stored) => floatSpreadText(stored, call.distinct, how) };
  }
  const numeric: PgType = { key: 'numeric' };
  const scale = isInteger(type) ? 0 : type.scale;
  if (scale !== undefined && (isInteger(type) || type.key === 'numeric')) {
    return { sql: list(sql), type: numeric, decode: (stored) => spreadText(stored, (unit) => ofUnits(unit, scale), how) };
  }
  if (type.key !== 'numeric') return undefined;
  return { sql: list(freeKey(sql, type)), type: numeric, decode: (stored) => spreadText(distinctKeys(stored, call), decimalOfKey, how) };
}

function ofUnits(unit: string, scale: number): Decimal {
  return unit === 'NaN' ? 'NaN' : { unscaled: BigInt(unit), scale };
}

/** Equal numbers with other digits (1.0 and 1.00) are one. */
function distinctKeys(stored: Stored, { distinct }: Call): Stored {
  if (stored === null || !distinct) return stored;
  return [
    ...new Map(
      String(stored)
        .split(',')
        .map((key) => [equalityKey(key), key]),
    ).values(),
  ].join(',');
}

/** `numeric_stddev_internal` of src/backend/utils/adt/numeric.c. */
function spreadText(stored: Stored, read: (text: string) => Decimal, { isSample, isRoot }: Spread): string | null {
  if (stored === null) return null;
  const values = String(stored).split(',').map(read);
  if (isSample && values.length === 1) return null;
  const finite = values.filter((value): value is FiniteDecimal => typeof value === 'object');
  if (finite.length < values.length) return 'NaN';
  const scale = Math.max(...finite.map((value) => value.scale));
  const units = finite.map((value) => rescale(value, scale).unscaled);
  const count = BigInt(units.length);
  const sum = units.reduce((left, right) => left + right, 0n);
  const squares = units.reduce((total, unit) => total + unit * unit, 0n);
  const numerator = count * squares - sum * sum;
  if (numerator <= 0n) return '0';
  const denominator = isSample ? count * (count - 1n) : count * count;
  const variance = quotient({ unscaled: numerator, scale: scale * 2 }, { unscaled: denominator, scale: 0 });
  return printDecimal(isRoot ? squareRoot(variance as FiniteDecimal) : variance);
}

/** Rounded half up to as many decimals as the number has. */
function squareRoot({ unscaled, scale }: FiniteDecimal): FiniteDecimal {
  // sqrt(u / 10^s) × 10^s = sqrt(u × 10^s): reckoned with one digit more to round by.
  const root = integerRoot(unscaled * 10n ** BigInt(scale + 2));
  return { unscaled: (root + 5n) / 10n, scale };
}

/** The largest integer whose square is not greater. */
function integerRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let guess = 1n << BigInt(Math.ceil(value.toString(2).length / 2));
  for (;;) {
    const next = (guess + value / guess) / 2n;
    if (next >= guess) return guess;
    guess = next;
  }
}

const VARIANCE: Spread = { isSample: true, isRoot: false };
const DEVIATION: Spread = { isSample: true, isRoot: true };

export const rules: NonNullable<Rules['functions']> = {
  variance: [spread('variance', VARIANCE)],
  var_samp: [spread('var_samp', VARIANCE)],
  var_pop: [spread('var_pop', { isSample: false, isRoot: false })],
  stddev: [spread('stddev', DEVIATION)],
  stddev_samp: [spread('stddev_samp', DEVIATION)],
  stddev_pop: [spread('stddev_pop', { isSample: false, isRoot: true })],
};
