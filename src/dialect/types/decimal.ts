import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import type { Decimal, FiniteDecimal } from './numeric-key.js';

const NUMBER = /^([+-]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:[eE]([+-]?\d+))?$/;
const SPECIAL = /^(?:(nan)|([+-]?)inf(?:inity)?)$/i;
/** PostgreSQL's format holds so many digits before the point … */
const MOST_DIGITS = 131072;
/** … and so many after it. */
const MOST_DECIMALS = 16383;

/** PostgreSQL's numeric_in without modifiers. @throws PgError 22P02, 22003 */
export function parseDecimal(text: string): Decimal {
  const trimmed = trimSpace(text);
  const special = SPECIAL.exec(trimmed);
  if (special) return special[1] === undefined ? (special[2] === '-' ? '-Infinity' : 'Infinity') : 'NaN';
  const match = NUMBER.exec(trimmed);
  if (!match) throw invalidNumber(text, 'numeric');
  const [, sign = '', whole = '', fraction, fractionAlone = '', exponent = '0'] = match;
  return finite(sign, whole, fraction ?? fractionAlone, Number(exponent));
}

function finite(sign: string, whole: string, fraction: string, exponent: number): FiniteDecimal {
  const shift = fraction.length - exponent;
  const digits = (whole + fraction).replace(/^0+/, '');
  const scale = Math.max(0, shift);
  if (scale > MOST_DECIMALS || (digits !== '' && digits.length - shift > MOST_DIGITS)) throw overflow();
  if (digits === '') return { unscaled: 0n, scale };
  const magnitude = BigInt(digits + '0'.repeat(Math.max(0, -shift)));
  return { unscaled: sign === '-' ? -magnitude : magnitude, scale };
}

function overflow(): PgError {
  return new PgError('22003', 'value overflows numeric format');
}

/** PostgreSQL's numeric_out. */
export function printDecimal(value: Decimal): string {
  if (typeof value === 'string') return value;
  return printScaled(value.unscaled.toString(), value.scale);
}

/** Puts the point into a whole number's text: `-15` with scale 2 is `-0.15`. */
export function printScaled(unscaled: string, scale: number): string {
  if (scale === 0) return unscaled;
  const sign = unscaled.startsWith('-') ? '-' : '';
  const digits = unscaled.slice(sign.length).padStart(scale + 1, '0');
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** Rounded half away from zero to `scale` decimals; a negative scale rounds before the point. */
export function rescale({ unscaled, scale }: FiniteDecimal, to: number): FiniteDecimal {
  if (to >= scale) return { unscaled: unscaled * 10n ** BigInt(to - scale), scale: to };
  const rounded = divideRounded(unscaled, 10n ** BigInt(scale - to));
  return to >= 0 ? { unscaled: rounded, scale: to } : { unscaled: rounded * 10n ** BigInt(-to), scale: 0 };
}

function divideRounded(value: bigint, divisor: bigint): bigint {
  const half = divisor / 2n;
  return (value < 0n ? value - half : value + half) / divisor;
}

/** What `numeric(precision, scale)` makes of a value. @throws PgError 22003 */
export function limited(value: Decimal, precision: number, scale: number): Decimal {
  if (value === 'NaN') return value;
  if (typeof value === 'string') throw fieldOverflow(`A field with precision ${precision}, scale ${scale} cannot hold an infinite value.`);
  const rounded = rescale(value, scale);
  const magnitude = rounded.unscaled < 0n ? -rounded.unscaled : rounded.unscaled;
  const limit = 10n ** BigInt(Math.max(0, precision - scale + rounded.scale));
  if (magnitude < limit) return rounded;
  const most = precision === scale ? '1' : `10^${precision - scale}`;
  throw fieldOverflow(`A field with precision ${precision}, scale ${scale} must round to an absolute value less than ${most}.`);
}

export function fieldOverflow(detail: string): PgError {
  return new PgError('22003', 'numeric field overflow', { detail });
}

/** Since PostgreSQL 16 numbers may be written in other bases and with underscores; before, that is an error. */
const NEWER_NUMBER = /^[+-]?(?:0[xob][\da-f_]+|\d[\d_]*(?:\.[\d_]*)?(?:e[+-]?\d+)?)$/i;

export function invalidNumber(text: string, typeName: string): Error {
  if (!NEWER_NUMBER.test(trimSpace(text)) || (typeName !== 'numeric' && /[.e]/i.test(text.replace(/0x.*/i, '')))) {
    return new PgError('22P02', `invalid input syntax for type ${typeName}: "${text}"`);
  }
  return new UnsupportedOnFallbackError(`The ${typeName} "${text}"`, 'Write it in decimal digits alone.');
}

/** Without what C's isspace takes off both ends. */
export function trimSpace(text: string): string {
  return text.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, '');
}
