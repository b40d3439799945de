import { DAY, INFINITY } from '../casts/date-times.js';
import { refuseOverRows } from '../casts/key-parts.js';
import { coerce, refuseResult } from '../coerce.js';
import { layers, partsQuery } from '../operators/interval-sql.js';
import { raiseSql } from '../raise.js';
import type { FunctionRule, Rules } from '../typed.js';
import { intervalArgument } from './intervals.js';

const WITH_MONTHS = raiseSql('0A000', 'timestamps cannot be binned into intervals containing months or years');
const NOT_POSITIVE = raiseSql('22008', 'stride must be greater than zero');
const NO_ORIGIN = raiseSql('22008', 'origin out of range');

/** `date_bin(stride, timestamp, origin)` */
const dateBin: FunctionRule = ([stride, source, origin, ...more], context) => {
  if (!stride || !source || !origin || more.length > 0) return undefined;
  const interval = intervalArgument(stride, context);
  if (interval === undefined || [source, origin].some(({ type }) => !['date', 'timestamp', 'timestamptz', 'unknown'].includes(type.key)))
    return undefined;
  [source, origin].forEach(refuseResult);
  const keys = [source.type.key, origin.type.key];
  const type = { key: keys.includes('timestamp') && !keys.includes('timestamptz') ? ('timestamp' as const) : ('timestamptz' as const) };
  const [at, from] = [coerce(source, type, context).sql, coerce(origin, type, context).sql];
  refuseOverRows(at + from);
  const result = layers(
    `SELECT ${at} AS t, ${from} AS o, m, d * ${DAY} + u AS w FROM (${partsQuery(interval)} LIMIT 1)`,
    `t, o, CASE WHEN t IS NULL OR o IS NULL OR m IS NULL THEN NULL WHEN abs(t) = ${INFINITY} THEN 1 WHEN abs(o) = ${INFINITY} THEN ${NO_ORIGIN} ` +
      `WHEN m <> 0 THEN ${WITH_MONTHS} WHEN w <= 0 THEN ${NOT_POSITIVE} ELSE w END AS w`,
    `iif(abs(t) = ${INFINITY} AND w IS NOT NULL, t, t - ((t - o) % w + w) % w)`,
  );
  return { sql: `(${result})`, type };
};

export const rules: Rules = { functions: { date_bin: [dateBin] } };
