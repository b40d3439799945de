import { UnsupportedOnFallbackError } from '../../../errors.js';
import { PgError } from '../../pg-error.js';
import { formatType } from '../../types/format-type.js';
import { dateToTimestamp, DAY } from '../casts/date-times.js';
import { isDifference } from '../operators/date-time.js';
import { intervalParts, type IntervalSql } from '../operators/interval-sql.js';
import { repeated } from '../repeated.js';
import type { Typed } from '../typed.js';
import { calendarPart, daysOfTimestamp, daysSinceMonday } from './date-calendar-sql.js';
import { refusedSql } from './refusal.js';

/** A number as INTEGER in units of 10^-scale. */
interface Part {
  readonly scale: number;
  readonly sql: (x: string) => string;
}

const ofMinute = (x: string) => `((${x} % 60000000 + 60000000) % 60000000)`;
const ofDay = (x: string) => `((${x} % ${DAY} + ${DAY}) % ${DAY})`;
const year = (x: string) => calendarPart(daysOfTimestamp(x), '%Y');
const month = (x: string) => calendarPart(daysOfTimestamp(x), '%m');
const whole = (sql: (x: string) => string): Part => ({ scale: 0, sql });

const CLOCK: Readonly<Record<string, Part>> = {
  microseconds: whole(ofMinute),
  milliseconds: { scale: 3, sql: ofMinute },
  second: { scale: 6, sql: ofMinute },
  minute: whole((x) => `(${ofDay(x)} / 60000000 % 60)`),
  hour: whole((x) => `(${ofDay(x)} / 3600000000)`),
};

const CALENDAR: Readonly<Record<string, Part>> = {
  day: whole((x) => calendarPart(daysOfTimestamp(x), '%d')),
  month: whole(month),
  quarter: whole((x) => `((${month(x)} + 2) / 3)`),
  year: whole(year),
  decade: whole((x) => `(${year(x)} / 10)`),
  century: whole((x) => `((${year(x)} + 99) / 100)`),
  millennium: whole((x) => `((${year(x)} + 999) / 1000)`),
  dow: whole((x) => `((${daysSinceMonday(daysOfTimestamp(x))} + 1) % 7)`),
  isodow: whole((x) => `(${daysSinceMonday(daysOfTimestamp(x))} + 1)`),
  doy: whole((x) => calendarPart(daysOfTimestamp(x), '%j')),
  week: whole((x) => calendarPart(daysOfTimestamp(x), '%V')),
  isoyear: whole((x) => calendarPart(daysOfTimestamp(x), '%G')),
};

/** Spellings that PostgreSQL takes too. */
const SYNONYMS: Readonly<Record<string, string>> = {
  seconds: 'second',
  minutes: 'minute',
  hours: 'hour',
  days: 'day',
  months: 'month',
  years: 'year',
  weeks: 'week',
  decades: 'decade',
  centuries: 'century',
  microsecond: 'microseconds',
  millisecond: 'milliseconds',
};

/** `extract(field from x)` of dates, times and timestamps; `undefined` for other types. @throws PgError 22023 for what is no field */
export function extracted(given: string, { sql, type }: Typed): { sql: string; scale: number } | undefined {
  const field = SYNONYMS[given] ?? given;
  if (type.key !== 'date' && type.key !== 'timestamp' && type.key !== 'timestamptz' && type.key !== 'time') return undefined;
  const part = partOf(field, type.key);
  if (!part) throw notRecognized(field, given, formatType({ key: type.key }));
  const timestamp = type.key === 'date' ? dateToTimestamp(sql) : sql;
  return { scale: part.scale, sql: repeated([timestamp], (x = '') => (type.key === 'time' ? part.sql(x) : finite(x, field, part))) };
}

const UNBOUNDED: ReadonlySet<string> = new Set(['year', 'decade', 'century', 'millennium', 'isoyear', 'epoch']);

/** Infinity has no month; of what grows with time it would have an infinite one, which no INTEGER is. */
function finite(x: string, field: string, part: Part): string {
  const atInfinity = UNBOUNDED.has(field) ? refusedSql('A part of an infinite date', 'Ask isfinite() first.') : 'NULL';
  return `iif(abs(${x}) = 9223372036854775807, ${atInfinity}, ${part.sql(x)})`;
}

function partOf(field: string, key: 'date' | 'time' | 'timestamp' | 'timestamptz'): Part | undefined {
  if (field === 'epoch') return key === 'date' ? whole((x) => `(${x} / 1000000)`) : { scale: 6, sql: (x) => x };
  if (key === 'time') return CLOCK[field];
  if (key === 'date') return CALENDAR[field];
  if (key === 'timestamptz' && ['timezone', 'timezone_hour', 'timezone_minute'].includes(field))
    return whole((x) => `iif(${x} IS NULL, NULL, 0)`);
  return CLOCK[field] ?? CALENDAR[field];
}

const KNOWN: ReadonlySet<string> = new Set([
  ...Object.keys(CLOCK),
  ...Object.keys(CALENDAR),
  'julian',
  'timezone',
  'timezone_hour',
  'timezone_minute',
]);

function notRecognized(field: string, given: string, type: string): Error {
  if (field === 'julian') return new UnsupportedOnFallbackError(`extract(${given})`, 'Calculate it in the program.');
  if (KNOWN.has(field)) return new PgError('0A000', `unit "${given}" not supported for type ${type}`);
  return new PgError('22023', `unit "${given}" not recognized for type ${type}`);
}

/** It has days and a time. */
function partsOfDifference(micros: string): IntervalSql {
  return { months: `(${micros} * 0)`, days: `(${micros} / ${DAY})`, micros: `(${micros} % ${DAY})` };
}

/** Years have 365.25 days and months 30 where an interval is counted in seconds. */
export function extractedFromInterval(given: string, interval: Typed): { sql: string; scale: number } {
  const field = SYNONYMS[given] ?? given;
  const { months, days, micros } = isDifference(interval) ? partsOfDifference(interval.micros) : intervalParts(interval.sql);
  const seconds = `((${months} / 12) * 31557600 + (${months} % 12) * 2592000 + ${days} * 86400)`;
  const parts: Readonly<Record<string, { sql: string; scale: number }>> = {
    epoch: { sql: isDifference(interval) ? interval.micros : `(${seconds} * 1000000 + ${micros})`, scale: 6 },
    year: { sql: `(${months} / 12)`, scale: 0 },
    decade: { sql: `(${months} / 120)`, scale: 0 },
    century: { sql: `(${months} / 1200)`, scale: 0 },
    millennium: { sql: `(${months} / 12000)`, scale: 0 },
    month: { sql: `(${months} % 12)`, scale: 0 },
    quarter: { sql: `(${months} % 12 / 3 + 1)`, scale: 0 },
    day: { sql: days, scale: 0 },
    hour: { sql: `(${micros} / 3600000000)`, scale: 0 },
    minute: { sql: `(${micros} / 60000000 % 60)`, scale: 0 },
    second: { sql: `(${micros} % 60000000)`, scale: 6 },
    milliseconds: { sql: `(${micros} % 60000000)`, scale: 3 },
    microseconds: { sql: `(${micros} % 60000000)`, scale: 0 },
  };
  const found = parts[field];
  if (!found) throw notRecognized(field, given, 'interval');
  return found;
}
