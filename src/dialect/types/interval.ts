import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import { printTime, roundHalfEven } from './calendar.js';
import { trimSpace } from './decimal.js';

/** As PostgreSQL holds it. A month has no fixed number of days, a day none of hours. */
export interface Interval {
  readonly months: number;
  readonly days: number;
  readonly micros: number;
}

type Part = 'months' | 'days' | 'micros';
interface Unit {
  /** Synonyms have one. */
  readonly name: string;
  readonly part: Part;
  readonly size: number;
}

const SECOND = 1_000_000;
const DAY = 86_400 * SECOND;
const UNITS: readonly (readonly [names: string, part: Part, size: number])[] = [
  ['us usec usecs usecond useconds microsecond microseconds microsecon', 'micros', 1],
  ['ms msec msecs msecond mseconds millisecond milliseconds millisecon', 'micros', 1000],
  ['s sec secs second seconds', 'micros', SECOND],
  ['m min mins minute minutes', 'micros', 60 * SECOND],
  ['h hr hrs hour hours', 'micros', 3600 * SECOND],
  ['d day days', 'days', 1],
  ['w week weeks', 'days', 7],
  ['mon mons month months', 'months', 1],
  ['y yr yrs year years', 'months', 12],
  ['dec decs decade decades', 'months', 120],
  ['c cent century centuries', 'months', 1200],
  ['mil mils millennia millennium', 'months', 12_000],
];
const UNIT_OF: ReadonlyMap<string, Unit> = new Map(
  UNITS.flatMap(([names, part, size]) => names.split(' ').map((name) => [name, { name: names, part, size }] as const)),
);
/** ISO 8601: M is months before the T and minutes after it. */
const ISO_UNITS: Readonly<Record<string, string>> = { Y: 'year', M: 'month', W: 'week', D: 'day' };
const ISO_TIME_UNITS: Readonly<Record<string, string>> = { H: 'hour', M: 'minute', S: 'second' };

const TOKEN = /\s*(?:([+-]?)(\d+):(\d+)(?::(\d+)(\.\d*)?)?(?=\s|$|[a-z])|([+-]?\d*\.?\d+|[+-]?\d+\.)\s*([a-z]+)?)(?=\s|$|[+-])/iy;
const ISO = /^P((?:[+-]?[\d.]+[YMWD])*)(?:T((?:[+-]?[\d.]+[HMS])*))?$/;
/** Forms that some version of PostgreSQL reads. */
const OTHER_FORM = /^(?:[+-]?infinity|PT?|P.*\d)$/i;

/** PostgreSQL's interval_in without modifiers. @throws PgError 22007, 22008 */
export function parseInterval(text: string): Interval {
  const trimmed = trimSpace(text);
  const iso = ISO.exec(trimmed);
  if (OTHER_FORM.test(trimmed)) throw otherForm(text);
  if (iso) return sum([...isoParts(iso[1] ?? '', ISO_UNITS), ...isoParts(iso[2] ?? '', ISO_TIME_UNITS)]);
  const isAgo = /\s+ago$/i.test(trimmed);
  const body = trimmed.replace(/^@\s*/, '').replace(/\s+ago$/i, '');
  const interval = sum(parts(body, text));
  return isAgo ? negated(interval) : interval;
}

export function negated({ months, days, micros }: Interval): Interval {
  return { months: 0 - months, days: 0 - days, micros: 0 - micros };
}

export function invalidInterval(text: string): PgError {
  return new PgError('22007', `invalid input syntax for type interval: "${text}"`);
}

function isoParts(text: string, units: Readonly<Record<string, string>>): Interval[] {
  return [...text.matchAll(/([+-]?[\d.]+)([A-Z])/g)].map(([, quantity = '', letter = '']) =>
    amount(Number(quantity), unitCalled(units[letter] ?? '', text)),
  );
}

function parts(body: string, text: string): Interval[] {
  if (!/\d/.test(body)) throw invalidInterval(text);
  const found: Interval[] = [];
  const seen = new Set<string>();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < body.length) {
    const match = TOKEN.exec(body);
    if (!match) throw unreadInterval(body, text);
    const [, sign, hours, minutes, seconds, fraction, quantity, unitName] = match;
    const unit = unitCalled(hours === undefined ? (unitName ?? impliedUnit(body, TOKEN.lastIndex, text)) : 'hour', text);
    if (seen.has(unit.name)) throw invalidInterval(text);
    seen.add(unit.name);
    found.push(hours === undefined ? amount(Number(quantity), unit) : clock(sign, [hours, minutes, seconds], fraction, text));
  }
  return found;
}

function unitCalled(name: string, text: string): Unit {
  const unit = UNIT_OF.get(name.toLowerCase());
  if (!unit) throw invalidInterval(text);
  return unit;
}

/** A number before a time is days, a last one seconds. */
function impliedUnit(body: string, end: number, text: string): string {
  if (end === body.length) return 'second';
  if (/^[+-]?\d+\s+[+-]?\d+:\d+/.test(body)) return 'day';
  throw unreadInterval(body, text);
}

function unreadInterval(body: string, text: string): Error {
  const words = body.toLowerCase().match(/[a-z]+/g) ?? [];
  return words.some((word) => !UNIT_OF.has(word)) ? invalidInterval(text) : otherForm(text);
}

function otherForm(text: string): UnsupportedOnFallbackError {
  return new UnsupportedOnFallbackError(`The interval "${text}"`, 'Write it as 1 year 2 mons 3 days 04:05:06.');
}

function clock(sign: string | undefined, fields: readonly (string | undefined)[], fraction: string | undefined, text: string): Interval {
  const [hours = 0, minutes = 0, seconds = 0] = fields.map((field) => Number(field ?? 0));
  if (minutes > 59 || seconds > 60) throw new PgError('22015', `interval field value out of range: "${text}"`);
  const micros = ((hours * 60 + minutes) * 60 + seconds) * SECOND + roundHalfEven(Number(`0${fraction ?? ''}`) * SECOND);
  return { months: 0, days: 0, micros: sign === '-' ? -micros : micros };
}

/** A fraction of a unit goes into the smaller ones: half a month is 15 days, half a day 12 hours, while years only have months. */
function amount(quantity: number, { part, size }: Unit): Interval {
  const whole = Math.trunc(quantity);
  const fraction = quantity - whole;
  if (part === 'micros') return { months: 0, days: 0, micros: whole * size + roundHalfEven(fraction * size) };
  if (part === 'months' && size > 1) return { months: whole * size + roundHalfEven(fraction * size), days: 0, micros: 0 };
  const dayFraction = part === 'months' ? fraction * 30 : fraction * size;
  const extraDays = Math.trunc(dayFraction);
  const micros = roundHalfEven((dayFraction - extraDays) * DAY);
  return part === 'months' ? { months: whole, days: extraDays, micros } : { months: 0, days: whole * size + extraDays, micros };
}

function sum(intervals: readonly Interval[]): Interval {
  const total = { months: 0, days: 0, micros: 0 };
  for (const { months, days, micros } of intervals) {
    total.months += months;
    total.days += days;
    total.micros += micros;
  }
  return total;
}

/** PostgreSQL's interval_out with IntervalStyle postgres: `1 year 2 mons -3 days +04:05:06`. */
export function printInterval({ months, days, micros }: Interval): string {
  const fields = [
    [Math.trunc(months / 12), 'year'],
    [months % 12, 'mon'],
    [days, 'day'],
  ] as const;
  let wasNegative = false;
  const words: string[] = [];
  for (const [value, unit] of fields) {
    if (value === 0) continue;
    words.push(`${wasNegative && value > 0 ? '+' : ''}${value} ${unit}${value === 1 ? '' : 's'}`);
    wasNegative = value < 0;
  }
  if (micros !== 0 || words.length === 0) words.push((micros < 0 ? '-' : wasNegative ? '+' : '') + printTime(Math.abs(micros)));
  return words.join(' ');
}
