import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engines } from './statements-engines.js';
import { SCHEMA } from './statements-schema.js';

let engines: Engines;

beforeAll(async () => {
  engines = await Engines.start();
  await engines.prepare(SCHEMA);
});

afterAll(() => engines.stop());

describe('plans', () => {
  it('binds a literal once for each type it has', () => {
    const { slots, fixedLiterals } = engines.plan("SELECT id FROM users WHERE name = 'ann' AND age = 30");
    expect(slots.map(({ source }) => source)).toEqual([
      { from: 'literal', slot: 0 },
      { from: 'literal', slot: 1 },
    ]);
    expect(fixedLiterals).toEqual(new Set());
  });

  it('binds a parameter that stands at places of two types twice, and of one type once', () => {
    const { slots } = engines.plan('SELECT id FROM users WHERE age = $1 OR id = $1 OR name = $1');
    expect(slots.map(({ source }) => source)).toEqual([
      { from: 'parameter', number: 1 },
      { from: 'parameter', number: 1 },
    ]);
  });

  it('holds for the values of positions alone', () => {
    expect(engines.plan('SELECT id, age FROM users ORDER BY 2 LIMIT 5').fixedLiterals).toEqual(new Set([0]));
  });

  it('holds for the literals that decide whether an expression is grouped', () => {
    expect(engines.plan('SELECT age + 1 FROM users GROUP BY age + 1').fixedLiterals).toEqual(new Set([0, 1]));
  });

  it('names the table that it writes', () => {
    const { table, writes, command, columns } = engines.plan("INSERT INTO app.items (code, qty) VALUES ('Z', 1)");
    expect({ table, writes, command, columns }).toEqual({ table: ['app', 'items'], writes: true, command: 'INSERT', columns: undefined });
  });

  it('has no slots that its SQL does not use', () => {
    const { sql, slots } = engines.plan('SELECT age AS x FROM users GROUP BY x HAVING age > 5 ORDER BY x');
    expect(slots).toHaveLength((sql.match(/\?\d+/g) ?? []).length);
  });

  it('writes literals out where there are more than SQLite takes', async () => {
    const rows = Array.from({ length: 12_000 }, (_, index) => `('c${index}', ${index}, 't?1''${index}')`);
    const { postgres, sqlite } = await engines.answers(
      `INSERT INTO app.items (code, qty, tag) VALUES ${rows.join(', ')}`,
      [],
      "SELECT count(*), sum(qty), max(tag), min(code) FROM app.items WHERE tag LIKE 't%'",
    );
    expect(sqlite).toEqual(postgres);
  });

  it('joins more selects than SQLite takes in one compound', async () => {
    const parts = Array.from({ length: 900 }, (_, index) => `SELECT ${index} AS n`);
    const { postgres, sqlite } = await engines.answers(`SELECT count(*), max(n) FROM (${parts.join(' UNION ALL ')}) AS x`);
    expect(sqlite).toEqual(postgres);
  });

  it('refuses more parameters than SQLite takes', () => {
    const rows = Array.from({ length: 17_000 }, (_, index) => `($${2 * index + 1}, $${2 * index + 2})`);
    expect(() => engines.plan(`INSERT INTO app.items (code, qty) VALUES ${rows.join(', ')}`)).toThrow(/more than 32766 parameters/);
  });
});

describe('where SQLite differs', () => {
  it('numbers rows on from the greatest number, also from one that was given', async () => {
    const { sqlite } = await engines.answers("INSERT INTO teams (id, name) VALUES (DEFAULT, 'x'), (50, 'y'), (DEFAULT, 'z') RETURNING id");
    expect(sqlite).toEqual([{ columns: ['id'], rows: [['4'], ['50'], ['51']] }]);
  });

  it.each([
    'SELECT u FROM users u',
    'SELECT x.n FROM teams t, LATERAL (SELECT t.id AS n) x',
    'SELECT xmin FROM users',
    'UPDATE users SET age = 1 FROM teams t WHERE t.id = users.id RETURNING t.name',
    'DELETE FROM posts USING users u WHERE u.id = posts.user_id RETURNING u.name',
    "INSERT INTO active_users (id, name) VALUES (1, 'a')",
    'WITH x AS (DELETE FROM posts RETURNING id) SELECT * FROM x',
    'SELECT age, count(*) FROM users GROUP BY ROLLUP (age)',
    'SELECT balance FROM users EXCEPT SELECT 1.0',
    'SELECT id, 1 + generate_series(1, 2) FROM users',
  ])('refuses %s', async (text) => {
    const { sqlite } = await engines.answers(text);
    expect(sqlite).toEqual([{ code: 'UNSUPPORTED_ON_FALLBACK', message: expect.any(String) as string }]);
  });
});
