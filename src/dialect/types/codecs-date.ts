import { PgError } from '../pg-error.js';
import { daysOf, printDate } from './calendar.js';
import { check, classCheck } from './checks.js';
import type { Codec } from './codec.js';
import { type DateTimeInput, parseDateTime, type SpecialDate } from './date-time-input.js';

/** Days that stand for ±infinity. */
export const DATE_INFINITY = 2_147_483_647;

const FIRST = daysOf({ year: -4713, month: 11, day: 24 });
const LAST = daysOf({ year: 5_874_897, month: 12, day: 31 });
const MILLIS_PER_DAY = 86_400_000;

export const dateCodec: Codec = {
  type: { key: 'date' },
  affinity: 'INTEGER',
  input: (text) => daysOfInput(parseDateTime(text, 'date'), text),
  output: (stored) => printDays(Number(stored)),
  toJs(stored) {
    const days = Number(stored);
    return Math.abs(days) === DATE_INFINITY ? days * Infinity : printDays(days);
  },
  checks: (column) => [
    classCheck(column, 'date', 'integer'),
    check(column, '22008', 'date out of range', `abs(${column}) = ${DATE_INFINITY} OR ${column} BETWEEN ${FIRST} AND ${LAST}`),
  ],
};

function printDays(days: number): string {
  if (Math.abs(days) === DATE_INFINITY) return days > 0 ? 'infinity' : '-infinity';
  const { text, era } = printDate(days);
  return text + era;
}

function daysOfInput(input: DateTimeInput | SpecialDate, text: string): number {
  if (typeof input === 'string') return specialDay(input);
  if (input.days < FIRST || input.days > LAST) throw new PgError('22008', `date out of range: "${text}"`);
  return input.days;
}

function specialDay(special: SpecialDate): number {
  const today = Math.floor(Date.now() / MILLIS_PER_DAY);
  if (special === 'infinity') return DATE_INFINITY;
  if (special === '-infinity') return -DATE_INFINITY;
  if (special === 'epoch') return 0;
  return today + (special === 'tomorrow' ? 1 : special === 'yesterday' ? -1 : 0);
}
