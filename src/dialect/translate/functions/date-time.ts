import { UnsupportedOnFallbackError } from '../../../errors.js';
import type { PgType, TypeKey } from '../../types/pg-type.js';
import { bindInteger } from '../../types/stored-integer.js';
import { scaledToFloat } from '../casts/numbers.js';
import { cast } from '../casts.js';
import { coerce, refuseResult } from '../coerce.js';
import { raiseAboutSql, raiseSql } from '../raise.js';
import { repeated } from '../repeated.js';
import type { FunctionRule, Rules, Translation, Typed } from '../typed.js';
import { formatted } from './date-format.js';
import { extracted, extractedFromInterval } from './date-parts.js';
import { truncated } from './date-truncation.js';

const TIMESTAMPTZ: PgType = { key: 'timestamptz' };
const TIMESTAMP_KEYS: ReadonlySet<TypeKey> = new Set<TypeKey>(['timestamp', 'timestamptz']);

const now: FunctionRule = (args, context) => (args.length === 0 ? { sql: bindInteger(context.now()), type: TIMESTAMPTZ } : undefined);

const clock: FunctionRule = (args) =>
  args.length === 0 ? { sql: "CAST(round(unixepoch('now', 'subsec') * 1000) * 1000 AS INTEGER)", type: TIMESTAMPTZ } : undefined;

/** The literal that says which part or form is meant: the plan holds for it alone. */
function word(typed: Typed | undefined, name: string, context: Translation): string {
  const { pending } = typed ?? {};
  if (typeof pending === 'object' && pending.kind === 'literal') return context.valueOf(pending);
  throw new UnsupportedOnFallbackError(
    `${name}() by a field or pattern that is not a literal`,
    'Write it into the statement as a literal.',
  );
}

/** A timestamp of either kind; a date is one with a zone where PostgreSQL has the choice. */
function timestampOf(typed: Typed, context: Translation): Typed | undefined {
  refuseResult(typed);
  if (TIMESTAMP_KEYS.has(typed.type.key)) return typed;
  return typed.type.key === 'date' ? coerce(typed, TIMESTAMPTZ, context) : undefined;
}

const dateTrunc: FunctionRule = ([field, value, ...more], context) => {
  if (!field || !value || more.length > 0) return undefined;
  const timestamp = timestampOf(value, context);
  if (!timestamp) return undefined;
  return { sql: truncated(word(field, 'date_trunc', context).toLowerCase(), timestamp), type: { key: timestamp.type.key } };
};

/** `extract(field from x)` gives numeric, `date_part(field, x)` double precision. */
function part(isFloat: boolean): FunctionRule {
  return ([field, value, ...more], context) => {
    if (!field || !value || more.length > 0) return undefined;
    refuseResult(value);
    const name = word(field, 'extract', context).toLowerCase();
    // date_part() of a date is defined by way of timestamp, while extract() has rules of its own.
    const source = isFloat && value.type.key === 'date' ? coerce(value, { key: 'timestamp' }, context) : value;
    const found = source.type.key === 'interval' ? extractedFromInterval(name, source.sql) : extracted(name, source);
    if (!found) return undefined;
    const { sql, scale } = found;
    return isFloat ? { sql: scaledToFloat(sql, scale, 'float8'), type: { key: 'float8' } } : { sql, type: { key: 'numeric', scale } };
  };
}

const toChar: FunctionRule = ([value, pattern, ...more], context) => {
  if (!value || !pattern || more.length > 0) return undefined;
  const timestamp = timestampOf(value, context);
  return timestamp && { sql: formatted(timestamp.sql, word(pattern, 'to_char', context)), type: { key: 'text' } };
};

const makeDate: FunctionRule = (args, context) => {
  if (args.length !== 3) return undefined;
  const [year = '', month = '', day = ''] = args.map((argument) => coerce(argument, { key: 'int4' }, context).sql);
  const beyond = raiseSql('0A000', 'make_date() is limited to the years 1 to 9999 on the SQLite fallback');
  const sql = repeated([year, month, day], (y = '', m = '', d = '') => {
    const text = `printf('%04d-%02d-%02d', ${y}, ${m}, ${d})`;
    const wrong = raiseAboutSql('22008', 'date field value out of range: ', text, '');
    return (
      `CASE WHEN ${y} IS NULL OR ${m} IS NULL OR ${d} IS NULL THEN NULL WHEN ${y} NOT BETWEEN 1 AND 9999 THEN ${beyond} ` +
      `WHEN ${m} BETWEEN 1 AND 12 AND ${d} BETWEEN 1 AND 31 AND date(${text}) IS ${text} THEN unixepoch(${text}) / 86400 ELSE ${wrong} END`
    );
  });
  return { sql, type: { key: 'date' } };
};

/** Seconds since 1970, to the microsecond. */
const toTimestamp: FunctionRule = ([seconds, ...more], context) => {
  if (!seconds || more.length > 0) return undefined;
  const wrong = raiseSql('22008', 'timestamp out of range');
  const nan = raiseSql('22008', 'timestamp cannot be NaN');
  const sql = repeated(
    [coerce(seconds, { key: 'float8' }, context).sql],
    (x = '') =>
      `CASE WHEN ${x} = 'NaN' THEN ${nan} WHEN ${x} = 9e999 THEN 9223372036854775807 WHEN ${x} = -9e999 THEN -9223372036854775807 ` +
      `WHEN ${x} NOT BETWEEN -210866803200 AND 9223371331199 THEN ${wrong} ELSE CAST((${x} - CAST(${x} AS INTEGER)) * 1000000 + 6755399441055744.0 - 6755399441055744.0 AS INTEGER) + CAST(${x} AS INTEGER) * 1000000 END`,
  );
  return { sql, type: TIMESTAMPTZ };
};

/** `date(x)` is a cast written as a call. */
const date: FunctionRule = ([value, ...more], context) => {
  if (!value || more.length > 0) return undefined;
  return coerce(value, { key: 'date' }, context, 'explicit');
};

/** Zones in which all is as in UTC. */
const UTC: ReadonlySet<string> = new Set(['utc', 'gmt', 'z', 'zulu', 'uct', 'etc/utc', 'etc/gmt', '+0', '+00', '+00:00', '-00:00', '0']);

/** `x AT TIME ZONE 'UTC'`: takes the zone away, or puts it on. */
const timezone: FunctionRule = ([zone, value, ...more], context) => {
  if (!zone || !value || more.length > 0) return undefined;
  const timestamp = timestampOf(value.type.key === 'unknown' ? coerce(value, TIMESTAMPTZ, context) : value, context);
  if (!timestamp) return undefined;
  const name = word(zone, 'AT TIME ZONE', context);
  if (!UTC.has(name.toLowerCase())) {
    throw new UnsupportedOnFallbackError(
      `AT TIME ZONE '${name}'`,
      "SQLite knows no time zones: use AT TIME ZONE 'UTC', and convert in the program.",
    );
  }
  const to: PgType = timestamp.type.key === 'timestamptz' ? { key: 'timestamp' } : TIMESTAMPTZ;
  return { ...cast(timestamp, to, context, 'explicit'), type: to };
};

const isFinite: FunctionRule = ([value, ...more]) => {
  if (!value || more.length > 0 || value.pending !== undefined) return undefined;
  if (value.type.key === 'date') return { sql: `(abs(${value.sql}) <> 2147483647)`, type: { key: 'bool' } };
  return TIMESTAMP_KEYS.has(value.type.key) ? { sql: `(abs(${value.sql}) <> 9223372036854775807)`, type: { key: 'bool' } } : undefined;
};

export const rules: Rules = {
  functions: {
    now: [now],
    transaction_timestamp: [now],
    statement_timestamp: [now],
    clock_timestamp: [clock],
    date_trunc: [dateTrunc],
    date_part: [part(true)],
    extract: [part(false)],
    to_char: [toChar],
    make_date: [makeDate],
    to_timestamp: [toTimestamp],
    date: [date],
    timezone: [timezone],
    isfinite: [isFinite],
  },
};
