import { PgError } from '../../pg-error.js';
import { DAY } from '../casts/date-times.js';
import { rint } from '../casts/numbers.js';
import { coerce, refuseResult } from '../coerce.js';
import { layers, partsQuery } from '../operators/interval-sql.js';
import { intervalOf } from '../operators/interval-text.js';
import type { FunctionRule, Rules, Translation, Typed } from '../typed.js';

const INTERVAL = { key: 'interval' } as const;

/** The argument as an interval; a time is one of less than a day. */
export function intervalArgument(typed: Typed, context: Translation): string | undefined {
  refuseResult(typed);
  return ['interval', 'time', 'unknown'].includes(typed.type.key) ? coerce(typed, INTERVAL, context).sql : undefined;
}

/** A function over the parts of an interval: the columns m, d and u of each layer are made of those before. */
function ofParts(...calculation: readonly string[]): FunctionRule {
  return ([argument, ...more], context) => {
    const interval = argument && more.length === 0 ? intervalArgument(argument, context) : undefined;
    return interval === undefined ? undefined : { sql: intervalOf(layers(partsQuery(interval), ...calculation)), type: INTERVAL };
  };
}

/** Of parts with different signs the smaller one borrows from the larger one. */
function borrowed(from: 'm' | 'd', part: 'd' | 'u', size: number | string, restNegative: string, restPositive: string): string {
  const [down, up] = [`(${from} > 0 AND (${restNegative}))`, `(${from} < 0 AND (${restPositive}))`];
  const columns = { m: 'm', d: 'd', u: 'u', [from]: `${from} - ${down} + ${up}`, [part]: `${part} + ${size} * (${down} - ${up})` };
  return Object.entries(columns)
    .map(([name, sql]) => `${sql} AS ${name}`)
    .join(', ');
}

const HOURS_TO_DAYS = `m, d + u / ${DAY} AS d, u % ${DAY} AS u`;
const DAYS_TO_MONTHS = 'm + d / 30 AS m, d % 30 AS d, u';
const ONE_SIGN_OF_DAYS = borrowed('d', 'u', DAY, 'u < 0', 'u > 0');
const ONE_SIGN_OF_MONTHS = borrowed('m', 'd', 30, 'd < 0', 'd > 0');
const ONE_SIGN_OF_ALL = borrowed('m', 'd', 30, 'd < 0 OR (d = 0 AND u < 0)', 'd > 0 OR (d = 0 AND u > 0)');

/** Of the units of `date_trunc`, what they leave. */
const TRUNCATED: Readonly<Record<string, string>> = {
  millennium: 'm / 12000 * 12000 AS m, m * 0 AS d, m * 0 AS u',
  century: 'm / 1200 * 1200 AS m, m * 0 AS d, m * 0 AS u',
  decade: 'm / 120 * 120 AS m, m * 0 AS d, m * 0 AS u',
  year: 'm / 12 * 12 AS m, m * 0 AS d, m * 0 AS u',
  quarter: 'm / 3 * 3 AS m, m * 0 AS d, m * 0 AS u',
  month: 'm, m * 0 AS d, m * 0 AS u',
  day: 'm, d, m * 0 AS u',
  hour: 'm, d, u / 3600000000 * 3600000000 AS u',
  minute: 'm, d, u / 60000000 * 60000000 AS u',
  second: 'm, d, u / 1000000 * 1000000 AS u',
  milliseconds: 'm, d, u / 1000 * 1000 AS u',
  microseconds: 'm, d, u',
};
const NOT_OF_INTERVALS: ReadonlySet<string> = new Set(['week', 'timezone', 'timezone_hour', 'timezone_minute']);

/** `date_trunc(unit, interval)`; NULL stays NULL in what becomes 0. @throws PgError 22023, 0A000 */
export function truncatedInterval(unit: string, interval: string): string {
  const columns = TRUNCATED[unit];
  if (columns !== undefined) {
    const parts = layers(partsQuery(interval), columns);
    return intervalOf(parts);
  }
  if (NOT_OF_INTERVALS.has(unit)) throw new PgError('0A000', `unit "${unit}" not supported for type interval`);
  throw new PgError('22023', `unit "${unit}" not recognized for type interval`);
}

/** `make_interval(years, months, weeks, days, hours, mins, secs)`, of which any may be missing at the end. */
const makeInterval: FunctionRule = (args, context) => {
  if (args.length > 7) return undefined;
  const keys = ['int4', 'int4', 'int4', 'int4', 'int4', 'int4', 'float8'] as const;
  const given = keys.map((key, index) => {
    const argument = args[index];
    return argument ? coerce(argument, { key }, context).sql : key === 'float8' ? '0.0' : '0';
  });
  const named = given.map((sql, index) => `${sql} AS a${index}`).join(', ');
  const seconds = rint('(a6 * 1000000.0)');
  const parts = `a0 * 12 + a1 AS m, a2 * 7 + a3 AS d, (a4 * 60 + a5) * 60000000 + CAST(${seconds} AS INTEGER) AS u`;
  return { sql: intervalOf(layers(`SELECT ${named}`, parts)), type: INTERVAL };
};

export const rules: Rules = {
  functions: {
    justify_hours: [ofParts(HOURS_TO_DAYS, ONE_SIGN_OF_DAYS)],
    justify_days: [ofParts(DAYS_TO_MONTHS, ONE_SIGN_OF_MONTHS)],
    justify_interval: [ofParts(HOURS_TO_DAYS, DAYS_TO_MONTHS, ONE_SIGN_OF_ALL, ONE_SIGN_OF_DAYS)],
    make_interval: [makeInterval],
  },
};
