import { QueryTypes } from 'sequelize';
import type { ContractCase, Site } from '../../contract-case.js';
import { outcomeOf } from '../../../../src/testing/outcome.js';

const TABLES = [
  'CREATE TABLE :t (id int PRIMARY KEY, s varchar(20), c char(4), n int, big bigint, price numeric(10,2), d double precision, b boolean, day date, tags text[], data jsonb)',
  'CREATE TABLE :o (id int PRIMARY KEY, tid int, s varchar(20), amount numeric(10,2))',
  `INSERT INTO :t VALUES (1, 'a', 'a', 7, 100, 10.50, 2.5, true, '2020-01-01', '{x,y}', '{"a": 1}'), (2, 'B', 'b', -7, -100, -10.50, -2.5, false, '2021-02-28', '{}', '{"a": "x"}'), (3, '5', '5', 5, 5, 5, 3.5, NULL, NULL, NULL, '5'), (4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), (5, '', '', 2147483647, 9223372036854775807, 99999999.99, 'NaN', true, 'infinity', '{NULL}', 'null')`,
  `INSERT INTO :o VALUES (1, 1, 'a', 1.10), (2, 1, 'b', 2.20), (3, 3, '5', NULL), (4, NULL, 'z', 9.99)`,
];

/** Two tables with one row of NULLs in the first, and text that looks like numbers. */
async function twoTables(site: Site): Promise<(sql: string) => string> {
  const named = (sql: string) => sql.replace(/:([to])\b/g, (_, name: string) => `"${site.name(name)}"`);
  for (const sql of TABLES) await site.sequelize.query(named(sql));
  return named;
}

/** Sends the statements one after the other, with the tables' names in place of `:t` and `:o`; what each gave is compared. */
export function asking(...statements: readonly string[]): ContractCase['run'] {
  return async (site) => {
    const named = await twoTables(site);
    const outcomes: unknown[] = [];
    for (const sql of statements) {
      outcomes.push(await outcomeOf(async () => (await site.sequelize.query(named(sql)))[0]));
    }
    return outcomes;
  };
}

/** Sends one statement, with values for `$1`, `$2`, …; used where the fallback refuses it. */
export function sending(sql: string, bind: readonly unknown[] = []): ContractCase['run'] {
  return async (site) => {
    const named = await twoTables(site);
    return await site.sequelize.query(named(sql), { type: QueryTypes.SELECT, ...(bind.length > 0 && { bind: [...bind] }) });
  };
}

/** The value of each expression, for each row of the first table. */
export const ofRows = (...expressions: readonly string[]) =>
  asking(...expressions.map((expression) => `SELECT ${expression} AS x FROM :t ORDER BY id`));

/** The value of each expression of constants. */
export const of = (...expressions: readonly string[]) => asking(...expressions.map((expression) => `SELECT ${expression} AS x`));

/** What each condition selects. */
export const selecting = (...conditions: readonly string[]) =>
  asking(...conditions.map((condition) => `SELECT id FROM :t WHERE ${condition} ORDER BY id`));

/** The statement with each of several values for `$1`. */
export function binding(sql: string, ...values: readonly unknown[]): ContractCase['run'] {
  return async (site) => {
    const named = await twoTables(site);
    const ask = (value: unknown) => outcomeOf(() => site.sequelize.query(named(sql), { type: QueryTypes.SELECT, bind: [value] }));
    return await Promise.all(values.map(ask));
  };
}
