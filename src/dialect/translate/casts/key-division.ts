import { raiseSql } from '../raise.js';
import { keyOfDigits, partsOf, zeros } from './key-parts.js';
import { TOO_LONG } from './numbers.js';

/** Of a divisor with so many digits ten times a remainder is an INTEGER still. */
const MOST_DIVISOR_DIGITS = 17;
/** PostgreSQL's NUMERIC_MIN_SIG_DIGITS and NUMERIC_MAX_DISPLAY_SCALE. */
const LEAST_DIGITS = 16;
const MOST_DECIMALS = 1000;

/** `a / b` of sortable texts that show their scale, with as many decimals as PostgreSQL gives it (`select_div_scale`). */
export function quotientKey(left: string, right: string): string {
  const zero = raiseSql('22012', 'division by zero');
  const isNegative = `(substr(a, 1, 1) < '2') <> (substr(b, 1, 1) < '2')`;
  return (
    `(SELECT CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN a = '5' OR b = '5' THEN '5' WHEN b GLOB '2*' THEN ${zero} ` +
    `WHEN a IN ('0', '4') AND b IN ('0', '4') THEN '5' WHEN a IN ('0', '4') THEN iif(${isNegative}, '0', '4') WHEN b IN ('0', '4') THEN '2' ` +
    `ELSE (${finiteQuotient()}) END FROM (SELECT ${left} AS a, ${right} AS b LIMIT 1))`
  );
}

function finiteQuotient(): string {
  const both =
    `SELECT x.neg <> y.neg AS neg, x.d AS d, y.d AS f, x.e AS e, y.e AS g, x.s AS s, y.s AS z, ` +
    `iif(x.d = '', 0, ${weight('x.e')}) AS v, ${weight('y.e')} AS w FROM (${partsOf('a')} LIMIT 1) AS x, (${partsOf('b')} LIMIT 1) AS y`;
  const difference = `v - w - (${leading('d', 'e - 4 * v')} <= ${leading('f', 'g - 4 * w')})`;
  const scaled = `SELECT neg, d, f, min(${MOST_DECIMALS}, max(${LEAST_DIGITS} - 4 * (${difference}), s, z)) AS s, e - length(d) - g + length(f) AS h FROM (${both} LIMIT 1)`;
  // One digit more than is kept is reckoned, to round by.
  const shifted = `SELECT neg, s, d || ${zeros('max(0, h + s + 1)')} AS t, CAST(f AS INTEGER) AS m, max(1, -h - s) AS dropped, length(f) AS fs FROM (${scaled} LIMIT 1)`;
  const divided = `SELECT neg, s, dropped, iif(fs > ${MOST_DIVISOR_DIGITS}, ${TOO_LONG}, (${longDivision()})) AS q FROM (${shifted} LIMIT 1)`;
  const kept = `SELECT neg, s, '0' || substr(q, 1, max(0, length(q) - dropped)) AS k, length(q) >= dropped AND substr(q, length(q) - dropped + 1, 1) >= '5' AS up FROM (${divided} LIMIT 1)`;
  return keyOfDigits('neg', `iif(up, ${next('k')}, k)`, 's', `(${kept} LIMIT 1)`);
}

/** Which power of 10000 the first digit to that base counts, of a number with the decimal exponent. */
function weight(exponent: string): string {
  return `((${exponent} + 40003) / 4 - 10001)`;
}

/** The first digit to the base of 10000. */
function leading(digits: string, length: string): string {
  return `CAST(substr(${digits} || '000', 1, ${length}) AS INTEGER)`;
}

/** The digits of floor(t / m). */
function longDivision(): string {
  const rest = `(r * 10 + CAST(substr(t, i, 1) AS INTEGER))`;
  return (
    `WITH RECURSIVE c(i, r, q) AS (SELECT 1, 0, '' UNION ALL SELECT i + 1, ${rest} % m, q || (${rest} / m) FROM c WHERE i <= length(t)) ` +
    `SELECT q FROM c WHERE i > length(t)`
  );
}

/** The next whole number's digits, of digits that begin with 0. */
function next(digits: string): string {
  const stem = `rtrim(${digits}, '9')`;
  return `substr(${stem}, 1, length(${stem}) - 1) || (CAST(substr(${stem}, -1) AS INTEGER) + 1) || ${zeros(`length(${digits}) - length(${stem})`)}`;
}
