import { raiseSql } from '../raise.js';

const BEYOND = raiseSql('0A000', 'years before 1 and after 9999 can not be calculated with on the SQLite fallback');

/** A part of the date by SQLite's calendar, which knows the years 0 to 9999; `format` is strftime's. */
export function calendarPart(days: string, format: string): string {
  return `iif(${days} NOT BETWEEN -719162 AND 2932896, ${BEYOND}, CAST(strftime('${format}', ${days} * 86400, 'unixepoch') AS INTEGER))`;
}

/** Whole days of a timestamp. */
export function daysOfTimestamp(x: string): string {
  return `((${x} - ((${x} % 86400000000 + 86400000000) % 86400000000)) / 86400000000)`;
}

/** Days since the last Monday; 1970-01-01 was a Thursday. */
export function daysSinceMonday(days: string): string {
  return `((${days} % 7 + 10) % 7)`;
}
