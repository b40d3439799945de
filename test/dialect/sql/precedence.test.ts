import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import { parseExpressionText } from '../../../src/dialect/sql/parser.js';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.js';
import { printed } from './printed.js';

let server: PostgresServer;
let client: pg.Client;

beforeAll(async () => {
  server = await startPostgres();
  client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query('CREATE TABLE t (a bool, b bool, c bool, n int, s text, d timestamptz, ints int[], data jsonb)');
  await client.query(operators());
});

afterAll(async () => {
  await client.end();
  await server.dispose();
});

const INFIX = ['+', '-', '*', '/', '%', '^', '||', '->', '->>', '#>>', '@>', '&&', '|', '&', '#', '~', '!~', '@@', '?', '?|', '<<', '|>'];
const PREFIX = ['-', '+', '@', '~', '!!', '|/'];

/** All infix operators for booleans, so that any of them may stand beside any other. */
function operators(): string {
  const like = ['~~', '!~~', '~~*', '!~~*'].map((name) => infix(name));
  return [
    ...INFIX.map((name) => infix(name)),
    ...like,
    ...PREFIX.map((name) => `CREATE OPERATOR ${name} (rightarg = bool, function = boolnot_)`),
  ].reduce((sql, statement) => `${sql};${statement}`, 'CREATE FUNCTION boolnot_(bool) RETURNS bool LANGUAGE sql AS $$ SELECT $1 $$');
}

function infix(name: string): string {
  return `CREATE OPERATOR ${name} (leftarg = bool, rightarg = bool, function = booleq)`;
}

/** What PostgreSQL makes of an expression, or its error. */
async function understood(expression: string): Promise<string> {
  try {
    await client.query(`CREATE OR REPLACE VIEW v AS SELECT (${expression})::text AS x FROM t`);
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return `${code} ${message}`;
  }
  const { rows } = await client.query<{ def: string }>(`SELECT pg_get_viewdef('v') AS def`);
  return rows[0]?.def ?? '';
}

/** Asks the server twice: for the text, and for what the parser says it means. */
async function bothReadings(expression: string): Promise<[original: string, parsed: string]> {
  const original = await understood(expression);
  try {
    return [original, await understood(printed(parseExpressionText(expression)))];
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return [original, `${code} ${message}`];
  }
}

describe('precedence', () => {
  it.each([
    'NOT a AND b OR c',
    'a OR b AND NOT c = a',
    'a = b IS NULL',
    'a IS NULL = b',
    'a < b = c',
    'a <> b AND b != c',
    'n + 1 * 2 - 3 / 4 % 5 > 2 ^ 3 ^ 2',
    '-n ^ 2',
    '- n * - n',
    '-s::int + 1',
    "s || 'a' LIKE 'b' || s",
    "n + 1 || s = '2' || s",
    "s LIKE 'a' ESCAPE '!' AND a",
    "s NOT ILIKE 'a' = b",
    'n BETWEEN 1 AND 2 AND a',
    'n NOT BETWEEN SYMMETRIC n + 1 AND 2 + n OR b',
    'n IN (1, 2) = a',
    'n NOT IN (SELECT 1 UNION SELECT 2) AND a',
    'n = ANY (ints) AND NOT n <> ALL (SELECT 1)',
    "s LIKE ANY (ARRAY['a', s]) OR s NOT ILIKE ALL (ARRAY['b'])",
    "d AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Berlin' = now()",
    "now() AT TIME ZONE 'UTC' + interval '1 day' * 2 > d",
    's COLLATE "C" || s COLLATE "C" < s',
    "data -> 'a' ->> 'b' = 'c' || s",
    "data #>> '{a,b}' = '1' AND data @> '{}' AND data ? 'x'",
    "(data #>> '{a}')::int + 1 > n",
    'ints[1] + ints[n - 1] = n AND ints[1:2] && ints',
    '(n, s) > (1, s) AND ROW(n, s) IN ((1, s), (2, s))',
    '((n)) = (SELECT 1) AND ((SELECT 1) + 2) > n',
    'n = ((SELECT 1) UNION SELECT 2)',
    'a IS DISTINCT FROM b AND c',
    'a IS NOT DISTINCT FROM b = c',
    'a IS TRUE OR b IS NOT FALSE AND c IS UNKNOWN',
    'a ISNULL = b NOTNULL',
    'CASE n WHEN 1 THEN a ELSE b END = c',
    'CASE WHEN a THEN 1 WHEN b THEN 2 END + 1',
    'extract(year FROM d) + 1',
    "position('a' IN s) + 1",
    '(d, d) OVERLAPS (d, d) AND a',
    "s SIMILAR TO 'a' OR a",
    'n OPERATOR(pg_catalog.+) 2 * 3',
    "DATE '2020-01-01' + 1 > d",
    "timestamp(3) with time zone '2020-01-01' + interval '1' day = d",
    'CAST(n AS numeric(10, 2))::varchar(5) || s',
    'a = NOT b = c',
    '@ n + 1',
    '~ n & 3 | 4 # 5',
    '2 - -1 - - 3',
    'n<-1',
    'n>-n',
    'count(*) FILTER (WHERE a) OVER (PARTITION BY n ORDER BY s DESC NULLS LAST ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) + 1',
    'EXISTS (SELECT 1 FROM t WHERE a) AND ARRAY(SELECT 1) = ints',
    'ARRAY[[1, 2], [3, n]] = ARRAY[ints]',
    "E'a\\'b\\n\\u0041' || U&'d\\0061t' || $$x'y$$ || 'it''s' = s",
    'percentile_cont(0.5) WITHIN GROUP (ORDER BY n) + 1',
    "string_agg(DISTINCT s, ',' ORDER BY s)",
    'a < b < c',
    's LIKE s LIKE s',
    'n BETWEEN 1 AND 2 BETWEEN 3 AND 4',
    'a IS DISTINCT FROM b IS NULL',
  ])('%s is read as PostgreSQL reads it', async (expression) => {
    const [original, parsed] = await bothReadings(expression);
    expect(original).not.toMatch(/^42(?!601|803|P20)/);
    expect(parsed).toBe(original);
  });

  it('holds for random expressions', async () => {
    const random = seeded(20260801);
    let valid = 0;
    for (let round = 0; round < 1000; round++) {
      const expression = randomExpression(random, 2 + random(6));
      const [original, parsed] = await bothReadings(expression);
      expect(parsed, expression).toBe(original);
      if (!original.startsWith('42')) valid++;
    }
    expect(valid).toBeGreaterThan(300);
  });
});

type Random = (below: number) => number;

function seeded(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
}

function randomExpression(random: Random, length: number): string {
  const pick = (choices: readonly string[]) => choices[random(choices.length)] ?? '';
  const operand = () =>
    `${pick(['', '', '', '', 'NOT ', ...PREFIX.map((name) => `${name} `)])}${pick(['a', 'b', 'c', '(a OR b)', 'true'])}${pick(['', '', '', '::bool'])}`;
  let text = operand();
  for (let at = 0; at < length; at++) text += ` ${pick(CONNECTORS)}`.replaceAll('$', () => operand());
  return text;
}

const CONNECTORS = [
  ...INFIX.map((name) => `${name} $`),
  ...['AND $', 'OR $', '= $', '<> $', '< $', '>= $', 'AND $', 'OR $', '= $'],
  ...['IS NULL', 'IS NOT TRUE', 'ISNULL', 'IS DISTINCT FROM $', 'IS NOT DISTINCT FROM $'],
  ...[
    'LIKE $',
    'NOT ILIKE $',
    'BETWEEN $ AND $',
    'NOT BETWEEN $ AND $',
    'IN ($, $)',
    'NOT IN ($)',
    '= ANY (ARRAY[$, $])',
    '+ ALL (ARRAY[$])',
  ],
];
