import { DAY } from '../casts/date-times.js';
import { refuseOverRows } from '../casts/key-parts.js';
import { rint } from '../casts/numbers.js';
import { coerce } from '../coerce.js';
import { layers } from '../operators/interval-sql.js';
import { raiseAboutSql, raiseSql } from '../raise.js';
import { repeated } from '../repeated.js';
import type { FunctionRule, Rules, Translation, Typed } from '../typed.js';
import { microsOfZone } from './date-zones.js';
import { knownWord } from './known-word.js';
import { refusedSql } from './refusal.js';

const BEYOND = refusedSql('A date made of a year before 1 or after 9999', 'Make it in the program.');

/** SQL of the days since 1970 of the columns y, m and d. */
const DAYS =
  `CASE WHEN y IS NULL OR m IS NULL OR d IS NULL THEN NULL WHEN y = 0 OR m NOT BETWEEN 1 AND 12 OR d NOT BETWEEN 1 AND 31 THEN ${wrongDate()} ` +
  `WHEN y NOT BETWEEN 1 AND 9999 THEN ${BEYOND} WHEN date(${dateWritten()}) IS ${dateWritten()} THEN unixepoch(${dateWritten()}) / 86400 ELSE ${wrongDate()} END`;

function dateWritten(): string {
  return `printf('%04d-%02d-%02d', y, m, d)`;
}

function wrongDate(): string {
  return raiseAboutSql('22008', 'date field value out of range: ', `printf('%d-%02d-%02d', y, m, d)`, '');
}

/** SQL of the microseconds of the day of the columns h, i and s. */
const CLOCK = clock();

function clock(): string {
  const wrong = raiseAboutSql('22008', 'time field value out of range: ', `printf('%d:%02d:%02g', h, i, s)`, '');
  const nan = refusedSql('A time made of NaN', 'Make it in the program.');
  return (
    `CASE WHEN h IS NULL OR i IS NULL OR s IS NULL THEN NULL WHEN s = 'NaN' THEN ${nan} WHEN h NOT BETWEEN 0 AND 24 OR i NOT BETWEEN 0 AND 59 ` +
    `OR s < 0 OR s > 60 OR (h = 24 AND (i > 0 OR s > 0)) THEN ${wrong} ELSE (h * 60 + i) * 60000000 + CAST(${rint('(s * 1000000.0)')} AS INTEGER) END`
  );
}

const FIELDS = ['y', 'm', 'd', 'h', 'i', 's'] as const;

/** A row of the arguments as the columns `names`, of which s is the seconds and the others whole numbers. */
function fields(args: readonly Typed[], names: readonly string[], context: Translation): string {
  const columns = names.map((name, index) => {
    const argument = args[index];
    return `${argument ? coerce(argument, { key: name === 's' ? 'float8' : 'int4' }, context).sql : 'NULL'} AS ${name}`;
  });
  refuseOverRows(columns.join());
  return `SELECT ${columns.join(', ')}`;
}

const makeDate: FunctionRule = (args, context) =>
  args.length === 3 ? { sql: `(${layers(fields(args, ['y', 'm', 'd'], context), DAYS)})`, type: { key: 'date' } } : undefined;

const makeTime: FunctionRule = (args, context) =>
  args.length === 3 ? { sql: `(${layers(fields(args, ['h', 'i', 's'], context), CLOCK)})`, type: { key: 'time' } } : undefined;

const makeTimestamp: FunctionRule = (args, context) =>
  args.length === 6 ? { sql: timestampOf(args, context), type: { key: 'timestamp' } } : undefined;

function timestampOf(args: readonly Typed[], context: Translation): string {
  return `(${layers(fields(args, FIELDS, context), `(${DAYS}) * ${DAY} + (${CLOCK})`)})`;
}

/** The session's zone is UTC; another one may be the seventh argument. */
const makeTimestamptz: FunctionRule = (args, context) => {
  const [zone] = args.slice(6);
  if (args.length < 6 || args.length > 7) return undefined;
  const timestamp = timestampOf(args.slice(0, 6), context);
  const sql = zone ? `(${timestamp} - ${aheadOfUtc(knownWord(zone, 'make_timestamptz', context))})` : timestamp;
  return { sql, type: { key: 'timestamptz' } };
};

/** A bare offset is counted to the east here, while in names of zones it is to the west. */
function aheadOfUtc(zone: string): string {
  const micros = microsOfZone(zone);
  return `(${/^[+-]/.test(zone) ? -micros : micros})`;
}

/** Seconds since 1970, to the microsecond. */
const toTimestamp: FunctionRule = ([seconds, ...more], context) => {
  if (!seconds || more.length > 0) return undefined;
  const nan = raiseSql('22008', 'timestamp cannot be NaN');
  const sql = repeated([coerce(seconds, { key: 'float8' }, context).sql], (x = '') => {
    const wrong = raiseAboutSql('22008', 'timestamp out of range: "', `printf('%g', ${x})`, '"');
    return (
      `CASE WHEN ${x} = 'NaN' THEN ${nan} WHEN ${x} = 9e999 THEN 9223372036854775807 WHEN ${x} = -9e999 THEN -9223372036854775807 ` +
      `WHEN ${x} NOT BETWEEN -210866803200 AND 9223371331199 THEN ${wrong} ELSE ${sinceEpoch(x)} END`
    );
  });
  return { sql, type: { key: 'timestamptz' } };
};

/** PostgreSQL counts from 2000: there the double's last bits are. */
function sinceEpoch(x: string): string {
  return `(CAST(${rint(`((${x} - 946684800.0) * 1000000.0)`)} AS INTEGER) + 946684800000000)`;
}

export const rules: Rules = {
  functions: {
    make_date: [makeDate],
    make_time: [makeTime],
    make_timestamp: [makeTimestamp],
    make_timestamptz: [makeTimestamptz],
    to_timestamp: [toTimestamp],
  },
};
