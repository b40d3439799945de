import { DAY } from '../casts/date-times.js';
import { refusedSql } from '../functions/refusal.js';
import { raiseSql } from '../raise.js';
import { repeated } from '../repeated.js';
import { refuseOverRows } from '../casts/key-parts.js';

/** The three parts of a stored interval, read from its text `1 year 2 mons -3 days +04:05:06.5`; each is one value for all rows where the interval is. */
export interface IntervalSql {
  readonly months: string;
  readonly days: string;
  readonly micros: string;
}

/** Longer ones are taken apart once for each row. */
const SHORT = 200;

export function intervalParts(sql: string): IntervalSql {
  const query = partsQuery(sql);
  const part = (name: string): string => `(SELECT ${name} FROM (${query} LIMIT 1))`;
  return { months: part('m'), days: part('d'), micros: part('u') };
}

/** A row with the parts of an interval: the columns m (months), d (days) and u (microseconds). */
export function partsQuery(sql: string): string {
  refuseOverRows(sql);
  return layers(
    `SELECT ${sql} AS x`,
    `x, ${after('x', 'year')} AS a`,
    `x, a, ${after('a', 'mon')} AS b`,
    `x, a, b, ${after('b', 'day')} AS c`,
    `${countBefore('x', 'year')} * 12 + ${countBefore('a', 'mon')} AS m, ${countBefore('b', 'day')} AS d, ${clockMicros('c')} AS u`,
  );
}

/** A query of one row over another: each layer's columns are made of those of the layer before. */
export function layers(first: string, ...more: readonly string[]): string {
  return more.reduce((query, columns) => `SELECT ${columns} FROM (${query} LIMIT 1)`, first);
}

/** The number at the beginning, where it counts this unit. */
function countBefore(text: string, unit: string): string {
  return `iif(instr(${text}, ' ${unit}') > 0, CAST(${text} AS INTEGER), iif(${text} IS NULL, NULL, 0))`;
}

/** What follows the unit, or all where it isn't there. */
function after(text: string, unit: string): string {
  return `iif(instr(${text}, '${unit}') > 0, ltrim(substr(${text}, instr(${text}, '${unit}') + ${unit.length}), 's '), ${text})`;
}

/** Of `-100:20:30.5`. */
function clockMicros(text: string): string {
  const bare = `ltrim(${text}, '+-')`;
  const hours = `CAST(${bare} AS INTEGER)`;
  const rest = `substr(${bare}, instr(${bare}, ':') + 1)`;
  const fraction = `CAST(substr(substr(${rest}, 7) || '000000', 1, 6) AS INTEGER)`;
  const seconds = `((${hours} * 60 + CAST(substr(${rest}, 1, 2) AS INTEGER)) * 60 + CAST(substr(${rest}, 4, 2) AS INTEGER))`;
  return `iif(instr(${text}, ':') = 0, 0, iif(${text} GLOB '-*', -1, 1) * (${seconds} * 1000000 + ${fraction}))`;
}

/** The text of an interval of days and microseconds of one sign, as a difference of times is. */
export function intervalText(days: string, micros: string): string {
  return repeated([days, micros], (d = '', t = '') => {
    const count = `(${d} || iif(${d} = 1, ' day', ' days'))`;
    return `CASE WHEN ${d} IS NULL OR ${t} IS NULL THEN NULL WHEN ${d} = 0 THEN ${clockText(t)} WHEN ${t} = 0 THEN ${count} ELSE ${count} || ' ' || ${clockText(t)} END`;
  });
}

function clockText(t: string): string {
  const positive = `abs(${t})`;
  const clock = `printf('%02d:%02d:%02d', ${positive} / 3600000000, ${positive} / 60000000 % 60, ${positive} / 1000000 % 60)`;
  return `(iif(${t} < 0, '-', '') || ${clock} || rtrim(rtrim(printf('.%06d', ${positive} % 1000000), '0'), '.'))`;
}

const BEYOND = refusedSql('A calculation with months in years before 1 or after 9999', 'Calculate it in the program.');

/** Days since 1970, some months later: the last day of the month where it has fewer days. SQLite's calendar has the years 0 to 9999. */
export function monthsLater(daysSql: string, monthsSql: string): string {
  return repeated([daysSql, monthsSql], (d = '', m = '') => {
    const part = (format: string) => `CAST(strftime('${format}', ${d} * 86400, 'unixepoch') AS INTEGER)`;
    const index = `(${part('%Y')} * 12 + ${part('%m')} - 1 + ${m})`;
    return repeated([index, part('%d'), d], (i = '', day = '', base = '') => {
      const first = `printf('%04d-%02d-01', ${i} / 12, ${i} % 12 + 1)`;
      const last = `CAST(strftime('%d', ${first}, '+1 month', '-1 day') AS INTEGER)`;
      return `iif(${base} NOT BETWEEN -719162 AND 2932896 OR ${i} NOT BETWEEN 12 AND 119999, ${BEYOND}, unixepoch(${first}) / 86400 + iif(${day} < ${last}, ${day}, ${last}) - 1)`;
    });
  });
}

/** A timestamp with an interval added (`sign` 1) or taken away (-1): first its months, then its days, then its time. */
export function timestampPlus(sql: string, interval: string, sign: 1 | -1): string {
  if (interval.length <= SHORT) return plusParts(sql, intervalParts(interval), sign);
  refuseOverRows(sql);
  const names: IntervalSql = { months: '`m`', days: '`d`', micros: '`u`' };
  return `(SELECT ${plusParts('`at`', names, sign)} FROM (SELECT ${sql} AS \`at\`, m, d, u FROM (${partsQuery(interval)} LIMIT 1) LIMIT 1))`;
}

function plusParts(sql: string, { months, days, micros }: IntervalSql, sign: 1 | -1): string {
  const shift = `${sign === 1 ? '+' : '-'} (${days} * ${DAY} + ${micros})`;
  return repeated([sql], (x = '') => {
    const ofDay = `((${x} % ${DAY} + ${DAY}) % ${DAY})`;
    const later = `(${monthsLater(`((${x} - ${ofDay}) / ${DAY})`, `(${sign} * ${months})`)} * ${DAY} + ${ofDay})`;
    return `CASE WHEN abs(${x}) = 9223372036854775807 THEN iif(${months} IS NULL, NULL, ${x}) WHEN ${months} = 0 THEN ${ranged(`(${x} ${shift})`)} ELSE ${ranged(`(${later} ${shift})`)} END`;
  });
}

function ranged(sql: string): string {
  const raise = raiseSql('22008', 'timestamp out of range');
  return repeated([sql], (x = '') => `iif(${x} NOT BETWEEN -210866803200000000 AND 9223371331199999999, ${raise}, ${x})`);
}
