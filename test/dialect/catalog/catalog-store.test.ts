import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { catalogVersion, readCatalog } from '../../../src/dialect/catalog/catalog-store.js';
import { runDefinition } from '../../../src/dialect/catalog/definitions.js';
import type { SqlSession } from '../../../src/dialect/catalog/session.js';
import type { DefinitionStatement } from '../../../src/dialect/sql/ast.js';
import { parseStatements } from '../../../src/dialect/sql/parser.js';
import { openSession } from './two-engines.js';

let folder: string;
let file: string;
let open: { session: SqlSession; close: () => Promise<void> }[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sequelize-resilient-'));
  file = join(folder, 'catalog.sqlite');
  open = [];
});
afterEach(async () => {
  for (const { close } of open) await close();
  await rm(folder, { recursive: true });
});

function session(): SqlSession {
  const opened = openSession(file);
  open.push(opened);
  return opened.session;
}

async function define(on: SqlSession, ...texts: string[]) {
  let catalog = await readCatalog(on);
  for (const text of texts) {
    for (const { statement } of parseStatements(text))
      catalog = (await runDefinition(statement as DefinitionStatement, on, catalog)).catalog;
  }
  return catalog;
}

describe('the catalog of a file', () => {
  it('is read as it was written, by another process too', async () => {
    const written = await define(
      session(),
      "CREATE SCHEMA s; CREATE TYPE s.mood AS ENUM ('a', 'b')",
      "CREATE TABLE s.t (id SERIAL PRIMARY KEY, m s.mood DEFAULT 'a', ms s.mood[], n NUMERIC(10,2) NOT NULL CHECK (n > 0))",
      'CREATE TABLE u (t INT REFERENCES s.t, v VARCHAR(3) UNIQUE); CREATE INDEX i ON u (lower(v)) WHERE t > 1',
      'CREATE VIEW w AS SELECT * FROM u',
    );
    const read = await readCatalog(session());
    expect([...read.tables()]).toEqual([...written.withCommittedEnums().tables()]);
    expect([...read.enums()]).toEqual([...written.withCommittedEnums().enums()]);
    expect([...read.schemas()]).toEqual(['public', 's']);
    expect(read.version).toBe(written.version);
    expect(read.table(['s', 't'])?.columns[1]?.type.enum).toBe(read.enumType(['s', 'mood']));
  });

  it('has another version after every change, and none where nothing was changed', async () => {
    const on = session();
    expect(await catalogVersion(on)).toBe(0);
    const first = await define(on, 'CREATE TABLE t (id INT)');
    const second = await define(on, "COMMENT ON TABLE t IS 'x'");
    const same = await define(on, 'CREATE TABLE IF NOT EXISTS t (id INT)');
    expect(second.version).toBeGreaterThan(first.version);
    expect(same.version).toBe(second.version);
    expect(await catalogVersion(session())).toBe(second.version);
  });

  it('is rolled back together with the tables', async () => {
    const on = session();
    await define(on, 'CREATE TABLE t (id INT, a INT)');
    await on.run('INSERT INTO t VALUES (1, NULL)');
    const before = await readCatalog(on);
    await on.run('BEGIN IMMEDIATE');
    await define(on, 'ALTER TABLE t DROP COLUMN id, ADD COLUMN b TEXT, ADD CHECK (a > 1)', 'CREATE TABLE u (id INT)');
    await on.run('ROLLBACK');
    expect([...(await readCatalog(on)).tables()]).toEqual([...before.tables()]);
    expect(await on.all('SELECT * FROM t')).toEqual([{ id: 1, a: null }]);
    await on.run('INSERT INTO t VALUES (1, 0)');
  });

  it('shows a change to other connections that have the table open', async () => {
    const [writer, reader] = [session(), session()];
    await writer.all('PRAGMA journal_mode = WAL');
    await define(writer, 'CREATE TABLE t (id INT)');
    await writer.run('INSERT INTO t VALUES (1)');
    expect(await reader.all('SELECT * FROM t')).toEqual([{ id: 1 }]);
    await define(writer, "ALTER TABLE t ADD COLUMN b TEXT NOT NULL DEFAULT 'x'");
    expect(await reader.all('SELECT * FROM t')).toEqual([{ id: 1, b: 'x' }]);
  });

  it('describes tables that something else has made', async () => {
    const on = session();
    await on.run('CREATE TABLE other (id INTEGER PRIMARY KEY, name VARCHAR(10) NOT NULL, ratio REAL, data BLOB)');
    const table = (await readCatalog(on)).table(['other']);
    expect(table?.columns.map(({ name, type, notNull }) => [name, type.key, notNull])).toEqual([
      ['id', 'int8', true],
      ['name', 'text', true],
      ['ratio', 'float8', false],
      ['data', 'bytea', false],
    ]);
    expect(table?.rowidColumn).toBe('id');
  });
});
