import { UnsupportedOnFallbackError } from '../../../errors.js';
import type { Call } from '../../sql/ast.js';
import type { Stored } from '../../types/codec.js';
import { float8Codec } from '../../types/codecs-floats.js';
import { printDecimal, rescale } from '../../types/decimal.js';
import { type Decimal, decimalOfKey, equalityKey, type FiniteDecimal } from '../../types/numeric-key.js';
import type { PgType } from '../../types/pg-type.js';
import { quotientKey } from '../casts/key-division.js';
import { refuseOverRows } from '../casts/key-parts.js';
import { sumKey } from '../casts/key-sum.js';
import { scaledToKey } from '../casts/numbers.js';
import { freeKey } from '../casts/to-numeric.js';
import { coerce, type Finished, type Quotient, refuseResult } from '../coerce.js';
import { partsQuery } from '../operators/interval-sql.js';
import { scaledQuery } from '../operators/interval-scale.js';
import { intervalOf } from '../operators/interval-text.js';
import { INT8 } from '../same-type.js';
import type { FunctionRule, Rules, Scope, Translation, Typed } from '../typed.js';
import { aggregateCall } from './aggregate-call.js';
import { floatAverageText, floatDigits, floatSumText } from './aggregate-floats.js';
import { notUnique } from './aggregate-refusals.js';
import { averageKey } from './average-sql.js';
import { quotient } from './numeric-division.js';

/** Writes an aggregate of SQLite with the call's modifiers. */
type Aggregate = (name: string, sql: string) => string;

function aggregateOf(call: Call, scope: Scope, context: Translation): Aggregate {
  return (name, sql) => aggregateCall(name, sql, call, scope, context);
}

const sum: FunctionRule = (args, context, call, scope) => {
  const value = summand('sum', args, context);
  return value && sumOf(value, aggregateOf(call, scope, context), call);
};

const avg: FunctionRule = (args, context, call, scope) => {
  const value = summand('avg', args, context);
  return value && averageOf(value, aggregateOf(call, scope, context), call);
};

function summand(name: string, [argument, ...more]: readonly Typed[], context: Translation): Typed | undefined {
  if (!argument || more.length > 0) return undefined;
  if (argument.type.key === 'unknown') throw notUnique(name);
  if (argument.type.key === 'time') throw new UnsupportedOnFallbackError(`${name}() of times`, 'Add them up in the program.');
  refuseResult(argument);
  return argument.pending === undefined || argument.pending === 'null' ? argument : coerce(argument, argument.type, context);
}

function sumOf({ sql, type }: Typed, aggregate: Aggregate, call: Call): Typed | undefined {
  switch (type.key) {
    case 'int2':
    case 'int4':
      return { sql: aggregate('sum', sql), type: INT8 };
    case 'int8':
      return { sql: aggregate('sum', sql), type: { key: 'numeric', scale: 0 } };
    case 'float4':
    case 'float8':
      return finishedFloat(floatSum(sql, aggregate), type.key, sql, aggregate, call, (list) =>
        floatSumText(list, type.key === 'float4' ? 'float4' : 'float8', call.distinct),
      );
    case 'interval':
      return { sql: intervalOf(intervalSums(sql, aggregate, call)), type };
    case 'numeric':
      return type.scale === undefined ? keySum(freeKey(sql, type), aggregate, call) : scaledSum(sql, type.scale, aggregate);
    default:
      return undefined;
  }
}

/** 'NaN' is the largest of all, and a text among numbers. */
function unlessNaN(sql: string, value: string, aggregate: Aggregate): string {
  return `(CASE WHEN typeof(${aggregate('max', sql)}) = 'text' THEN 'NaN' ELSE ${value} END)`;
}

function scaledSum(sql: string, scale: number, aggregate: Aggregate): Typed {
  return { sql: unlessNaN(sql, aggregate('sum', sql), aggregate), type: { key: 'numeric', scale } };
}

/** Infinities of both signs add up to NaN, which SQLite has as NULL. */
function floatSum(sql: string, aggregate: Aggregate): string {
  return unlessNaN(sql, `coalesce(${aggregate('sum', sql)}, iif(${aggregate('count', sql)} > 0, 'NaN', NULL))`, aggregate);
}

/** JavaScript adds floats up in PostgreSQL's way, but for windows: a list for each row would be too long. In expressions SQLite's sum stands for it. */
function finishedFloat(
  inSql: string,
  key: 'float4' | 'float8',
  sql: string,
  aggregate: Aggregate,
  call: Call,
  decode: NonNullable<Typed['decode']>,
): Typed {
  const type: PgType = { key };
  if (call.over !== undefined) return { sql: inSql, type };
  const finished: Finished = {
    inSql,
    sql: aggregate('group_concat', floatDigits(sql)),
    type,
    decode,
    onlyAsResult: 'sum() or avg() of floats as it is',
  };
  return finished;
}

/** SQLite adds up digit columns of their own: a window has no subquery, and DISTINCT would see columns that are equal. */
function isPlain(call: Call): boolean {
  return call.over === undefined && !call.distinct;
}

/** Numbers of any length are added up by JavaScript. */
function keySum(sql: string, aggregate: Aggregate, call: Call): Typed {
  return {
    ...(isPlain(call) && { inSql: sumKey(sql, aggregate) }),
    sql: aggregate('json_group_array', sql),
    type: { key: 'numeric' },
    decode: (stored) => printed(total(keysOf(stored, call))),
    onlyAsResult: 'sum() of numeric without a scale in a further expression',
  };
}

function averageOf({ sql, type }: Typed, aggregate: Aggregate, call: Call): Typed | undefined {
  const isWindow = call.over !== undefined;
  switch (type.key) {
    case 'int2':
    case 'int4':
    case 'int8':
      return exactAverage(sql, 0, aggregate, isWindow);
    case 'float4':
    case 'float8':
      return finishedFloat(floatAverage(sql, aggregate), 'float8', sql, aggregate, call, (list) => floatAverageText(list, call.distinct));
    case 'interval':
      return {
        sql: intervalOf(
          scaledQuery(
            '/',
            `SELECT s.*, CAST(${aggregate('count', sql)} AS REAL) AS f FROM (${intervalSums(sql, aggregate, call)} LIMIT 1) AS s`,
          ),
        ),
        type,
      };
    case 'numeric':
      return type.scale === undefined
        ? keyAverage(freeKey(sql, type), aggregate, call)
        : exactAverage(sql, type.scale, aggregate, isWindow);
    default:
      return undefined;
  }
}

function floatAverage(sql: string, aggregate: Aggregate): string {
  return unlessNaN(sql, `coalesce(${aggregate('avg', sql)}, iif(${aggregate('count', sql)} > 0, 'NaN', NULL))`, aggregate);
}

/** SQLite can divide by hand but for windows, which can't be named in a subquery: there JavaScript divides `sum/count`. */
function exactAverage(sql: string, scale: number, aggregate: Aggregate, isWindow: boolean): Typed {
  const type: PgType = { key: 'numeric' };
  const [sum, count, largest] = [aggregate('sum', sql), aggregate('count', sql), aggregate('max', sql)];
  if (!isWindow)
    return withFloat({ sql: `(CASE WHEN typeof(${largest}) = 'text' THEN '5' ELSE ${averageKey(sum, count, scale)} END)`, type });
  return {
    sql: unlessNaN(sql, `${sum} || '/' || ${count}`, aggregate),
    type,
    decode: (stored) => averageText(stored, scale),
    onlyAsResult: 'avg() OVER (…) in a further expression',
  };
}

function withFloat(average: Typed): Quotient {
  const decode = (stored: Stored): string | null =>
    stored === null ? null : float8Codec.output(Number(printDecimal(decimalOfKey(String(stored)))));
  return {
    ...average,
    asFloat: { sql: average.sql, type: float8Codec.type, decode, onlyAsResult: 'avg() as double precision in a further expression' },
  };
}

function averageText(stored: Stored, scale: number): string | null {
  if (stored === null) return null;
  const [top = '', bottom = ''] = String(stored).split('/');
  if (bottom === '') return top;
  return printDecimal(quotient({ unscaled: BigInt(top), scale }, { unscaled: BigInt(bottom), scale: 0 }));
}

function keyAverage(sql: string, aggregate: Aggregate, call: Call): Typed {
  return {
    ...(isPlain(call) && { inSql: quotientKey(sumKey(sql, aggregate), scaledToKey(aggregate('count', sql), 0)) }),
    sql: aggregate('json_group_array', sql),
    type: { key: 'numeric' },
    decode: (stored) => {
      const keys = keysOf(stored, call);
      const all = total(keys);
      return printed(typeof all === 'object' ? quotient(all, { unscaled: BigInt(keys.length), scale: 0 }) : all);
    },
    onlyAsResult: 'avg() of numeric without a scale in a further expression',
  };
}

/** The parts of the sum of intervals, each added up by itself. */
function intervalSums(sql: string, aggregate: Aggregate, call: Call): string {
  if (!isPlain(call))
    throw new UnsupportedOnFallbackError('sum() or avg() of intervals with DISTINCT or OVER', 'Add them up in the program.');
  const parts = ['m', 'd', 'u']
    .map((part) => `${aggregate('sum', `(SELECT ${part} FROM (${partsQuery(sql)} LIMIT 1))`)} AS ${part}`)
    .join(', ');
  refuseOverRows(parts);
  return `SELECT ${parts}`;
}

function keysOf(stored: Stored, { distinct }: Call): readonly string[] {
  const keys = (JSON.parse(String(stored ?? '[]')) as (string | null)[]).filter((key) => key !== null);
  return distinct ? distinctKeys(keys) : keys;
}

/** Of numbers that are equal and yet not the same (1.0 and 1.00) PostgreSQL keeps any, and their sum shows which. */
function distinctKeys(keys: readonly string[]): readonly string[] {
  const all = [...new Set(keys)];
  if (new Set(all.map(equalityKey)).size === all.length) return all;
  throw new UnsupportedOnFallbackError('sum() or avg() with DISTINCT of equal numbers that are written differently', 'round() them first.');
}

function total(keys: readonly string[]): Decimal | undefined {
  const [first, ...rest] = keys.map(decimalOfKey);
  return first === undefined ? undefined : rest.reduce(added, first);
}

function added(a: Decimal, b: Decimal): Decimal {
  if (typeof a === 'object' && typeof b === 'object') return addedFinite(a, b);
  if (typeof a === 'object') return b;
  if (typeof b === 'object' || a === b) return a;
  return 'NaN';
}

function addedFinite(a: FiniteDecimal, b: FiniteDecimal): FiniteDecimal {
  const scale = Math.max(a.scale, b.scale);
  return { unscaled: rescale(a, scale).unscaled + rescale(b, scale).unscaled, scale };
}

function printed(value: Decimal | undefined): string | null {
  return value === undefined ? null : printDecimal(value);
}

export const rules: NonNullable<Rules['functions']> = { sum: [sum], avg: [avg] };
