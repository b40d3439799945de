import { refusedSql } from './refusal.js';

const BEYOND = refusedSql('A part of a date before the year 1 or after 9999', 'Select the date itself and calculate in the program.');

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
