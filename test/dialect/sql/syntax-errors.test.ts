import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import { parseStatements } from '../../../src/dialect/sql/parser.js';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.js';

let server: PostgresServer;
let client: pg.Client;

beforeAll(async () => {
  server = await startPostgres();
  client = new pg.Client({ connectionString: server.url });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await server.dispose();
});

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly position: string | undefined;
}

function refusal(error: unknown): Refusal {
  const { code, message, position } = error as Refusal;
  return { code, message, position };
}

async function theirs(sql: string): Promise<Refusal | undefined> {
  return client.query(sql).then(() => undefined, refusal);
}

function ours(sql: string): Refusal | undefined {
  try {
    parseStatements(sql);
    return undefined;
  } catch (error) {
    return refusal(error);
  }
}

describe('a wrong text is refused as the server refuses it', () => {
  it.each([
    'SELECT 1 FROM',
    'SELECT 1,',
    'SELECT (1',
    'SELECT 1)',
    'SELECT * FROM t WHERE',
    'SELECT * FROM t WHERE a = = 1',
    'SELECT * FROM t WHERE a IN ()',
    'SELECT * FROM t WHERE a NOT NULL',
    'SELECT a b c FROM t',
    "SELECT 'abc' 'def'",
    'SELECT * FROM select',
    'SELECT * FROM (t)',
    'SELECT * FROM a JOIN b ON',
    'SELECT 1 < 2 < 3',
    'SELECT CASE END',
    'SELECT CAST(1 AS)',
    'SELECT now()[1]',
    'SELECT count(*',
    'SELECT 1a',
    'SELECT left FROM t',
    'SELECT * FROM t ORDER a',
    'SELECT * FROM t GROUP BY',
    'SELECT (SELECT 1 FROM) FROM "ä" WHERE',
    'INSERT INTO t (a, b VALUES (1, 2)',
    'INSERT INTO t VALUES',
    'INSERT INTO t (a) VALUES (1) ON DUPLICATE KEY UPDATE a = 1',
    'INSERT t VALUES (1)',
    'UPDATE t a = 1',
    'UPDATE t SET a = 1,',
    'DELETE t WHERE a = 1',
    'DELETE FROM t LIMIT 1',
    'CREATE TABLE t (a int,)',
    'CREATE TABLE t (a INTEGER(11))',
    'CREATE TABLE t (a INTEGER UNSIGNED)',
    'CREATE UNIQUE t',
    'ALTER TABLE t FOO',
    'DROP TABLE',
    'BEGIN FOO',
    'ROLLBACK TO',
    'SELECT 1; SELECT',
    "SELECT 'abc",
    'SELECT "abc',
    'SELECT $q$abc',
    'SELECT /* abc',
    'SELECT ""',
    "SELECT 'ä' AS x, :a",
  ])('%s', async (sql) => {
    expect(ours(sql)).toEqual(await theirs(sql));
  });
});
