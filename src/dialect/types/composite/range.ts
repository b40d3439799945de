import { PgError } from '../../pg-error.js';
import { daysOf } from '../calendar.js';
import type { Codec } from '../codec.js';
import { DATE_INFINITY } from '../codecs-date.js';
import { equalityKey } from '../numeric-key.js';
import type { PgType, TypeKey } from '../pg-type.js';
import { storedInteger } from '../stored-integer.js';
import { rangeOrderKey } from './order-keys.js';
import { parseRange, printRange } from './range-literal.js';
import { parseStored, storedAsJson } from './stored-json.js';

type Bound = number | string | null;

/** A range's bounds in their subtype's stored form. */
export interface RangeValue {
  readonly lower: Bound;
  readonly upper: Bound;
  readonly lowerInclusive: boolean;
  readonly upperInclusive: boolean;
}

/** The type that a range's bounds have. */
export const RANGE_SUBTYPES: Readonly<Partial<Record<TypeKey, PgType>>> = {
  int4range: { key: 'int4' },
  int8range: { key: 'int8' },
  numrange: { key: 'numeric' },
  tsrange: { key: 'timestamp' },
  tstzrange: { key: 'timestamptz' },
  daterange: { key: 'date' },
};

export const EMPTY_RANGE = '[0]';

/** The largest values of the subtypes that have a next value, and what PostgreSQL says where one is passed. */
const DISCRETE: Readonly<Partial<Record<TypeKey, { readonly max: bigint; readonly code: string; readonly message: string }>>> = {
  int4range: { max: 2147483647n, code: '22003', message: 'integer out of range' },
  int8range: { max: 9223372036854775807n, code: '22003', message: 'bigint out of range' },
  daterange: { max: BigInt(daysOf({ year: 5_874_897, month: 12, day: 31 })), code: '22008', message: 'date out of range' },
};

export function rangeCodec(type: PgType, subtype: Codec): Codec {
  return {
    type,
    affinity: 'TEXT',
    input: (text) => {
      const parsed = parseRange(text);
      if (parsed === 'empty') return EMPTY_RANGE;
      const bound = (item: string | null): Bound => (item === null ? null : (subtype.input(item) as number | string));
      return storedRange(type.key, subtype, { ...parsed, lower: bound(parsed.lower), upper: bound(parsed.upper) });
    },
    output: (stored) => {
      const range = readRange(String(stored));
      if (range === 'empty') return 'empty';
      const bound = (item: Bound): string | null => (item === null ? null : subtype.output(item));
      return printRange({ ...range, lower: bound(range.lower), upper: bound(range.upper) });
    },
    toJs: (stored) => {
      const range = readRange(String(stored));
      if (range === 'empty') return [];
      const bound = (item: Bound): unknown => (item === null ? null : subtype.toJs(item));
      return [
        { value: bound(range.lower), inclusive: range.lowerInclusive },
        { value: bound(range.upper), inclusive: range.upperInclusive },
      ];
    },
    orderKey: (sql) => rangeOrderKey(sql, subtype),
  };
}

/** Makes a range as PostgreSQL's `make_range` does: empty and discrete ones in their one form. @throws PgError 22000, 22003, 22008 */
export function storedRange(key: TypeKey, subtype: Codec, given: RangeValue): string {
  if (isEmptyRange(subtype, given)) return EMPTY_RANGE;
  const range = canonical(key, {
    ...given,
    lowerInclusive: given.lower !== null && given.lowerInclusive,
    upperInclusive: given.upper !== null && given.upperInclusive,
  });
  if (isEmptyRange(subtype, range)) return EMPTY_RANGE;
  const bounds = `${range.lowerInclusive ? '[' : '('}${range.upperInclusive ? ']' : ')'}`;
  return `[1,${storedAsJson(subtype, range.lower)},${storedAsJson(subtype, range.upper)},"${bounds}"]`;
}

export function readRange(stored: string): RangeValue | 'empty' {
  const [kind, lower, upper, bounds] = parseStored(stored) as readonly [number, Bound, Bound, string];
  return kind === 0 ? 'empty' : { lower, upper, lowerInclusive: bounds.startsWith('['), upperInclusive: bounds.endsWith(']') };
}

function isEmptyRange(subtype: Codec, { lower, upper, lowerInclusive, upperInclusive }: RangeValue): boolean {
  if (lower === null || upper === null) return false;
  const order =
    subtype.affinity === 'INTEGER'
      ? compare(BigInt(lower), BigInt(upper))
      : compare(equalityKey(String(lower)), equalityKey(String(upper)));
  if (order > 0) throw new PgError('22000', 'range lower bound must be less than or equal to range upper bound');
  return order === 0 && !(lowerInclusive && upperInclusive);
}

function compare<T extends bigint | string>(one: T, other: T): number {
  return one < other ? -1 : Number(one > other);
}

function canonical(key: TypeKey, range: RangeValue): RangeValue {
  const discrete = DISCRETE[key];
  if (!discrete) return range;
  const next = (bound: Bound): Bound => {
    if (key === 'daterange' && Math.abs(Number(bound)) === DATE_INFINITY) return bound;
    const value = BigInt(bound ?? 0) + 1n;
    if (value > discrete.max) throw new PgError(discrete.code, discrete.message);
    return storedInteger(value);
  };
  const isInfinite = (bound: Bound): boolean => next(bound) === bound;
  return {
    lower: range.lower !== null && !range.lowerInclusive ? next(range.lower) : range.lower,
    upper: range.upper !== null && range.upperInclusive ? next(range.upper) : range.upper,
    lowerInclusive: range.lower !== null && (range.lowerInclusive || !isInfinite(range.lower)),
    upperInclusive: range.upper !== null && range.upperInclusive && isInfinite(range.upper),
  };
}
