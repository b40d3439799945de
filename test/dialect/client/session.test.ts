import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BothClients, openBothClients } from './both-clients.js';

let clients: BothClients;

beforeAll(async () => {
  clients = await openBothClients();
}, 60_000);
afterAll(() => clients.dispose());

/** Every answer of the fallback is PostgreSQL's. */
async function same(...texts: (string | [text: string, values: unknown[]])[]): Promise<object[]> {
  const [postgres, fallback] = await clients.both(...texts);
  expect(fallback).toEqual(postgres);
  return fallback;
}

describe('a result', () => {
  it('has the command, the count, the rows and the columns of PostgreSQL', async () => {
    await same(
      'CREATE TABLE result (id serial PRIMARY KEY, name text UNIQUE, price numeric(10, 2), at timestamptz, big bigint)',
      `INSERT INTO result (name, price, at, big) VALUES ('a', 1.5, '2020-01-02 03:04:05.678+00', 9007199254740993)`,
      `INSERT INTO result (name) VALUES ('b'), ('c') RETURNING id, name`,
      'SELECT * FROM result ORDER BY id',
      'SELECT id, name AS id FROM result ORDER BY result.id',
      `UPDATE result SET price = 2 WHERE name <> 'a'`,
      'DELETE FROM result WHERE id > 2',
      'SELECT 1 AS one WHERE false',
      'DROP TABLE result',
    );
  });

  it('of a text without a statement is empty', async () => {
    await same('', ' ; ');
  });

  it('of several statements is a list', async () => {
    await same('CREATE TABLE several (id int); INSERT INTO several VALUES (1), (2); SELECT * FROM several ORDER BY id; DROP TABLE several');
  });
});

describe('parameters', () => {
  it('are counted', async () => {
    await same(
      ['SELECT $1::int AS a, $2::text AS b', [1, 'x']],
      ['SELECT $1::int AS a', [1, 2]],
      ['SELECT $1::int AS a, $2::int AS b', [1]],
      'SELECT $1::int AS a',
      ['SELECT 1; SELECT $1::int', [1]],
      ['SELECT $1::text AS a', [null]],
    );
  });
});

describe('several statements in one text', () => {
  it('are stored as a whole or not at all', async () => {
    await same(
      'CREATE TABLE whole (id int PRIMARY KEY)',
      'INSERT INTO whole VALUES (1); INSERT INTO whole VALUES (1)',
      'SELECT * FROM whole',
      'INSERT INTO whole VALUES (1); SELECT * FROM nowhere',
      'SELECT * FROM whole',
      'BEGIN; INSERT INTO whole VALUES (1); COMMIT',
      'SELECT * FROM whole',
      'INSERT INTO whole VALUES (2); ROLLBACK; INSERT INTO whole VALUES (3)',
      'SELECT * FROM whole ORDER BY id',
      'DROP TABLE whole',
    );
  });
});

describe('a transaction', () => {
  it('is aborted by a failed statement until its end', async () => {
    await same(
      'CREATE TABLE block (id int PRIMARY KEY)',
      'BEGIN',
      'INSERT INTO block VALUES (1)',
      'INSERT INTO block VALUES (1)',
      'SELECT * FROM block',
      'SAVEPOINT a',
      'COMMIT',
      'SELECT * FROM block',
      'BEGIN',
      'SELECT * FROM nowhere',
      'ROLLBACK',
      'SELECT 1 AS one',
      'DROP TABLE block',
    );
  });

  it('is revived by ROLLBACK TO', async () => {
    await same(
      'CREATE TABLE revived (id int PRIMARY KEY)',
      'BEGIN',
      'INSERT INTO revived VALUES (1)',
      'SAVEPOINT "a b"',
      'INSERT INTO revived VALUES (2)',
      'INSERT INTO revived VALUES (1)',
      'ROLLBACK TO "a b"',
      'SELECT * FROM revived',
      'ROLLBACK TO SAVEPOINT "a b"',
      'RELEASE SAVEPOINT "a b"',
      'RELEASE SAVEPOINT "a b"',
      'ROLLBACK TO "a b"',
      'ROLLBACK',
      'DROP TABLE revived',
    );
  });

  it('takes its definitions back when it is rolled back', async () => {
    await same(
      'BEGIN',
      'CREATE TABLE dropped (id int)',
      'INSERT INTO dropped VALUES (1)',
      'SAVEPOINT s',
      'ALTER TABLE dropped ADD COLUMN name text',
      'SELECT * FROM dropped',
      'ROLLBACK TO s',
      'SELECT * FROM dropped',
      'ROLLBACK',
      'SELECT * FROM dropped',
    );
  });

  it('takes an isolation level before its first query only', async () => {
    await same(
      'BEGIN',
      'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE',
      'SHOW transaction_isolation',
      'SELECT 1 AS one',
      'SET TRANSACTION ISOLATION LEVEL READ COMMITTED',
      'ROLLBACK',
      'BEGIN ISOLATION LEVEL REPEATABLE READ',
      'SHOW transaction_isolation',
      'COMMIT',
    );
  });

  it('refuses to write where it only reads', async () => {
    await same(
      'CREATE TABLE readonly (id int)',
      'BEGIN READ ONLY',
      'SELECT * FROM readonly',
      'SAVEPOINT s',
      'INSERT INTO readonly VALUES (1)',
      'ROLLBACK TO s',
      'UPDATE readonly SET id = 1',
      'ROLLBACK TO s',
      'DELETE FROM readonly',
      'ROLLBACK TO s',
      'CREATE TABLE other (id int)',
      'ROLLBACK TO s',
      'DROP TABLE readonly',
      'ROLLBACK TO s',
      'TRUNCATE readonly',
      'ROLLBACK',
      'DROP TABLE readonly',
    );
  });

  it('has one time', async () => {
    const answers = await same(
      'BEGIN',
      'CREATE TABLE times (at timestamptz)',
      'INSERT INTO times VALUES (now())',
      'SELECT count(*) FROM times WHERE at = now()',
      'ROLLBACK',
    );
    expect(answers[3]).toMatchObject({ rows: [{ count: '1' }] });
  });

  it('checks deferred constraints at its end, or when they become immediate', async () => {
    await same(
      'CREATE TABLE parent (id int PRIMARY KEY)',
      'CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent DEFERRABLE INITIALLY IMMEDIATE)',
      'INSERT INTO child VALUES (1, 1)',
      'BEGIN',
      'SET CONSTRAINTS ALL DEFERRED',
      'INSERT INTO child VALUES (1, 1)',
      'INSERT INTO parent VALUES (1)',
      'COMMIT',
      'BEGIN; SET CONSTRAINTS ALL DEFERRED',
      'INSERT INTO child VALUES (2, 2)',
      'COMMIT',
      'SELECT * FROM child',
      'DROP TABLE child',
      'DROP TABLE parent',
    );
  });
});

describe('control outside a transaction', () => {
  it('is refused or does nothing', async () => {
    await same('SAVEPOINT a', 'RELEASE SAVEPOINT a', 'ROLLBACK TO a', 'COMMIT', 'ROLLBACK');
  });
});

describe('parameters of the session', () => {
  it('are shown as they were set', async () => {
    await same(
      'SHOW search_path',
      `SET application_name TO 'me'`,
      'SHOW application_name',
      `SET "app.user" = 'u1'`,
      'SET nothing = 1',
      'SHOW nothing',
      `SET statement_timeout = 0`,
      'SHOW standard_conforming_strings',
    );
  });

  it('that would change what statements mean are refused', async () => {
    const [, fallback] = await clients.both(`SET TIME ZONE 'Europe/Berlin'`, `SET bytea_output = 'escape'`, `SET TIME ZONE 'UTC'`);
    expect(fallback).toMatchObject([{ code: 'UNSUPPORTED_ON_FALLBACK' }, { code: 'UNSUPPORTED_ON_FALLBACK' }, { command: 'SET' }]);
  });

  it('change the schemas that names are looked for in', async () => {
    await same(
      'CREATE SCHEMA other; CREATE TABLE other.things (id int); INSERT INTO other.things VALUES (7)',
      'SET search_path TO other, public',
      'SELECT * FROM things',
      'DROP SCHEMA other CASCADE',
    );
  });
});
