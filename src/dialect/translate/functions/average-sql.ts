import { refusedSql } from './refusal.js';

/** Of numeric-key.ts: added to a decimal exponent, and what an exponent of a negative number is taken from. */
const BIAS = 20_000;
const COMPLEMENT = 999_999;

/** PostgreSQL's NUMERIC_MIN_SIG_DIGITS. */
const LEAST_DIGITS = 16;

/**
 * SQL: the exact quotient of a sum, in units of 10^-scale, and a count, as the key of a numeric (types/numeric-key.ts), with as many decimals as
 * PostgreSQL gives it (`select_div_scale`). One step of division by hand is done for each digit.
 */
export function averageKey(sum: string, count: string, scale: number): string {
  return `(SELECT ${keyOf()} FROM (SELECT n, s, e, ${digitsOfQuotient()} AS q FROM (SELECT n, c, s, s - ${scale} AS e FROM (${withDecimals(sum, count, scale)}))))`;
}

/** `s`: how many decimals the quotient has; `n`, `c`: the sum and the count. */
function withDecimals(sum: string, count: string, scale: number): string {
  const weights =
    `SELECT n, c, ${weight(`length(abs(n)) - ${scale}`)} AS w, ${weight('length(c)')} AS v, length(abs(n)) - ${scale} AS a, length(c) AS b ` +
    `FROM (SELECT ${sum} AS n, ${count} AS c)`;
  const difference = `iif(n = 0, 0, w) - v - (iif(n = 0, 0, ${leading('abs(n)', 'a - 4 * w')}) <= ${leading('c', 'b - 4 * v')})`;
  return `SELECT n, c, max(${LEAST_DIGITS} - 4 * (${difference}), ${scale}) AS s FROM (${weights})`;
}

/** Which power of 10000 the first of `digits` decimal digits counts; PostgreSQL reckons to that base. */
function weight(digits: string): string {
  return `((${digits} + 43) / 4 - 11)`;
}

/** The first digit to the base of 10000. */
function leading(number: string, length: string): string {
  return `CAST(substr(${number} || '000', 1, ${length}) AS INTEGER)`;
}

/** The digits of floor((2 × n × 10^e + c) / 2c): the quotient rounded half away from zero. Dividing by hand keeps all numbers small. */
function digitsOfQuotient(): string {
  const tooMany = refusedSql('The average of so many or so long numbers', 'Cast them to double precision, or reckon in the program.');
  const unit = `CAST(substr('1000000000000000000', 1, e + 1) AS INTEGER)`;
  const sum = `(2 * abs(n) + c / ${unit})`;
  const numerator =
    `CASE WHEN abs(n) > 4611686018427387903 OR (e < length(c) AND typeof(${sum}) = 'real') THEN ${tooMany} ` +
    `WHEN e < length(c) THEN ${sum} || iif(e = 0, '', printf('%0*d', e, c % ${unit})) ELSE (2 * abs(n)) || printf('%0*d', e, c) END`;
  const next = `r * 10 + CAST(substr(t, i + 1, 1) AS INTEGER)`;
  return (
    `(WITH RECURSIVE d(t, m, i, r, q) AS (SELECT ${numerator}, 2 * c, 0, 0, '' UNION ALL ` +
    `SELECT t, m, i + 1, (${next}) % m, q || ((${next}) / m) FROM d WHERE i < length(t)) SELECT ltrim(q, '0') FROM d WHERE i = length(t))`
  );
}

function keyOf(): string {
  const digits = `rtrim(q, '0')`;
  const exponent = `${BIAS} + length(q) - s`;
  const suffix = `iif(length(${digits}) < length(q), ' ' || s, '')`;
  return (
    `CASE WHEN n IS NULL THEN NULL WHEN q = '' THEN '2 ' || s WHEN n > 0 THEN '3' || printf('%06d', ${exponent}) || ${digits} || ${suffix} ` +
    `ELSE '1' || printf('%06d', ${COMPLEMENT} - (${exponent})) || ${complement(digits)} || '~' || ${suffix} END`
  );
}

/** Each digit's difference to nine: 0 to 4 change places with 9 to 5, by way of letters. */
function complement(digits: string): string {
  const toLetters = [0, 1, 2, 3, 4].reduce((sql, digit) => `replace(${sql}, '${digit}', '${'abcde'.charAt(digit)}')`, digits);
  const turned = [5, 6, 7, 8, 9].reduce((sql, digit) => `replace(${sql}, '${digit}', '${9 - digit}')`, toLetters);
  return [0, 1, 2, 3, 4].reduce((sql, digit) => `replace(${sql}, '${'abcde'.charAt(digit)}', '${9 - digit}')`, turned);
}
