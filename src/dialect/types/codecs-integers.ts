import { PgError } from '../pg-error.js';
import { check, classCheck } from './checks.js';
import type { Codec } from './codec.js';
import { invalidNumber, trimSpace } from './decimal.js';
import type { PgType } from './pg-type.js';
import { bindInteger, integerText, selectText, storedInteger } from './stored-integer.js';

interface IntegerKind {
  readonly key: 'int2' | 'int4' | 'int8' | 'oid';
  /** As messages name it. */
  readonly name: string;
  readonly low: bigint;
  readonly high: bigint;
}

const INT2: IntegerKind = { key: 'int2', name: 'smallint', low: -(2n ** 15n), high: 2n ** 15n - 1n };
const INT4: IntegerKind = { key: 'int4', name: 'integer', low: -(2n ** 31n), high: 2n ** 31n - 1n };
const INT8: IntegerKind = { key: 'int8', name: 'bigint', low: -(2n ** 63n), high: 2n ** 63n - 1n };
const OID: IntegerKind = { key: 'oid', name: 'oid', low: 0n, high: 2n ** 32n - 1n };

const NUMBER = /^[+-]?\d+$/;

export const int2Codec = smallCodec(INT2);
export const int4Codec = smallCodec(INT4);
export const int8Codec: Codec = {
  ...smallCodec(INT8),
  toJs: integerText,
  bind: bindInteger,
  select: selectText,
  // SQLite's integers have the same range.
  checks: (column) => [classCheck(column, INT8.name, 'integer')],
};
export const oidCodec: Codec = { ...smallCodec(OID), bind: bindInteger };

/** Whose values are all exact JavaScript numbers. */
function smallCodec(kind: IntegerKind): Codec {
  const type: PgType = { key: kind.key };
  const [low, high] = [Number(kind.low), Number(kind.high)];
  return {
    type,
    affinity: 'INTEGER',
    input: (text) => storedInteger(parseInteger(text, kind)),
    output: integerText,
    toJs: Number,
    fromJs: (value) => (Number.isSafeInteger(value) && inRange(value as number, low, high) ? (value as number) : undefined),
    checks: (column) => [
      classCheck(column, kind.name, 'integer'),
      check(column, '22003', `${kind.name} out of range`, `${column} BETWEEN ${low} AND ${high}`),
    ],
  };
}

function inRange(value: number, low: number, high: number): boolean {
  return value >= low && value <= high;
}

function parseInteger(text: string, kind: IntegerKind): bigint {
  const trimmed = trimSpace(text);
  const isNumber = NUMBER.test(trimmed);
  if (!isNumber && !isTooLong(trimmed, kind)) throw invalidNumber(text, kind.name);
  const value = isNumber ? BigInt(trimmed.replace('+', '')) : undefined;
  if (value !== undefined && value >= kind.low && value <= kind.high) return value;
  throw new PgError('22003', `value "${text}" is out of range for type ${kind.name}`);
}

/** PostgreSQL reads from left to right: after too many digits it doesn't see a bad end. */
function isTooLong(text: string, kind: IntegerKind): boolean {
  const digits = /^[+-]?(\d*)\d/.exec(text)?.[1] ?? '';
  return kind.key !== 'oid' && BigInt(digits) > (kind.high + 1n) / 10n;
}
