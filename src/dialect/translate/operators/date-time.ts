import type { PgType, TypeKey } from '../../types/pg-type.js';
import { dateToTimestamp, DAY, INFINITY } from '../casts/date-times.js';
import { coerce, refuseResult } from '../coerce.js';
import { refusedSql } from '../functions/refusal.js';
import { raiseSql } from '../raise.js';
import { repeated } from '../repeated.js';
import type { OperatorRule, Rules, Translation, Typed } from '../typed.js';
import { intervalParts, intervalText, timestampPlus } from './interval-sql.js';
import { scaledInterval } from './interval-scale.js';
import { intervalsAdded } from './interval-text.js';

type Calculation = (left: string, right: string) => string;

interface Overload {
  readonly left: TypeKey;
  readonly right: TypeKey;
  readonly result: TypeKey;
  readonly sql: Calculation;
}

const DATE_INFINITY = '2147483647';
const OUT_OF_RANGE = raiseSql('22008', 'date out of range');

/** Infinity stays where it is. */
function datePlus(sign: '+' | '-'): Calculation {
  return (date, days) =>
    repeated([date, days], (d = '', n = '') => {
      const sum = `${d} ${sign} ${n}`;
      return `CASE WHEN ${d} IN (${DATE_INFINITY}, -${DATE_INFINITY}) AND ${n} IS NOT NULL THEN ${d} ELSE iif(${sum} NOT BETWEEN -2440588 AND 2145031948, ${OUT_OF_RANGE}, ${sum}) END`;
    });
}

function dateDifference(a: string, b: string): string {
  const infinite = raiseSql('22008', 'cannot subtract infinite dates');
  return repeated(
    [a, b],
    (x = '', y = '') => `iif(abs(${x}) = ${DATE_INFINITY} OR abs(${y}) = ${DATE_INFINITY}, ${infinite}, ${x} - ${y})`,
  );
}

/** In days and a time, without months. */
function timestampDifference(a: string, b: string): string {
  return repeated([microsBetween(a, b)], (x = '') => intervalText(`(${x} / ${DAY})`, `(${x} % ${DAY})`));
}

/** What is extracted of a difference needs no text. */
export interface Difference extends Typed {
  readonly micros: string;
}

export function isDifference(typed: Typed): typed is Difference {
  return 'micros' in typed;
}

function microsBetween(a: string, b: string): string {
  const infinite = refusedSql('A difference of infinite timestamps', 'Calculate it in the program.');
  return repeated([a, b], (x = '', y = '') => `iif(abs(${x}) = ${INFINITY} OR abs(${y}) = ${INFINITY}, ${infinite}, ${x} - ${y})`);
}

function timePlus(sign: 1 | -1): Calculation {
  return (time, interval) => `(((${time} + ${sign} * ${intervalParts(interval).micros}) % ${DAY} + ${DAY}) % ${DAY})`;
}

const plus =
  (sign: 1 | -1): Calculation =>
  (timestamp, interval) =>
    timestampPlus(timestamp, interval, sign);
const plusFromDate =
  (sign: 1 | -1): Calculation =>
  (date, interval) =>
    timestampPlus(dateToTimestamp(date), interval, sign);
/** Infinity has no time. */
const dateAndTime: Calculation = (date, time) =>
  repeated([dateToTimestamp(date), time], (d = '', t = '') => `iif(abs(${d}) = ${INFINITY} AND ${t} IS NOT NULL, ${d}, ${d} + ${t})`);
const turned =
  (calculation: Calculation): Calculation =>
  (left, right) =>
    calculation(right, left);

const PLUS: readonly Overload[] = [
  { left: 'timestamptz', right: 'interval', result: 'timestamptz', sql: plus(1) },
  { left: 'timestamp', right: 'interval', result: 'timestamp', sql: plus(1) },
  { left: 'date', right: 'interval', result: 'timestamp', sql: plusFromDate(1) },
  { left: 'date', right: 'int4', result: 'date', sql: datePlus('+') },
  { left: 'date', right: 'time', result: 'timestamp', sql: dateAndTime },
  { left: 'time', right: 'interval', result: 'time', sql: timePlus(1) },
];
const INTERVALS_ADDED: Overload = { left: 'interval', right: 'interval', result: 'interval', sql: (a, b) => intervalsAdded(a, b, '+') };

const MINUS: readonly Overload[] = [
  { left: 'timestamptz', right: 'interval', result: 'timestamptz', sql: plus(-1) },
  { left: 'timestamp', right: 'interval', result: 'timestamp', sql: plus(-1) },
  { left: 'date', right: 'interval', result: 'timestamp', sql: plusFromDate(-1) },
  { left: 'date', right: 'int4', result: 'date', sql: datePlus('-') },
  { left: 'date', right: 'date', result: 'int4', sql: dateDifference },
  { left: 'timestamptz', right: 'timestamptz', result: 'interval', sql: timestampDifference },
  { left: 'timestamp', right: 'timestamp', result: 'interval', sql: timestampDifference },
  { left: 'time', right: 'time', result: 'interval', sql: (a, b) => intervalText('0', `(${a} - ${b})`) },
  { left: 'time', right: 'interval', result: 'time', sql: timePlus(-1) },
  { left: 'interval', right: 'interval', result: 'interval', sql: (a, b) => intervalsAdded(a, b, '-') },
];

const TIMES: readonly Overload[] = [
  { left: 'interval', right: 'float8', result: 'interval', sql: (interval, factor) => scaledInterval('*', interval, factor) },
  { left: 'float8', right: 'interval', result: 'interval', sql: (factor, interval) => scaledInterval('*', interval, factor) },
];
const BY: readonly Overload[] = [
  { left: 'interval', right: 'float8', result: 'interval', sql: (interval, divisor) => scaledInterval('/', interval, divisor) },
];

const both = PLUS.map(({ left, right, result, sql }) => ({ left: right, right: left, result, sql: turned(sql) }));

/** What else an operand may stand for: a date beside a timestamp, a small number of days, a number as a factor. */
const WIDENED: Partial<Record<TypeKey, readonly TypeKey[]>> = {
  date: ['timestamp', 'timestamptz'],
  timestamp: ['timestamptz'],
  int2: ['int4', 'float8'],
  int4: ['float8'],
  int8: ['float8'],
  numeric: ['float8'],
  float4: ['float8'],
};

function overloaded(overloads: readonly Overload[]): OperatorRule {
  return (left, right, context) => {
    if (!isDateTime(left.type) && !isDateTime(right.type)) return undefined;
    refuseResult(left);
    refuseResult(right);
    const found = exactOverload(overloads, left, right) ?? widenedOverload(overloads, left.type.key, right.type.key);
    if (!found) return undefined;
    const [a, b] = [operand(left, found.left, context), operand(right, found.right, context)];
    const type = { key: found.result };
    if (found.sql !== timestampDifference) return { sql: found.sql(a, b), type };
    return { sql: timestampDifference(a, b), type, micros: microsBetween(a, b) } as Difference;
  };
}

function isDateTime({ key }: PgType): boolean {
  return key === 'date' || key === 'time' || key === 'timestamp' || key === 'timestamptz' || key === 'interval';
}

/** An untyped operand is first taken for what the other one is, then for the only thing that it can be. */
function exactOverload(overloads: readonly Overload[], { type: a }: Typed, { type: b }: Typed): Overload | undefined {
  const [left, right] = [a.key === 'unknown' ? b.key : a.key, b.key === 'unknown' ? a.key : b.key];
  const same = overloads.find((one) => one.left === left && one.right === right);
  if (same || (a.key !== 'unknown' && b.key !== 'unknown')) return same;
  const possible = overloads.filter((one) => (a.key === 'unknown' ? one.right === b.key : one.left === a.key));
  return possible.length === 1 ? possible[0] : undefined;
}

function widenedOverload(overloads: readonly Overload[], left: TypeKey, right: TypeKey): Overload | undefined {
  const takes = (given: TypeKey, wanted: TypeKey) => given === wanted || (WIDENED[given]?.includes(wanted) ?? false);
  return overloads.find((one) => takes(left, one.left) && takes(right, one.right));
}

function operand(typed: Typed, key: TypeKey, context: Translation): string {
  return coerce(typed, { key }, context).sql;
}

const minus: OperatorRule = ({ sql, type, pending }) =>
  type.key === 'interval' && pending === undefined ? { sql: intervalsAdded("'00:00:00'", sql, '-'), type } : undefined;

export const rules: Rules = {
  operators: {
    '+': [overloaded([...PLUS, INTERVALS_ADDED, ...both])],
    '-': [overloaded(MINUS)],
    '*': [overloaded(TIMES)],
    '/': [overloaded(BY)],
    'unary -': [minus],
  },
};
