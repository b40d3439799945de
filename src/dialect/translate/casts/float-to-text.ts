import { raiseSql } from '../raise.js';
import { exactFloat, exactProduct } from './float-from-text.js';

const LONGER = raiseSql(
  '0A000',
  'A double precision value below 0.0001 or from 1e15 on as text in an expression is not available on the SQLite fallback. Select it by itself.',
);

/**
 * SQL: a float8 as PostgreSQL prints it, the fewest digits that are read as the same value; `float` is repeated. SQLite's printf is right up to fifteen
 * digits; more are reckoned here. What PostgreSQL would print with an exponent is refused.
 */
export function floatText(float: string): string {
  const short = `printf('%.15g', ${float})`;
  return (
    `CASE WHEN ${float} IS NULL THEN NULL WHEN ${float} = 'NaN' THEN 'NaN' WHEN ${float} = 9e999 THEN 'Infinity' WHEN ${float} = -9e999 THEN '-Infinity'` +
    ` WHEN ${float} = 0 THEN '0' WHEN abs(${float}) < 0.0001 OR abs(${float}) >= 1e15 THEN ${LONGER}` +
    ` WHEN ${exactFloat(short, 'NULL')} = ${float} THEN ${short} ELSE iif(${float} < 0, '-', '') || ${longDigits(float)} END`
  );
}

/** Sixteen digits where they are read as the same value, else seventeen. */
function longDigits(float: string): string {
  const exponent = `SELECT abs(${float}) AS v, CAST(substr(printf('%.14e', abs(${float})), 18) AS INTEGER) AS z LIMIT 1`;
  const sixteen = rounded(`SELECT v, z, v AS u, 15 - z AS k, CAST('1e' || (15 - z) AS REAL) AS c FROM (${exponent}) LIMIT 1`);
  const read = exactFloat(`(r || 'e-' || k)`, 'NULL');
  const isEnough = `SELECT r, k, v, z, ${read} = v AS t FROM (${sixteen}) LIMIT 1`;
  const seventeen = rounded(`SELECT r AS w, v, t, v AS u, 16 - z AS k, CAST('1e' || (16 - z) AS REAL) AS c FROM (${isEnough}) LIMIT 1`);
  const chosen = `SELECT iif(t, k - 1, k) AS k, printf('%0*d', iif(t, k, k + 1), iif(t, w, r)) AS d FROM (${seventeen}) LIMIT 1`;
  return `(SELECT rtrim(rtrim(substr(d, 1, length(d) - k) || '.' || substr(d, -k), '0'), '.') FROM (${chosen}))`;
}

/** SQL: r, the whole number that is nearest to u * c, of two the even one, as PostgreSQL has it (src/common/d2s.c). */
function rounded(from: string): string {
  const parts = `SELECT *, CAST(h AS INTEGER) AS whole, (h - CAST(h AS INTEGER)) + e AS part FROM ${exactProduct(`(${from})`)} LIMIT 1`;
  const halfUp = `SELECT *, whole + CAST(part + 100.5 AS INTEGER) - 100 AS up FROM (${parts}) LIMIT 1`;
  return `SELECT *, up - ((up & 1) AND up - whole = part + 0.5) AS r FROM (${halfUp}) LIMIT 1`;
}
