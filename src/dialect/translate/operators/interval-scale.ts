import { refuseOverRows } from '../casts/key-parts.js';
import { rint } from '../casts/numbers.js';
import { refusedSql } from '../functions/refusal.js';
import { raiseSql } from '../raise.js';
import { DIVISION_BY_ZERO } from './integer-arithmetic.js';
import { layers, partsQuery } from './interval-sql.js';
import { intervalOf } from './interval-text.js';

const OUT_OF_RANGE = raiseSql('22008', 'interval out of range');
const UNBOUNDED = refusedSql('An interval multiplied by infinity', 'Calculate it in the program.');
/** 2^31: months and days are counted in 32 bits. */
const MOST = '2147483648.0';

/** An interval times or by a double: what is left of a month goes on as days, of a day as time (interval_mul and interval_div in src/backend/utils/adt/timestamp.c). */
export function scaledInterval(operator: '*' | '/', interval: string, factor: string): string {
  refuseOverRows(factor);
  return intervalOf(scaledQuery(operator, `SELECT p.*, ${factor} AS f FROM (${partsQuery(interval)} LIMIT 1) AS p`));
}

/** The same of a query with the parts and the factor f. */
export function scaledQuery(operator: '*' | '/', parts: string): string {
  const zero = operator === '/' ? `WHEN f = 0 THEN ${DIVISION_BY_ZERO} ` : '';
  const infinite = operator === '*' ? `WHEN abs(f) = 9e999 THEN ${UNBOUNDED} ` : '';
  const checked = `CASE WHEN m IS NULL THEN NULL WHEN f = 'NaN' THEN ${OUT_OF_RANGE} ${zero}${infinite}ELSE f END AS f`;
  const scaled = (part: string): string => `CAST(${part} AS REAL) ${operator} f`;
  return layers(
    parts,
    `m, d, u, ${checked}`,
    `${inRange(scaled('m'))} AS a, ${inRange(scaled('d'))} AS b, ${scaled('u')} AS c`,
    `a, b, c, CAST(a AS INTEGER) AS m, CAST(b AS INTEGER) AS d`,
    `m, b, c, d, ${toMicros('(a - m) * 30.0')} AS r`,
    `m, c, d, r, ${toMicros('(b - d + r - CAST(r AS INTEGER)) * 86400.0')} AS s`,
    `m, c, d + CAST(r AS INTEGER) + CAST(s / 86400.0 AS INTEGER) AS d, s - CAST(s / 86400.0 AS INTEGER) * 86400 AS s`,
    `m, d, ${rint('(c + s * 1000000.0)')} AS u`,
    `m, d, iif(abs(u) >= 9223372036854775808.0, ${OUT_OF_RANGE}, CAST(u AS INTEGER)) AS u`,
  );
}

function inRange(sql: string): string {
  return `iif(${sql} >= -${MOST} AND ${sql} < ${MOST} OR ${sql} IS NULL, ${sql}, ${OUT_OF_RANGE})`;
}

/** Rounded to microseconds, of seconds or days alike. */
function toMicros(sql: string): string {
  return `${rint(`(${sql}) * 1000000.0`)} / 1000000.0`;
}
