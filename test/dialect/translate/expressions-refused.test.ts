import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.js';
import { ExpressionEngines } from './expression-engines.js';

let server: PostgresServer;
let engines: ExpressionEngines;

beforeAll(async () => {
  server = await startPostgres();
  await server.query('CREATE EXTENSION citext');
  engines = await ExpressionEngines.connect(server.url);
});

afterAll(async () => {
  await engines.close();
  await server.dispose();
});

const notAvailable = expect.stringContaining('not available on the SQLite fallback') as string;

/** Known when the statement is translated, or bound. */
const atOnce: readonly [string, unknown[]?][] = [
  ["SELECT 'abc' ~ '^([a-z]{2})+$'"],
  ["SELECT 'abc' ~ '(?i)A'"],
  ["SELECT 'abc' ~ '\\mabc'"],
  ["SELECT 'abc' ~ '^(a|b)*c'"],
  ["SELECT 'abc' ~ $1", ['^x*a']],
  ["SELECT a ~ b FROM (VALUES ('a', 'a')) AS t (a, b)"],
  ["SELECT 'a' SIMILAR TO a FROM (VALUES ('a')) AS t (a)"],
  ["SELECT 'a' LIKE '\ufffd'"],
  ["SELECT 'ä' ILIKE 'Ä'"],
  ["SELECT 'ä' ILIKE $1", ['Ä']],
  ["SELECT 'ä' ~* 'Ä'"],
  ["SELECT 'a'::citext = 'ä'"],
  ["SELECT 'a'::citext IN ('a', 'ä')"],
  ['SELECT \'a\' COLLATE "en_US"'],
  ["SELECT substring('abc' FROM 'b.')"],
  ["SELECT md5(a) FROM (VALUES ('a')) AS t (a)"],
  ["SELECT regexp_replace('a', 'b+', 'c')"],
  ['SELECT pg_typeof(1)::text'],
  ['SELECT stddev(a) + 1 FROM (VALUES (1), (2)) AS t (a)'],
  ["SELECT format(a) FROM (VALUES ('a')) AS t (a)"],
  ['SELECT current_time'],
];

/** Known when the row is read. */
const atRunTime: readonly [string][] = [
  ["SELECT lower('Ä')"],
  ["SELECT upper('ä')"],
  ["SELECT initcap('straße')"],
  ["SELECT 'a' LIKE a FROM (VALUES ('\\%' || chr(1))) AS t (a)"],
  ["SELECT 'é' ~ '\\w'"],
  ["SELECT '\u212a' ILIKE 'k'"],
  ["SELECT 'a' ILIKE a FROM (VALUES ('Ä')) AS t (a)"],
  ['SELECT avg(a) FROM (VALUES (4700000000000000000::int8), (1)) AS t (a)'],
];

describe('what the fallback can not do the same', () => {
  test.each(atOnce)('%s is refused when it is translated or bound', async (text, values) => {
    const answer = await engines.fallback(text, values);
    expect(answer).toMatchObject({ code: 'UNSUPPORTED_ON_FALLBACK', message: notAvailable });
  });

  test.each(atRunTime)('%s is refused when it runs', async (text) => {
    expect(await engines.fallback(text)).toMatchObject({ code: 'UNSUPPORTED_ON_FALLBACK', message: notAvailable });
  });
});

describe('letters beyond ASCII that a function leaves alone', () => {
  test.each([
    ["SELECT lower('straße und café')"],
    ["SELECT upper('ÄÖÜ €')"],
    ["SELECT 'Ä' ILIKE '_', 'ä€' ILIKE '%€'"],
    ["SELECT 'a'::citext = 'a€'"],
  ])('%s answers as PostgreSQL', async (text) => {
    const expected = text.includes('citext') ? { code: 'UNSUPPORTED_ON_FALLBACK' } : await engines.postgres(text);
    expect(await engines.fallback(text)).toMatchObject(expected);
  });
});

describe('long statements', () => {
  test('a thousand conditions joined by OR are not too deep', async () => {
    const conditions = Array.from({ length: 1200 }, (_, index) => `a = ${index}`).join(' OR ');
    const text = `SELECT count(*) FROM (VALUES (1), (2), (5000)) AS t (a) WHERE ${conditions}`;
    expect(await engines.fallback(text)).toEqual(await engines.postgres(text));
  });

  test('a list of forty thousand numbers is compared', async () => {
    const list = Array.from({ length: 40_000 }, (_, index) => index).join(', ');
    const text = `SELECT count(*) FROM (VALUES (1), (2), (50000)) AS t (a) WHERE a IN (${list})`;
    expect(await engines.fallback(text)).toEqual(await engines.postgres(text));
  });
});

describe('values that are made anew', () => {
  test('each row has a UUID of its own, of version 4', async () => {
    const answer = await engines.fallback('SELECT gen_random_uuid(), uuid_generate_v4() FROM (VALUES (1), (2)) AS t (a)');
    const uuids = 'rows' in answer ? answer.rows.flat() : [];
    expect(new Set(uuids).size).toBe(4);
    for (const uuid of uuids) expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test('random() lies between 0 and 1 and differs', async () => {
    const answer = await engines.fallback('SELECT random() FROM (VALUES (1), (2), (3)) AS t (a)');
    const numbers = 'rows' in answer ? answer.rows.map(([number]) => Number(number)) : [];
    expect(new Set(numbers).size).toBe(3);
    expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
  });

  test('functions that only SQLite has do not exist, but for sqlite_version()', async () => {
    for (const call of ['ifnull(NULL, 3)', `json_extract('{"a":5}', '$.a')`, `instr('abc', 'c')`, `strftime('%Y', '2020-01-02')`]) {
      expect(await engines.fallback(`SELECT ${call}`)).toMatchObject({ code: '42883' });
    }
    expect(await engines.fallback('SELECT sqlite_version()')).toMatchObject({ rows: [[expect.stringMatching(/^3\./)]] });
  });
});
