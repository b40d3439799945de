import { PgError } from '../../pg-error.js';
import type { PgType, TypeKey } from '../../types/pg-type.js';
import { bindInteger } from '../../types/stored-integer.js';
import { scaledToFloat } from '../casts/numbers.js';
import { coerce, refuseResult } from '../coerce.js';
import { typeName } from '../operate.js';
import type { FunctionRule, Rules, Translation, Typed } from '../typed.js';
import { ambiguousCall } from './ambiguous.js';
import { extracted, extractedFromInterval } from './date-parts.js';
import { truncated } from './date-truncation.js';
import { shiftOfZone } from './date-zones.js';
import { intervalArgument, truncatedInterval } from './intervals.js';
import { knownWord } from './known-word.js';

const TIMESTAMPTZ: PgType = { key: 'timestamptz' };
const TIMESTAMP_KEYS: ReadonlySet<TypeKey> = new Set<TypeKey>(['timestamp', 'timestamptz']);

const now: FunctionRule = (args, context) => (args.length === 0 ? { sql: bindInteger(context.now()), type: TIMESTAMPTZ } : undefined);

const clock: FunctionRule = (args) =>
  args.length === 0 ? { sql: "CAST(round(unixepoch('now', 'subsec') * 1000) * 1000 AS INTEGER)", type: TIMESTAMPTZ } : undefined;

/** A timestamp of either kind; a date is one with a zone where PostgreSQL has the choice. */
function timestampOf(typed: Typed, context: Translation): Typed | undefined {
  refuseResult(typed);
  if (TIMESTAMP_KEYS.has(typed.type.key)) return typed;
  return typed.type.key === 'date' ? coerce(typed, TIMESTAMPTZ, context) : undefined;
}

const dateTrunc: FunctionRule = ([field, value, zone, ...more], context) => {
  if (!field || !value || more.length > 0) return undefined;
  if (value.type.key === 'unknown' && !zone) throw ambiguousCall('date_trunc(unknown, unknown)');
  const unit = () => knownWord(field, 'date_trunc', context).toLowerCase();
  if (zone) return truncatedInZone(unit(), value, zone, context);
  const timestamp = timestampOf(value, context);
  if (timestamp) return { sql: truncated(unit(), timestamp), type: { key: timestamp.type.key } };
  const interval = intervalArgument(value, context);
  return interval === undefined ? undefined : { sql: truncatedInterval(unit(), interval), type: { key: 'interval' } };
};

/** By the clocks of a zone that has one offset. */
function truncatedInZone(unit: string, value: Typed, zone: Typed, context: Translation): Typed | undefined {
  if (value.type.key !== 'unknown' && !timestampOf(value, context)) return undefined;
  const { sql } = coerce(value, TIMESTAMPTZ, context);
  const shift = shiftOfZone(zone, 'date_trunc', context);
  if (shift === '(0)') return { sql: truncated(unit, { sql, type: TIMESTAMPTZ }), type: TIMESTAMPTZ };
  const local = `(${sql} + ${shift})`;
  const truncatedLocal = truncated(unit, { sql: local, type: TIMESTAMPTZ });
  return { sql: `iif(abs(${sql}) = 9223372036854775807, ${sql}, ${truncatedLocal} - ${shift})`, type: TIMESTAMPTZ };
}

/** `extract(field from x)` gives numeric, `date_part(field, x)` double precision. */
function part(isFloat: boolean): FunctionRule {
  return ([field, value, ...more], context) => {
    if (!field || !value || more.length > 0) return undefined;
    refuseResult(value);
    if (value.type.key === 'unknown') throw ambiguousCall(`${isFloat ? 'date_part' : 'pg_catalog.extract'}(unknown, unknown)`);
    const name = knownWord(field, 'extract', context).toLowerCase();
    // date_part() of a date is defined by way of timestamp, while extract() has rules of its own.
    const source = isFloat && value.type.key === 'date' ? coerce(value, { key: 'timestamp' }, context) : value;
    const found = source.type.key === 'interval' ? extractedFromInterval(name, source) : extracted(name, source);
    if (!found && !isFloat) throw noExtract(value);
    if (!found) return undefined;
    const { sql, scale } = found;
    return isFloat ? { sql: scaledToFloat(sql, scale, 'float8'), type: { key: 'float8' } } : { sql, type: { key: 'numeric', scale } };
  };
}

/** EXTRACT is a function of the schema pg_catalog to PostgreSQL's grammar, and its message says so. */
function noExtract(value: Typed): PgError {
  return new PgError('42883', `function pg_catalog.extract(unknown, ${typeName(value)}) does not exist`, {
    hint: 'No function matches the given name and argument types. You might need to add explicit type casts.',
  });
}

/** `date(x)` is a cast written as a call. */
const date: FunctionRule = ([value, ...more], context) => {
  if (!value || more.length > 0) return undefined;
  return coerce(value, { key: 'date' }, context, 'explicit');
};

const isFinite: FunctionRule = ([value, ...more]) => {
  if (!value || more.length > 0) return undefined;
  if (value.type.key === 'unknown') throw ambiguousCall('isfinite(unknown)');
  if (value.type.key === 'date') return { sql: `(abs(${value.sql}) <> 2147483647)`, type: { key: 'bool' } };
  // No interval or time is infinite here.
  if (value.type.key === 'interval' || value.type.key === 'time')
    return { sql: `iif(${value.sql} IS NULL, NULL, 1)`, type: { key: 'bool' } };
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
    date: [date],
    isfinite: [isFinite],
  },
};
