import { repeated } from '../repeated.js';
import { refusedSql } from '../functions/refusal.js';
import { raiseSql } from '../raise.js';

export const DAY = '86400000000';
export const INFINITY = '9223372036854775807';
const DAY_INFINITY = '2147483647';
/** 2000-01-01: PostgreSQL rounds away from it. */
const EPOCH_2000 = '946684800000000';
/** -4713-11-24 and 294246-12-31 in days: what a stored timestamp can hold. */
const FIRST_DAY = '-2440588';
const LAST_DAY = '106751990';

export function dateToTimestamp(sql: string): string {
  const overflow = raiseSql('22008', 'date out of range for timestamp');
  return repeated(
    [sql],
    (x = '') =>
      `CASE ${x} WHEN ${DAY_INFINITY} THEN ${INFINITY} WHEN -${DAY_INFINITY} THEN -${INFINITY} ` +
      `ELSE iif(${x} NOT BETWEEN ${FIRST_DAY} AND ${LAST_DAY}, ${overflow}, ${x} * ${DAY}) END`,
  );
}

export function timestampToDate(sql: string): string {
  return repeated(
    [sql],
    (x = '') =>
      `CASE ${x} WHEN ${INFINITY} THEN ${DAY_INFINITY} WHEN -${INFINITY} THEN -${DAY_INFINITY} ELSE (${x} - ${microsOfDay(x)}) / ${DAY} END`,
  );
}

/** No time is part of infinity. */
export function timestampToTime(sql: string): string {
  return repeated([sql], (x = '') => `iif(abs(${x}) = ${INFINITY}, NULL, ${microsOfDay(x)})`);
}

export function microsOfDay(x: string): string {
  return `((${x} % ${DAY} + ${DAY}) % ${DAY})`;
}

/** Rounds to the precision of `timestamp(p)`. */
export function timestampRounded(sql: string, precision: number): string {
  const unit = 10 ** (6 - precision);
  return repeated([sql], (x = '') => {
    const since = `(${x} - ${EPOCH_2000})`;
    const rounded = `(${since} + iif(${x} < ${EPOCH_2000}, -${unit / 2}, ${unit / 2})) / ${unit} * ${unit} + ${EPOCH_2000}`;
    return unit === 1 ? x : `iif(abs(${x}) = ${INFINITY}, ${x}, ${rounded})`;
  });
}

export function timeRounded(sql: string, precision: number): string {
  const unit = 10 ** (6 - precision);
  return unit === 1 ? sql : `((${sql} + ${unit / 2}) / ${unit} * ${unit})`;
}

const BEYOND = refusedSql('A year before 1 or after 9999 as text in an expression', 'Select the value itself.');

/** Years 1 to 9999: SQLite's calendar and notation are PostgreSQL's there. */
export function dateText(sql: string): string {
  return repeated(
    [sql],
    (x = '') =>
      `CASE WHEN ${x} BETWEEN -719162 AND 2932896 THEN date(${x} * 86400, 'unixepoch') WHEN ${x} = ${DAY_INFINITY} THEN 'infinity' ` +
      `WHEN ${x} = -${DAY_INFINITY} THEN '-infinity' WHEN ${x} IS NOT NULL THEN ${BEYOND} END`,
  );
}

export function timestampText(sql: string, zone: '' | '+00'): string {
  return repeated([sql], (x = '') => {
    const seconds = `(${x} - ${microsOfSecond(x)}) / 1000000`;
    return (
      `CASE WHEN ${x} BETWEEN -62135596800000000 AND 253402300799999999 THEN datetime(${seconds}, 'unixepoch') || ${fractionText(x)} || '${zone}' ` +
      `WHEN ${x} = ${INFINITY} THEN 'infinity' WHEN ${x} = -${INFINITY} THEN '-infinity' WHEN ${x} IS NOT NULL THEN ${BEYOND} END`
    );
  });
}

export function timeText(sql: string): string {
  return repeated([sql], (x = '') => {
    const [hours, minutes, seconds] = [`${x} / 3600000000`, `${x} / 60000000 % 60`, `${x} / 1000000 % 60`];
    return `iif(${x} IS NULL, NULL, printf('%02d:%02d:%02d', ${hours}, ${minutes}, ${seconds}) || ${fractionText(x)})`;
  });
}

function microsOfSecond(x: string): string {
  return `((${x} % 1000000 + 1000000) % 1000000)`;
}

/** `.5`, or nothing. */
function fractionText(x: string): string {
  return `rtrim(rtrim(printf('.%06d', ${microsOfSecond(x)}), '0'), '.')`;
}
