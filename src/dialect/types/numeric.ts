import { UnsupportedOnFallbackError } from '../../errors.js';
import { check, classCheck } from './checks.js';
import type { Codec, Stored } from './codec.js';
import { limited, parseDecimal, printDecimal, printScaled, rescale } from './decimal.js';
import { type Decimal, decimalOfKey, equalityKey, type FiniteDecimal, keyWithoutScale, numericKey } from './numeric-key.js';
import type { PgType } from './pg-type.js';
import { integerText, selectText, storedInteger } from './stored-integer.js';

/** In the modifiers of a type whose values are only compared with those of another (see comparand-type.ts). */
export const COMPARAND = 'comparand';

const INTEGER_LIMIT = 2n ** 63n;
/** Below it a REAL can say half a unit. */
const HALVES_LIMIT = 2n ** 52n;

export function numericCodec(type: PgType): Codec {
  return type.scale === undefined ? keyCodec(type) : scaledCodec(type, type.scale);
}

/** Values as INTEGERs in units of 10^-scale. */
function scaledCodec(type: PgType, scale: number): Codec {
  const [precision] = type.modifiers ?? [];
  const output = (stored: Exclude<Stored, null>) => (stored === 'NaN' ? 'NaN' : printScaled(integerText(stored), scale));
  const store = precision === COMPARAND ? (value: Decimal) => comparand(value, scale) : scaledStore(type, scale);
  return {
    type,
    affinity: 'INTEGER',
    input: (text) => store(parseDecimal(text)),
    output,
    toJs: output,
    bind: precision === COMPARAND ? bindComparand : bindScaled,
    select: selectText,
    ...(typeof precision === 'number' && { checks: (column: string) => scaledChecks(column, precision) }),
  };
}

function scaledStore(type: PgType, scale: number): (value: Decimal) => number | string {
  const [precision] = type.modifiers ?? [];
  if (typeof precision !== 'number') return (value) => exactly(value, scale);
  return (value) => exactly(limited(value, precision, scale), scale);
}

function exactly(value: Decimal, scale: number): number | string {
  if (value === 'NaN') return value;
  const { unscaled, isExact } = typeof value === 'string' ? { unscaled: INTEGER_LIMIT, isExact: false } : inUnits(value, scale);
  if (isExact && magnitude(unscaled) < INTEGER_LIMIT) return storedInteger(unscaled);
  const feature = `The number ${printDecimal(value)} in an exact calculation with ${scale} decimals`;
  throw new UnsupportedOnFallbackError(feature, `Write it as a literal instead of a parameter, or round it to ${scale} decimals.`);
}

/** A number to compare by: one that lies between two units becomes a REAL between them, one beyond all of them an infinity. */
function comparand(value: Decimal, scale: number): number | string {
  if (value === 'NaN') return value;
  if (typeof value === 'string') return Number(value);
  const { unscaled, isExact } = inUnits(value, scale);
  if (magnitude(unscaled) >= INTEGER_LIMIT) return unscaled < 0n ? -Infinity : Infinity;
  if (isExact) return storedInteger(unscaled);
  if (magnitude(unscaled) < HALVES_LIMIT) return Number(unscaled) + 0.5;
  const workaround = `Compare with a number of at most ${scale} decimals.`;
  throw new UnsupportedOnFallbackError(`A comparison of numbers with ${scale} decimals and ${printDecimal(value)}`, workaround);
}

/** The units below or at the value. */
function inUnits(value: FiniteDecimal, scale: number): { unscaled: bigint; isExact: boolean } {
  if (value.scale <= scale) return { unscaled: rescale(value, scale).unscaled, isExact: true };
  const divisor = 10n ** BigInt(value.scale - scale);
  const isExact = value.unscaled % divisor === 0n;
  const towardsZero = value.unscaled / divisor;
  return { unscaled: isExact || value.unscaled >= 0n ? towardsZero : towardsZero - 1n, isExact };
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function bindScaled(placeholder: string): string {
  return `iif(${placeholder} = 'NaN', ${placeholder}, CAST(${placeholder} AS INTEGER))`;
}

function bindComparand(placeholder: string): string {
  return `iif(typeof(${placeholder}) = 'text' AND ${placeholder} <> 'NaN', CAST(${placeholder} AS INTEGER), ${placeholder})`;
}

function scaledChecks(column: string, precision: number) {
  const limit = 10n ** BigInt(precision);
  return [
    check(column, '22P02', 'invalid input syntax for type numeric', `typeof(${column}) = 'integer' OR ${column} = 'NaN'`),
    check(column, '22003', 'numeric field overflow', `${column} = 'NaN' OR ${column} BETWEEN -${limit - 1n} AND ${limit - 1n}`),
  ];
}

/** Values as the texts of numeric-key.ts. */
function keyCodec(type: PgType): Codec {
  const [precision, scale] = type.modifiers ?? [];
  const checks = (column: string) => [
    classCheck(column, 'numeric', 'text'),
    check(column, '22P02', 'invalid input syntax for type numeric', `${column} GLOB '[0-5]*'`),
  ];
  if (precision === COMPARAND)
    return { ...keyCodec({ key: 'numeric' }), type, input: (text) => equalityKey(numericKey(parseDecimal(text))) };
  if (typeof precision !== 'number' || typeof scale !== 'number') {
    const output = (stored: Exclude<Stored, null>) => printDecimal(decimalOfKey(String(stored)));
    return {
      type,
      affinity: 'TEXT',
      input: (text) => numericKey(parseDecimal(text)),
      output,
      toJs: output,
      orderKey: keyWithoutScale,
      checks,
    };
  }
  const output = (stored: Exclude<Stored, null>) => printDecimal(padded(decimalOfKey(String(stored)), Math.max(0, scale)));
  const input = (text: string) => equalityKey(numericKey(limited(parseDecimal(text), precision, scale)));
  return { type, affinity: 'TEXT', input, output, toJs: output, checks };
}

function padded(value: Decimal, scale: number): Decimal {
  return typeof value === 'string' ? value : rescale(value, scale);
}
