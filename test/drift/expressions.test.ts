import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { openTwoDatabases, type TwoDatabases } from './two-databases.js';

/*
 * PostgreSQL prints an expression back in its own way; what the fallback keeps of the same one must be known for the same.
 */

let server: PostgresServer;
let two: TwoDatabases;

beforeAll(async () => {
  server = await startPostgres();
  two = await openTwoDatabases(server);
  await two.both((sequelize) => sequelize.query("CREATE TYPE st AS ENUM ('x', 'y')"));
});
afterAll(async () => {
  await two.dispose();
  await server.dispose();
});

const COLUMNS = `n integer, m integer, name varchar(20), t text, price numeric(10,2), b boolean, d date, ts timestamptz, j jsonb, arr text[],
  u uuid, state st, big bigint, f double precision, iv interval, tm time, ip inet`;

const CONDITIONS = [
  'price > 0',
  'price >= 0 AND price <= 100.5',
  "name <> ''",
  "name IN ('a','b')",
  "name NOT IN ('a','b')",
  "state IN ('x','y')",
  'length(name) > 3',
  'char_length(t) BETWEEN 1 AND 5',
  't IS NOT NULL OR n IS NULL',
  'NOT b',
  'b IS TRUE',
  'b = true',
  "t LIKE 'a%'",
  "t NOT LIKE '%b'",
  "t ILIKE 'A%'",
  'n % 2 = 0',
  'n + 1 > 2 * 3',
  '-n < 5',
  'n = ANY (ARRAY[1,2,3])',
  'coalesce(n, 0) > 1',
  "d > '2020-01-01'",
  "d BETWEEN '2020-01-01' AND '2021-01-01'",
  "j->>'a' = 'x'",
  "jsonb_typeof(j) = 'object'",
  'array_length(arr, 1) <= 5',
  'cardinality(arr) < 3',
  'CASE WHEN b THEN n > 0 ELSE n < 0 END',
  "n::text = '1'",
  'price::integer > 3',
  'lower(name) = name',
  "t ~ '^[a-z]+$'",
  "u <> '00000000-0000-0000-0000-000000000000'",
  '(n, m) <> (1, 2)',
  'n IS DISTINCT FROM m',
  'n BETWEEN SYMMETRIC 3 AND 1',
  'extract(year from d) > 2000',
  "n > 0 AND (m > 0 OR (b AND name = 'q'))",
  '((n IS NULL)::int + (m IS NULL)::int) = 1',
  "trim(name) <> ''",
  "position('@' in t) > 1",
  "name || t <> 'ab'",
  'price * 1.2 < 10',
  'big > 3000000000',
  'f > 1.5',
  "substring(t from 1 for 2) = 'ab'",
  'greatest(n, m) < 10',
  "state = 'x'::st",
  "name = 'it''s'",
  "t = E'a\\nb'",
  'n IN (1)',
  'NOT (n = 1 OR m = 2)',
  "ts > '2020-01-01 00:00:00+00'",
  "iv > interval '1 day'",
  "tm > '10:00'",
  "ip <<= '10.0.0.0/8'",
];

const DEFAULTS = [
  ['integer', '1 + 1'],
  ['integer', "'5'"],
  ['integer', '-1'],
  ['bigint', '5'],
  ['bigint', '3000000000'],
  ['bigint', '(extract(epoch from now()) * 1000)::bigint'],
  ['numeric(10,2)', '0.00'],
  ['numeric', '1e3'],
  ['numeric', "'1.50'"],
  ['text', "'a' || 'b'"],
  ['text', '5'],
  ['text', 'md5(random()::text)'],
  ['text', 'CURRENT_USER'],
  ['text', "to_char(now(), 'YYYY')"],
  ['varchar(5)', "'ab'::varchar"],
  ['varchar', 'NULL'],
  ['varchar(3)', 'NULL'],
  ['timestamp', 'now()'],
  ['timestamp', "timezone('utc', now())"],
  ['timestamp', "(now() at time zone 'utc')"],
  ['timestamptz', "now() + interval '1 day'"],
  ['timestamptz', "'2020-01-01'"],
  ['date', 'CURRENT_DATE'],
  ['date', 'now()'],
  ['time', 'LOCALTIME'],
  ['jsonb', '\'{"b": 1, "a":2}\''],
  ['json', "'{ }'"],
  ['jsonb', "'[]'::jsonb"],
  ['jsonb', "jsonb_build_object('a', 1)"],
  ['text[]', "'{}'"],
  ['text[]', 'ARRAY[]::text[]'],
  ['text[]', "'{a,b}'"],
  ['integer[]', 'ARRAY[1,2]'],
  ['integer[]', "'{1,2}'::int[]"],
  ['boolean', "'t'"],
  ['boolean', "'no'"],
  ['uuid', 'gen_random_uuid()'],
  ['uuid', "'00000000-0000-0000-0000-000000000000'::uuid"],
  ['st', "'x'::st"],
  ['inet', "'10.0.0.1'"],
  ['bytea', "'\\xab'"],
  ['interval', "interval '90 minutes'"],
  ['char(3)', "'ab'"],
  ['double precision', "'NaN'"],
  ['real', '0.1'],
  ['int4range', "'[1,3]'"],
] as const;

describe('the schema report knows for the same what PostgreSQL prints back otherwise', () => {
  it('of CHECKs and of the conditions of indexes', async () => {
    await two.both(async (sequelize) => {
      for (const [number, condition] of CONDITIONS.entries()) {
        await sequelize.query(`CREATE TABLE "${condition}" (${COLUMNS}, CONSTRAINT c${number} CHECK (${condition}))`);
        await sequelize.query(`CREATE INDEX i${number} ON "${condition}" (n) WHERE ${condition}`);
      }
    });
    const { findings, notes } = await two.report();
    expect([findings, notes]).toEqual([[], []]);
  });

  it('of defaults', async () => {
    await two.both(async (sequelize) => {
      for (const [type, text] of DEFAULTS) {
        const name = `${type} ${text}`.replaceAll('"', '');
        await sequelize.query(`CREATE TABLE "${name}" (x ${type} DEFAULT ${text})`);
      }
    });
    const { findings, notes } = await two.report();
    expect([findings, notes]).toEqual([[], []]);
  });
});
