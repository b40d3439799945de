import { raiseSql } from '../raise.js';
import { complementOfAny, keyOfDigits, partsOf, refuseOverRows, zeros } from './key-parts.js';

/** So many digits are added at once: their sum is an INTEGER still. */
const SUM_DIGITS = 18;
/** So many are multiplied at once: thousands of such products add up to an INTEGER. */
const FACTOR_DIGITS = 7;

/** `a + b`, `a - b` or `a * b` of sortable texts that show their scale (see `freeKey`), of any length. */
export function calculatedKey(operator: '+' | '-' | '*', left: string, right: string): string {
  const finite = operator === '*' ? product('a', 'b') : sum('a', 'b', operator === '-');
  return (
    `(SELECT CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN a GLOB '[045]*' OR b GLOB '[045]*' THEN ${unbounded(operator)} ELSE (${finite}) END ` +
    `FROM (SELECT ${left} AS a, ${right} AS b LIMIT 1))`
  );
}

/** As with doubles. */
function unbounded(operator: '+' | '-' | '*'): string {
  const value = (key: string): string =>
    `CASE substr(${key}, 1, 1) WHEN '0' THEN -9e999 WHEN '1' THEN -1.0 WHEN '2' THEN 0.0 WHEN '3' THEN 1.0 ELSE 9e999 END`;
  return `CASE WHEN a = '5' OR b = '5' THEN '5' ELSE CASE ${value('a')} ${operator} ${value('b')} WHEN 9e999 THEN '4' WHEN -9e999 THEN '0' ELSE '5' END END`;
}

/** The digits of both in units of the finer scale, filled up to one length; the larger one leads. */
function sum(left: string, right: string, isDifference: boolean): string {
  const scale = 'max(x.s, y.s)';
  const units = (part: string): string => `${part}.d || ${zeros(`iif(${part}.d = '', 0, ${part}.e + ${scale} - length(${part}.d))`)}`;
  const both =
    `SELECT x.neg AS p, ${isDifference ? '1 - y.neg' : 'y.neg'} AS q, ${scale} AS s, ${units('x')} AS u, ${units('y')} AS v ` +
    `FROM (${partsOf(left)} LIMIT 1) AS x, (${partsOf(right)} LIMIT 1) AS y`;
  const width = `(max(length(u), length(v)) / ${SUM_DIGITS} + 1) * ${SUM_DIGITS}`;
  const filled = `SELECT p, q, s, w, ${zeros('w - length(u)')} || u AS u, ${zeros('w - length(v)')} || v AS v FROM (SELECT *, ${width} AS w FROM (${both} LIMIT 1) LIMIT 1)`;
  const ordered = `SELECT iif(u >= v, p, q) AS neg, s, w, max(u, v) AS u, min(u, v) AS v, iif(p = q, 1, -1) AS f FROM (${filled} LIMIT 1)`;
  return keyOfDigits('neg', `(${addedDigits()})`, 's', `(${ordered} LIMIT 1)`);
}

/** Of the columns u and v, which are w digits long, u + f × v. */
function addedDigits(): string {
  const unit = '1000000000000000000';
  const part = (digits: string): string => `CAST(substr(${digits}, i - ${SUM_DIGITS - 1}, ${SUM_DIGITS}) AS INTEGER)`;
  const total = `(${part('u')} + f * ${part('v')} + carry + ${unit})`;
  return (
    `WITH RECURSIVE c(i, carry, r) AS (SELECT w, 0, '' UNION ALL SELECT i - ${SUM_DIGITS}, ${total} / ${unit} - 1, ` +
    `printf('%0${SUM_DIGITS}d', ${total} % ${unit}) || r FROM c WHERE i > 0) SELECT r FROM c WHERE i = 0`
  );
}

function product(left: string, right: string): string {
  const units = (part: string): string => `${part}.d || ${zeros(`iif(${part}.d = '', 0, ${part}.e + ${part}.s - length(${part}.d))`)}`;
  const both = `SELECT x.neg <> y.neg AS neg, x.s + y.s AS s, ${units('x')} AS u, ${units('y')} AS v FROM (${partsOf(left)} LIMIT 1) AS x, (${partsOf(right)} LIMIT 1) AS y`;
  const parts = (digits: string): string => `length(${digits}) / ${FACTOR_DIGITS} + 1`;
  const filled = (digits: string): string =>
    `${zeros(`(${parts(digits)}) * ${FACTOR_DIGITS} - length(${digits})`)} || ${digits} AS ${digits}`;
  return keyOfDigits(
    'neg',
    `(${multipliedDigits()})`,
    's',
    `(SELECT neg, s, ${filled('u')}, ${filled('v')} FROM (${both} LIMIT 1) LIMIT 1)`,
  );
}

/** Of the columns u and v, whose lengths are multiples of a part's. */
function multipliedDigits(): string {
  const unit = 10 ** FACTOR_DIGITS;
  const part = (digits: string, index: string): string =>
    `CAST(substr(${digits}, length(${digits}) - (${index} + 1) * ${FACTOR_DIGITS} + 1, ${FACTOR_DIGITS}) AS INTEGER)`;
  const count = (digits: string): string => `length(${digits}) / ${FACTOR_DIGITS}`;
  const numbers = (name: string, digits: string): string =>
    `${name}(i, n) AS (SELECT 0, ${part(digits, '0')} UNION ALL SELECT i + 1, ${part(digits, '(i + 1)')} FROM ${name} WHERE i + 1 < ${count(digits)})`;
  const total = `(ifnull((SELECT t FROM products WHERE at = c.i), 0) + carry)`;
  return (
    `WITH RECURSIVE ${numbers('us', 'u')}, ${numbers('vs', 'v')}, products(at, t) AS (SELECT us.i + vs.i, sum(us.n * vs.n) FROM us, vs GROUP BY 1), ` +
    `c(i, carry, r) AS (SELECT 0, 0, '' UNION ALL SELECT i + 1, ${total} / ${unit}, printf('%0${FACTOR_DIGITS}d', ${total} % ${unit}) || r ` +
    `FROM c WHERE i < ${count('u')} + ${count('v')}) SELECT r FROM c ORDER BY i DESC LIMIT 1`
  );
}

/** A key as numeric(precision, scale) stores it: rounded half away from zero, without the display scale. */
export function roundedKey(key: string, precision: number, scale: number): string {
  refuseOverRows(key);
  const overflow = raiseSql('22003', 'numeric field overflow');
  const kept = `substr(d, 1, max(0, e + ${scale}))`;
  const goesUp = `e + ${scale} >= 0 AND substr(d, e + ${scale} + 1, 1) >= '5'`;
  const stem = `rtrim(h, '9')`;
  const next = `substr(${stem}, 1, length(${stem}) - 1) || (CAST(substr(${stem}, -1) AS INTEGER) + 1)`;
  const rounded =
    `SELECT neg, iif(up, iif(${stem} = '', '1', ${next}), rtrim(h, '0')) AS d, e + (up AND ${stem} = '') AS e ` +
    `FROM (SELECT neg, e, ${kept} AS h, ${goesUp} AS up FROM (${partsOf('k')} LIMIT 1) LIMIT 1)`;
  const written =
    `SELECT CASE WHEN d = '' THEN '2' WHEN e > ${precision - scale} THEN ${overflow} ` +
    `WHEN neg THEN '1' || printf('%06d', 979999 - e) || ${complementOfAny('d')} || '~' ELSE '3' || printf('%06d', e + 20000) || d END FROM (${rounded} LIMIT 1)`;
  return `(SELECT CASE WHEN k IS NULL OR k = '5' THEN k WHEN k IN ('0', '4') THEN ${overflow} ELSE (${written}) END FROM (SELECT ${key} AS k LIMIT 1))`;
}
