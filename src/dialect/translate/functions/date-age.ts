import { DAY, INFINITY, microsOfDay } from '../casts/date-times.js';
import { coerce, refuseResult } from '../coerce.js';
import { layers } from '../operators/interval-sql.js';
import { intervalOf } from '../operators/interval-text.js';
import type { FunctionRule, Rules, Translation, Typed } from '../typed.js';
import { calendarPart } from './date-calendar-sql.js';
import { refusedSql } from './refusal.js';

const TIMESTAMPTZ = { key: 'timestamptz' } as const;
const UNBOUNDED = refusedSql('age() of infinity', 'Calculate it in the program.');

/** The difference in years, months and days: a month is as long as that of the earlier day (timestamp_age in src/backend/utils/adt/timestamp.c). */
function ageOf(later: string, earlier: string): string {
  const infinite = `abs(a) = ${INFINITY} OR abs(b) = ${INFINITY}`;
  const month = (days: string) => `(${calendarPart(days, '%Y')} * 12 + ${calendarPart(days, '%m')})`;
  const lastDay = `CAST(strftime('%d', p * 86400, 'unixepoch', 'start of month', '+1 month', '-1 day') AS INTEGER)`;
  return intervalOf(
    layers(
      `SELECT ${later} AS a, ${earlier} AS b`,
      `iif(${infinite}, ${UNBOUNDED}, iif(a < b, a, b)) AS low, iif(a < b, b, a) AS high, iif(a < b, -1, 1) AS f`,
      `f, (low - ${microsOfDay('low')}) / ${DAY} AS p, ${microsOfDay('low')} AS s, (high - ${microsOfDay('high')}) / ${DAY} AS q, ${microsOfDay('high')} AS t`,
      `f, t - s AS u, ${month('q')} - ${month('p')} AS m, ${calendarPart('q', '%d')} - ${calendarPart('p', '%d')} AS d, ${lastDay} AS n`,
      `f, m, n, d - (u < 0) AS d, u + iif(u < 0, ${DAY}, 0) AS u`,
      'f * (m - (d < 0)) AS m, f * (d + iif(d < 0, n, 0)) AS d, f * u AS u',
    ),
  );
}

function isMoment({ type }: Typed): boolean {
  return ['date', 'timestamp', 'timestamptz', 'unknown'].includes(type.key);
}

function micros(typed: Typed, context: Translation): string {
  refuseResult(typed);
  return coerce(typed, typed.type.key === 'timestamp' ? typed.type : TIMESTAMPTZ, context).sql;
}

/** By itself a moment is compared with the midnight that today has begun with. */
const age: FunctionRule = ([later, earlier, ...more], context) => {
  if (!later || more.length > 0 || !isMoment(later) || (earlier && !isMoment(earlier))) return undefined;
  const today = `(CAST(${context.now()} AS INTEGER) / ${DAY} * ${DAY})`;
  const sql = earlier ? ageOf(micros(later, context), micros(earlier, context)) : ageOf(today, micros(later, context));
  return { sql, type: { key: 'interval' } };
};

export const rules: Rules = { functions: { age: [age] } };
