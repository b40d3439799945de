import { PgError } from '../../pg-error.js';
import { formatType } from '../../types/format-type.js';
import { repeated } from '../repeated.js';
import type { Typed } from '../typed.js';
import { calendarPart, daysOfTimestamp, daysSinceMonday } from './date-calendar-sql.js';

/** In microseconds. */
const UNITS: Readonly<Record<string, string>> = {
  microseconds: '1',
  microsecond: '1',
  milliseconds: '1000',
  millisecond: '1000',
  second: '1000000',
  seconds: '1000000',
  minute: '60000000',
  minutes: '60000000',
  hour: '3600000000',
  hours: '3600000000',
  day: '86400000000',
  days: '86400000000',
};

/** The first year of the span that a year belongs to. */
const YEARS: Readonly<Record<string, (year: string) => string>> = {
  year: (year) => year,
  years: (year) => year,
  decade: (year) => `(${year} / 10 * 10)`,
  century: (year) => `((${year} - 1) / 100 * 100 + 1)`,
  millennium: (year) => `((${year} - 1) / 1000 * 1000 + 1)`,
};

/** `date_trunc(field, timestamp)` in UTC. @throws PgError 22023 for what is no field */
export function truncated(field: string, { sql, type }: Typed): string {
  const truncate = truncation(field);
  if (!truncate) throw noUnit(field, formatType({ key: type.key }));
  return repeated([sql], (x = '') => `iif(abs(${x}) = 9223372036854775807, ${x}, ${truncate(x)})`);
}

function noUnit(field: string, type: string): PgError {
  if (field.startsWith('timezone')) return new PgError('0A000', `unit "${field}" not supported for type ${type}`);
  return new PgError('22023', `unit "${field}" not recognized for type ${type}`);
}

function truncation(field: string): ((x: string) => string) | undefined {
  const unit = UNITS[field];
  if (unit !== undefined) return (x) => `${x} - (${x} % ${unit} + ${unit}) % ${unit}`;
  if (field === 'week' || field === 'weeks') return (x) => `(${daysOfTimestamp(x)} - ${daysSinceMonday(daysOfTimestamp(x))}) * 86400000000`;
  if (field === 'month' || field === 'months')
    return (x) => firstDay(x, calendarPart(daysOfTimestamp(x), '%Y'), calendarPart(daysOfTimestamp(x), '%m'));
  if (field === 'quarter')
    return (x) => firstDay(x, calendarPart(daysOfTimestamp(x), '%Y'), `((${calendarPart(daysOfTimestamp(x), '%m')} - 1) / 3 * 3 + 1)`);
  const first = YEARS[field];
  return first && ((x) => firstDay(x, first(calendarPart(daysOfTimestamp(x), '%Y')), '1'));
}

function firstDay(x: string, year: string, month: string): string {
  return `iif(${x} IS NULL, NULL, unixepoch(printf('%04d-%02d-01', ${year}, ${month})) * 1000000)`;
}
