import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import { check } from './checks.js';
import type { Codec, Stored } from './codec.js';
import { trimSpace } from './decimal.js';

interface FloatKind {
  readonly key: 'float4' | 'float8';
  readonly name: string;
  readonly round: (value: number) => number;
  /** The shortest digits that read back as the same value, in JavaScript's notation. */
  readonly shortest: (value: number) => string;
  /** From this decimal exponent on PostgreSQL writes 1e+06. */
  readonly scientificFrom: number;
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const SPECIAL = /^(?:[+-]?(nan)(?:\(\w*\))?|([+-]?)inf(?:inity)?)$/i;
const HEXADECIMAL = /^[+-]?0x/i;

export const float4Codec = floatCodec({ key: 'float4', name: 'real', round: Math.fround, shortest: shortestSingle, scientificFrom: 6 });
export const float8Codec = floatCodec({
  key: 'float8',
  name: 'double precision',
  round: Number,
  shortest: shortestDouble,
  scientificFrom: 15,
});

function floatCodec(kind: FloatKind): Codec {
  return {
    type: { key: kind.key },
    affinity: 'REAL',
    input: (text) => storedFloat(parseFloatText(text, kind)),
    output: (stored) => printFloat(floatOf(stored), kind),
    // pg's parser reads the text, and a float4's text has fewer digits than the same number as a double.
    toJs: kind.key === 'float8' ? floatOf : (stored) => Number(kind.shortest(floatOf(stored))),
    fromJs: (value) => (typeof value === 'number' && Number.isFinite(value) ? finiteFromJs(value, kind) : undefined),
    // The driver binds whole numbers as INTEGER, and 1 / 2 must be 0.5.
    bind: (placeholder) => `iif(${placeholder} = 'NaN', ${placeholder}, CAST(${placeholder} AS REAL))`,
    checks: (column) => [
      check(column, '22P02', `invalid input syntax for type ${kind.name}`, `typeof(${column}) = 'real' OR ${column} = 'NaN'`),
    ],
  };
}

export function storedFloat(value: number): number | string {
  return Number.isNaN(value) ? 'NaN' : value;
}

function floatOf(stored: Exclude<Stored, null>): number {
  return Number(stored);
}

function finiteFromJs(value: number, kind: FloatKind): number | undefined {
  const rounded = kind.round(value);
  return Number.isFinite(rounded) && (rounded !== 0 || value === 0) ? rounded : undefined;
}

function parseFloatText(text: string, kind: FloatKind): number {
  const trimmed = trimSpace(text);
  const special = SPECIAL.exec(trimmed);
  if (special) return special[1] === undefined ? Number(`${special[2]}Infinity`) : NaN;
  if (HEXADECIMAL.test(trimmed)) throw new UnsupportedOnFallbackError(`The hexadecimal number ${trimmed}`, 'Write it in decimal digits.');
  if (!NUMBER.test(trimmed)) throw new PgError('22P02', `invalid input syntax for type ${kind.name}: "${text}"`);
  const value = kind.round(Number(trimmed));
  const isLost = value === 0 && /[1-9]/.test(trimmed.replace(/e.*$/i, ''));
  if (isLost || !Number.isFinite(value)) throw new PgError('22003', `"${trimmed}" is out of range for type ${kind.name}`);
  return value;
}

function printFloat(value: number, kind: FloatKind): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const { sign, digits, exponent } = scientific(kind.shortest(value));
  if (exponent < -4 || exponent >= kind.scientificFrom) return sign + inScientific(digits, exponent);
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  const fraction = digits.slice(exponent + 1);
  return sign + (fraction === '' ? whole : `${whole}.${fraction}`);
}

function inScientific(digits: string, exponent: number): string {
  const fraction = digits.slice(1);
  const magnitude = String(Math.abs(exponent)).padStart(2, '0');
  return `${digits.charAt(0)}${fraction === '' ? '' : `.${fraction}`}e${exponent < 0 ? '-' : '+'}${magnitude}`;
}

/** JavaScript's notation taken apart: `digits` have a point after the first, no zeros around. */
function scientific(text: string): { sign: string; digits: string; exponent: number } {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(text) ?? [];
  const all = whole + fraction;
  const leading = /^0*/.exec(all)?.[0].length ?? 0;
  return { sign, digits: all.slice(leading).replace(/0+$/, ''), exponent: Number(exponent) + whole.length - 1 - leading };
}

/** From here on the end of a double's rounding interval can be a short number: 1e23 is one. */
const WHOLE_FROM = 2 ** 53;
const WHOLE_UNTIL = 1e45;
const DOUBLE_BITS = 53;
const SINGLE_BITS = 24;

/** JavaScript takes an end of the rounding interval where it reads back as the same value, PostgreSQL only what lies within. */
function shortestDouble(value: number): string {
  const text = String(value);
  const magnitude = Math.abs(value);
  const mayBeEnd = magnitude >= WHOLE_FROM && magnitude <= WHOLE_UNTIL;
  if (!mayBeEnd || !isEndOfInterval(text, value, DOUBLE_BITS)) return text;
  for (let digits = 1; digits < 17; digits++) {
    const longer = value.toPrecision(digits);
    if (Number(longer) === value && !isEndOfInterval(longer, value, DOUBLE_BITS)) return longer;
  }
  return value.toPrecision(17);
}

function isEndOfInterval(text: string, value: number, significantBits: number): boolean {
  const { sign, digits, exponent } = scientific(text);
  const written = BigInt(`${sign}${digits.padEnd(exponent + 1, '0')}`);
  const exact = BigInt(value);
  const bits = (exact < 0n ? -exact : exact).toString(2).length;
  const distance = written < exact ? exact - written : written - exact;
  return distance * 2n === 2n ** BigInt(bits - significantBits);
}

function shortestSingle(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  if (!Number.isFinite(value)) return String(value);
  for (let digits = 1; digits < 9; digits++) {
    const text = halfEven(value, digits);
    if (Math.fround(Number(text)) === value && !isEndOfSingle(text, value)) return text;
  }
  return value.toPrecision(9);
}

function isEndOfSingle(text: string, value: number): boolean {
  return Math.abs(value) >= 2 ** SINGLE_BITS && isEndOfInterval(text, value, SINGLE_BITS);
}

/** `toPrecision` rounds up what lies in the middle, PostgreSQL to the even digit. */
function halfEven(value: number, digits: number): string {
  const longer = value.toExponential(digits);
  const isMiddle = /[02468]\.?5e/.test(longer) && Number(longer) === value;
  return isMiddle ? longer.replace(/\.?5e/, 'e') : value.toPrecision(digits);
}
