import { intervalUnits } from '../../types/interval-units.js';
import { refusedAboutSql } from '../functions/refusal.js';
import { layers } from '../operators/interval-sql.js';
import { intervalOf } from '../operators/interval-text.js';
import { quoteText } from '../quote.js';
import { raiseAboutSql } from '../raise.js';
import { refuseOverRows } from './key-parts.js';

/** So many digits of any unit but the largest fit 32 bits of months and days. */
const MOST_DIGITS = 9;
/** Words that a number may stand before in PostgreSQL, and do not count here. */
const OTHER_WORDS = `'ago', 'qtr', 'quarter', 'infinity', 'timezone', 'timezone_h', 'timezone_m'`;

/** SQL: a text of the row as interval: a whole number and a unit, as `n || ' days'` makes it, or a number of seconds. Other forms are refused. */
export function intervalOfText(sql: string): string {
  refuseOverRows(sql);
  const trimmed = `lower(trim(t, char(32, 9, 10, 11, 12, 13)))`;
  const bare = `iif(substr(t, 1, 1) IN ('-', '+'), substr(t, 2), t)`;
  const digits = `substr(b, 1, length(b) - length(ltrim(b, '0123456789')))`;
  const isCount = `length(n) BETWEEN 1 AND ${MOST_DIGITS} AND w GLOB '[a-z]*' AND w NOT GLOB '*[^a-z]*'`;
  const isNothing = `given NOT GLOB '*[0-9]*' AND lower(given) NOT GLOB '*inf*' AND lower(given) NOT GLOB '*ago*' AND lower(given) NOT GLOB '*p*'`;
  const other = refusedAboutSql(
    'The interval "',
    't',
    '" made of a text in an expression',
    "Write it as a number and a unit: n || ' days'.",
  );
  const wrong = raiseAboutSql('22007', 'invalid input syntax for type interval: "', 'given', '"');
  const checked = `CASE WHEN t IS NULL THEN NULL WHEN ${isNothing} THEN ${wrong} WHEN NOT (${isCount}) THEN ${other} WHEN w IN (${names()}) THEN w WHEN length(w) > 9 OR w IN (${OTHER_WORDS}) THEN ${other} ELSE ${wrong} END`;
  const counted = (part: string): string =>
    `n * CASE w ${intervalUnits()
      .filter(([, of]) => of === part)
      .map(([name, , size]) => `WHEN ${quoteText(name)} THEN ${size}`)
      .join(' ')} ELSE 0 END`;
  const query = layers(
    `SELECT ${sql} AS t`,
    `t AS given, ${trimmed} AS t`,
    `given, t, ${bare} AS b`,
    `given, t, ${digits} AS n, ifnull(nullif(ltrim(substr(b, length(${digits}) + 1)), ''), 's') AS w`,
    `iif(t GLOB '-*', -1, 1) * CAST(n AS INTEGER) AS n, ${checked} AS w`,
    `iif(w IS NULL, NULL, ${counted('months')}) AS m, ${counted('days')} AS d, ${counted('micros')} AS u`,
  );
  return intervalOf(query);
}

function names(): string {
  return intervalUnits()
    .map(([name]) => quoteText(name))
    .join(', ');
}
