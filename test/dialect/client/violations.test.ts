import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BothClients, openBothClients } from './both-clients.js';

let clients: BothClients;

beforeAll(async () => {
  clients = await openBothClients();
}, 60_000);
afterAll(() => clients.dispose());

async function same(...texts: (string | [text: string, values: unknown[]])[]): Promise<void> {
  const [postgres, fallback] = await clients.both(...texts);
  expect(fallback).toEqual(postgres);
}

describe('the error of a violated constraint', () => {
  it('tells the key and its values', async () => {
    await same(
      'CREATE TABLE keys (id serial PRIMARY KEY, name varchar(20) UNIQUE, price numeric(8, 2), at timestamptz, UNIQUE (price, at))',
      `INSERT INTO keys (name, price, at) VALUES ('a', 1.5, '2020-01-02 03:04:05+00'), ('b', NULL, NULL)`,
      `INSERT INTO keys (name) VALUES ('c'), ('a')`,
      `INSERT INTO keys (name) VALUES ('d'), ('d')`,
      `INSERT INTO keys (id, name) VALUES (1, 'e')`,
      ['INSERT INTO keys (price, at) VALUES ($1, $2)', ['1.50', new Date('2020-01-02T03:04:05Z')]],
      `UPDATE keys SET name = 'a' WHERE name = 'b'`,
      `INSERT INTO keys (id, name) VALUES (2, 'a') ON CONFLICT (id) DO UPDATE SET name = excluded.name`,
      'SELECT id, name FROM keys ORDER BY id',
      'DROP TABLE keys',
    );
  });

  it('tells which foreign key it was, and on which side', async () => {
    await same(
      'CREATE TABLE owners (id int PRIMARY KEY, code text UNIQUE)',
      'CREATE TABLE pets (id int PRIMARY KEY, owner int REFERENCES owners, vet text REFERENCES owners (code), friend int REFERENCES pets)',
      `INSERT INTO owners VALUES (1, 'x')`,
      'INSERT INTO pets VALUES (1, 2)',
      `INSERT INTO pets VALUES (1, 1, 'y')`,
      'INSERT INTO pets VALUES (1, 1, NULL, 9)',
      `INSERT INTO pets VALUES (1, 1, 'x', 1)`,
      'UPDATE pets SET owner = 7',
      'DELETE FROM owners',
      `UPDATE owners SET code = 'z'`,
      'SELECT * FROM pets',
      'DROP TABLE pets',
      'DROP TABLE owners',
    );
  });

  it('leaves nothing behind, in a transaction and outside', async () => {
    await same(
      'CREATE TABLE left_behind (id int PRIMARY KEY)',
      'INSERT INTO left_behind VALUES (1)',
      'INSERT INTO left_behind VALUES (2), (1)',
      'BEGIN',
      'INSERT INTO left_behind VALUES (3)',
      'SAVEPOINT s',
      'INSERT INTO left_behind VALUES (4), (1)',
      'ROLLBACK TO s',
      'COMMIT',
      'SELECT * FROM left_behind ORDER BY id',
      'DROP TABLE left_behind',
    );
  });
});
