import { describe, expect, it } from 'vitest';
import type { Statement } from '../../../src/dialect/sql/ast.js';
import { parseExpressionText, parseStatements } from '../../../src/dialect/sql/parser.js';
import { printed, printedSelect } from './printed.js';

function only(sql: string): Statement {
  const [first, ...others] = parseStatements(sql);
  if (first === undefined || others.length > 0) throw new Error(`not one statement: ${sql}`);
  return first.statement;
}

function type(name: string, modifiers: string[] = [], dimensions = 0) {
  return { path: name.split('.'), modifiers, dimensions };
}

describe('expressions', () => {
  it.each([
    ["trim(both 'x' from s)", `"btrim"("s", 'x')`],
    ['trim(leading from s)', `"ltrim"("s")`],
    ["trim(trailing 'x' from s)", `"rtrim"("s", 'x')`],
    ['trim(s)', '"btrim"("s")'],
    ['substring(s from 2 for 3)', '"substring"("s", 2, 3)'],
    ['substring(s, 2)', '"substring"("s", 2)'],
    ['substring(s for 3)', '"substring"("s", CAST(true AS int4), 3)'],
    ["overlay(s placing 'x' from 2)", `"overlay"("s", 'x', 2)`],
    ["extract('year' from d)", `extract('year' FROM "d")`],
    ['current_timestamp(3)', 'CAST(current_timestamp AS timestamp(3) with time zone)'],
    ["interval '1' hour to minute", `CAST('1' AS interval hour to minute)`],
    ["interval(3) '1'", `CAST('1' AS interval(3))`],
    ["citext 'x'", `CAST('x' AS citext)`],
    ['a::public."Mood"[]', 'CAST("a" AS "public"."Mood"[])'],
    ['a::character varying(10)', 'CAST("a" AS character varying(10))'],
    ['(a).b', '("a")."b"'],
    ['(testfunc.response).*', '("testfunc"."response").*'],
    ['a.b.c', '"a"."b"."c"'],
    ['position', '"position"'],
    ['user', 'current_user'],
    ['current_schema()', '"current_schema"()'],
    ['a != 1', '("a" <> 1)'],
  ])('%s', (sql, expected) => expect(printed(parseExpressionText(sql))).toBe(expected));

  it('gives a word that is no literal of the text the slot -1', () => {
    expect(parseExpressionText('extract(year from a)')).toMatchObject({ args: [{ text: 'year', slot: -1 }, { kind: 'column' }] });
  });
});

describe('queries', () => {
  it.each([
    ['SELECT FROM t', 'SELECT  FROM "t"'],
    ['SELECT a b, c AS "D", 1 name FROM x.t u', 'SELECT "a" AS "b", "c" AS "D", 1 AS "name" FROM "x"."t" AS "u"'],
    ['(SELECT 1)', 'SELECT 1'],
    ['((SELECT 1) LIMIT 2)', 'SELECT 1 LIMIT 2'],
    ['(SELECT 1 LIMIT 1) LIMIT 2', '(SELECT 1 LIMIT 1) LIMIT 2'],
    [
      'SELECT 1 UNION SELECT 2 INTERSECT ALL SELECT 3 EXCEPT SELECT 4',
      '((SELECT 1 union (SELECT 2 intersect ALL SELECT 3)) except SELECT 4)',
    ],
    [
      'SELECT 1 UNION (SELECT 2 UNION SELECT 3 ORDER BY 1) ORDER BY 1',
      '(SELECT 1 union ((SELECT 2 union SELECT 3) ORDER BY 1 )) ORDER BY 1 ',
    ],
    ['VALUES (1, 2), (3, 4)', 'VALUES (1, 2), (3, 4)'],
    ['TABLE t', 'SELECT * FROM "t"'],
    ['SELECT 1 OFFSET 2 ROWS FETCH FIRST 3 ROWS ONLY', 'SELECT 1 LIMIT 3 OFFSET 2'],
    ['SELECT * FROM t LIMIT ALL', 'SELECT * FROM "t"'],
  ])('%s', (sql, expected) => {
    const select = only(sql);
    expect(select.kind === 'select' && printedSelect(select)).toBe(expected);
  });

  const joined = (sql: string) => only(`SELECT * FROM ${sql}`) as unknown as { body: { from: unknown[] } };

  it('nests joins as PostgreSQL does', () => {
    expect(joined('a LEFT OUTER JOIN b JOIN c ON x ON y CROSS JOIN d').body.from).toMatchObject([
      {
        type: 'cross',
        left: {
          type: 'left',
          left: { name: ['a'] },
          right: { type: 'inner', left: { name: ['b'] }, right: { name: ['c'] } },
          on: { path: ['y'] },
        },
        right: { name: ['d'] },
      },
    ]);
    expect(joined('a NATURAL FULL JOIN b, (c JOIN d USING (e, f))').body.from).toMatchObject([
      { type: 'full', natural: true },
      { using: ['e', 'f'] },
    ]);
  });

  it('tells queries, functions and joins in FROM apart', () => {
    expect(
      joined(`((SELECT 1) AS x JOIN y ON true), LATERAL (VALUES (1)) AS v(a), ((SELECT 1) UNION SELECT 2) u, f(1) WITH ORDINALITY AS g(n, o),
        json_to_recordset('[]') AS r(a int, b text[]), coalesce(1, 2) c`).body.from,
    ).toMatchObject([
      { kind: 'join', left: { kind: 'subquery', alias: 'x' } },
      { kind: 'subquery', lateral: true, alias: 'v', columnAliases: ['a'], select: { body: { kind: 'values' } } },
      { kind: 'subquery', alias: 'u', select: { body: { kind: 'set' } } },
      { kind: 'function', withOrdinality: true, alias: 'g', columnAliases: ['n', 'o'] },
      { kind: 'function', alias: 'r', columnAliases: ['a', 'b'], columnTypes: [type('int'), type('text', [], 1)] },
      { kind: 'function', call: { path: ['coalesce'] }, alias: 'c' },
    ]);
  });

  it('reads what stands around a query', () => {
    expect(
      only(`WITH RECURSIVE r(n) AS NOT MATERIALIZED (SELECT 1), d AS (DELETE FROM t RETURNING *)
        SELECT DISTINCT ON (a) a, count(*) OVER w FROM r WINDOW w AS (x PARTITION BY a ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
        FOR NO KEY UPDATE OF r NOWAIT FOR SHARE SKIP LOCKED`),
    ).toMatchObject({
      with: {
        recursive: true,
        tables: [{ name: 'r', columns: ['n'], materialized: false }, { statement: { kind: 'delete', returning: [{}] } }],
      },
      body: {
        distinct: true,
        distinctOn: [{ path: ['a'] }],
        windows: [{ name: 'w', window: { base: 'x', frame: 'rows between 1 preceding and current row' } }],
      },
      locking: [
        { strength: 'no key update', of: ['r'], wait: 'nowait' },
        { strength: 'share', of: [], wait: 'skip locked' },
      ],
    });
  });
});

describe('writes', () => {
  it('reads INSERT', () => {
    expect(
      only(`WITH x AS (SELECT 1) INSERT INTO s.t AS u (a, "B") OVERRIDING SYSTEM VALUE VALUES (1, DEFAULT), (2, 3)
        ON CONFLICT (a, lower("B")) WHERE a > 1 DO UPDATE SET "B"=EXCLUDED."B", (c, d) = (1, 2) WHERE u.a = 1 RETURNING a AS b, *`),
    ).toMatchObject({
      with: { tables: [{ name: 'x' }] },
      table: ['s', 't'],
      alias: 'u',
      columns: ['a', 'B'],
      overriding: 'system',
      source: {
        kind: 'values',
        rows: [
          [{ text: '1' }, { word: 'default' }],
          [{}, {}],
        ],
      },
      onConflict: {
        target: { columns: [{ kind: 'column' }, { kind: 'call' }], where: { kind: 'binary' } },
        action: {
          set: [
            { columns: ['B'], value: { path: ['excluded', 'B'] } },
            { columns: ['c', 'd'], value: { kind: 'row' } },
          ],
          where: {},
        },
      },
      returning: [{ alias: 'b' }, { expression: { kind: 'star' } }],
    });
    expect(only('INSERT INTO t DEFAULT VALUES')).toMatchObject({ source: 'default values', columns: [] });
    expect(only('INSERT INTO t (SELECT 1) ON CONFLICT DO NOTHING')).toMatchObject({
      source: { kind: 'select' },
      onConflict: { action: 'nothing' },
    });
    expect(only('INSERT INTO t (a) VALUES (1) ON CONFLICT ON CONSTRAINT "c" DO NOTHING')).toMatchObject({
      onConflict: { target: { constraint: 'c' } },
    });
  });

  it('reads UPDATE and DELETE', () => {
    expect(
      only('UPDATE ONLY t AS x SET a = a + 1, (b, c) = (SELECT 1, 2), set = DEFAULT FROM u, v WHERE x.id = u.id RETURNING *'),
    ).toMatchObject({
      table: ['t'],
      alias: 'x',
      set: [{ columns: ['a'] }, { columns: ['b', 'c'], value: { kind: 'subquery' } }, { columns: ['set'], value: { word: 'default' } }],
      from: [{ name: ['u'] }, { name: ['v'] }],
    });
    expect(only('DELETE FROM t USING u WHERE t.id = u.id')).toMatchObject({ table: ['t'], using: [{ name: ['u'] }] });
  });
});

describe('definitions', () => {
  it('reads CREATE TABLE', () => {
    expect(
      only(`CREATE TABLE IF NOT EXISTS "s"."T" (id BIGSERIAL PRIMARY KEY, a NUMERIC(20, -4) DEFAULT (1 + 2)::numeric NOT NULL CHECK (a > 0), b text COLLATE "C" NULL
        CONSTRAINT u UNIQUE DEFERRABLE, c "public"."e"[] DEFAULT ARRAY['x']::"public"."e"[], d int GENERATED BY DEFAULT AS IDENTITY, e int GENERATED ALWAYS AS (a * 2) STORED,
        f int REFERENCES x ON DELETE SET NULL ON UPDATE NO ACTION DEFERRABLE INITIALLY DEFERRED, CONSTRAINT k FOREIGN KEY (a, b) REFERENCES x (y, z) ON DELETE CASCADE,
        UNIQUE (a, b), CHECK (a <> b), EXCLUDE USING gist (a WITH =, b WITH &&) WHERE (a > 1))`),
    ).toMatchObject({
      name: ['s', 'T'],
      ifNotExists: true,
      columns: [
        { type: type('bigserial'), constraints: [{ type: 'primary key', columns: [] }] },
        {
          type: type('numeric', ['20', '-4']),
          constraints: [{ type: 'default', text: '(1 + 2)::numeric' }, { type: 'not null' }, { type: 'check', text: 'a > 0' }],
        },
        { collate: 'C', constraints: [{ type: 'null' }, { name: 'u', type: 'unique', deferrable: true }] },
        { type: type('public.e', [], 1), constraints: [{ text: `ARRAY['x']::"public"."e"[]` }] },
        { constraints: [{ type: 'identity', always: false }] },
        { constraints: [{ type: 'generated', text: 'a * 2' }] },
        {
          constraints: [
            {
              references: {
                table: ['x'],
                columns: [],
                onDelete: 'set null',
                onUpdate: 'no action',
                deferrable: true,
                initiallyDeferred: true,
              },
            },
          ],
        },
      ],
      constraints: [
        { name: 'k', type: 'foreign key', columns: ['a', 'b'], references: { columns: ['y', 'z'], onDelete: 'cascade' } },
        { type: 'unique', columns: ['a', 'b'] },
        { type: 'check', text: 'a <> b' },
        { type: 'exclude', text: 'EXCLUDE USING gist (a WITH =, b WITH &&) WHERE (a > 1)' },
      ],
    });
    expect(only('CREATE TEMP TABLE t AS SELECT 1')).toMatchObject({ temporary: true, as: { text: 'SELECT 1', names: [], withData: true } });
  });

  it('reads CREATE INDEX', () => {
    expect(
      only(
        `CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "i" ON "t" USING gin (lower(a) varchar_pattern_ops, (a || 'x') DESC NULLS LAST, "c" COLLATE "C") INCLUDE (d) WHERE a > 1`,
      ),
    ).toMatchObject({
      unique: true,
      concurrently: true,
      ifNotExists: true,
      name: 'i',
      method: 'gin',
      items: [
        { text: 'lower(a)', operatorClass: 'varchar_pattern_ops' },
        { text: "(a || 'x')", direction: 'desc', nulls: 'last' },
        { text: '"c"', collate: 'C' },
      ],
      whereText: 'a > 1',
    });
  });

  it.each<[string, object]>([
    ['ADD COLUMN a int DEFAULT 1', { type: 'add column', ifNotExists: false, column: { name: 'a' } }],
    ['ADD IF NOT EXISTS a int', { type: 'add column', ifNotExists: true }],
    ['DROP COLUMN IF EXISTS a CASCADE', { type: 'drop column', name: 'a', ifExists: true, cascade: true }],
    ['RENAME COLUMN a TO b', { type: 'rename column', name: 'a', to: 'b' }],
    ['RENAME TO b', { type: 'rename', to: 'b' }],
    ['RENAME CONSTRAINT a TO b', { type: 'rename constraint' }],
    ['SET SCHEMA b', { type: 'set schema', to: 'b' }],
    ['ALTER COLUMN a SET NOT NULL', { type: 'set not null', name: 'a' }],
    ['ALTER a DROP NOT NULL', { type: 'drop not null' }],
    ["ALTER COLUMN a SET DEFAULT 'x' || 'y'", { type: 'set default', text: "'x' || 'y'" }],
    ['ALTER COLUMN a DROP DEFAULT', { type: 'drop default' }],
    ['ALTER COLUMN a TYPE "e" USING ("a"::"public"."e")', { type: 'set type', to: type('e'), usingText: '("a"::"public"."e")' }],
    ['ADD UNIQUE (a)', { type: 'add constraint', constraint: { type: 'unique', columns: ['a'] } }],
    ['DROP CONSTRAINT IF EXISTS a', { type: 'drop constraint', name: 'a', ifExists: true }],
  ])('ALTER TABLE t %s', (action, expected) => {
    expect(only(`ALTER TABLE t ${action}`)).toMatchObject({ kind: 'alter table', name: ['t'], actions: [expected] });
  });

  it.each<[string, object]>([
    ['DROP TABLE IF EXISTS a, "b"."C" CASCADE', { what: 'table', names: [['a'], ['b', 'C']], ifExists: true, cascade: true }],
    ['DROP INDEX CONCURRENTLY i', { what: 'index', names: [['i']] }],
    ['CREATE SCHEMA IF NOT EXISTS "s"', { kind: 'create schema', name: 's', ifNotExists: true }],
    [`CREATE TYPE "s"."e" AS ENUM ('a', 'it''s')`, { kind: 'create type', name: ['s', 'e'], labels: ['a', "it's"], unlessExists: false }],
    [`ALTER TYPE e ADD VALUE IF NOT EXISTS 'a' BEFORE 'b'`, { add: { label: 'a', ifNotExists: true, before: 'b' } }],
    [`ALTER TYPE e RENAME VALUE 'a' TO 'b'`, { renameValue: { from: 'a', to: 'b' } }],
    ['ALTER TYPE e RENAME TO f', { renameTo: 'f' }],
    ['CREATE OR REPLACE VIEW v (a) AS SELECT 1', { kind: 'create view', orReplace: true, columns: ['a'], text: 'SELECT 1' }],
    ['ALTER INDEX IF EXISTS a RENAME TO b', { kind: 'alter index', name: ['a'], renameTo: 'b' }],
    ['CREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA public', { kind: 'create extension', name: 'uuid-ossp' }],
    [`COMMENT ON COLUMN a.b IS 'x'`, { on: 'column', name: ['a', 'b'], text: 'x' }],
    ['COMMENT ON TABLE a IS NULL', { on: 'table', text: null }],
    ['TRUNCATE a, ONLY b RESTART IDENTITY CASCADE', { names: [['a'], ['b']], restartIdentity: true, cascade: true }],
  ])('%s', (sql, expected) => expect(only(sql)).toMatchObject(expected));
});

describe('blocks', () => {
  const created = { kind: 'create type', name: ['e'], labels: ['a', 'b'], unlessExists: true };

  it.each([
    `DO 'BEGIN CREATE TYPE "e" AS ENUM(''a'', ''b''); EXCEPTION WHEN duplicate_object THEN null; END';`,
    `DO $$ BEGIN CREATE TYPE e AS ENUM ('a', 'b'); EXCEPTION WHEN duplicate_object THEN NULL; END; $$ LANGUAGE plpgsql`,
    `DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'e') THEN CREATE TYPE e AS ENUM ('a', 'b'); END IF; END $$`,
  ])('%s', (sql) => expect(only(sql)).toEqual(created));

  it('reads the statements, conditions and exceptions of a body', () => {
    const text = `DO $$ BEGIN IF NOT EXISTS (SELECT 1) THEN PERFORM f(';'); END IF; EXCEPTION WHEN undefined_table OR OTHERS THEN NULL; END $$`;
    const asked = {
      kind: 'if',
      condition: 'NOT EXISTS (SELECT 1)',
      then: [{ kind: 'statement', text: "SELECT f(';')" }],
      otherwise: [],
    };
    expect(only(text)).toEqual({
      kind: 'do',
      block: { steps: [asked], handlers: [{ codes: ['42P01', 'others'], steps: [{ kind: 'nothing' }] }] },
    });
  });

  it.each([
    `DO $$ DECLARE x INTEGER; BEGIN x := 1; END $$`,
    `DO $$ BEGIN EXECUTE 'SELECT 1'; END $$`,
    `DO $$ BEGIN INSERT INTO t VALUES (1) RETURNING a INTO b; END $$`,
    `DO $$ BEGIN IF FOUND THEN NULL; END IF; END $$`,
    `DO $$ BEGIN NULL; EXCEPTION WHEN no_data_found THEN NULL; END $$`,
    `DO LANGUAGE plperl 'x'`,
    `CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; $$`,
  ])('%s is refused', (sql) => expect(() => parseStatements(sql)).toThrow('is not available on the SQLite fallback.'));

  it('reads Sequelize’s caught insert as one statement, whose literals it counts apart', () => {
    const [parsed, ...others] = parseStatements(
      `CREATE OR REPLACE FUNCTION pg_temp.testfunc(OUT response "s"."T", OUT sequelize_caught_exception text) RETURNS RECORD AS $func_1$ BEGIN INSERT INTO "s"."T" ("id","n") VALUES (DEFAULT,'it''s') RETURNING * INTO response; EXCEPTION WHEN unique_violation THEN GET STACKED DIAGNOSTICS sequelize_caught_exception = PG_EXCEPTION_DETAIL; END $func_1$ LANGUAGE plpgsql; SELECT (testfunc.response)."id", (testfunc.response)."n", testfunc.sequelize_caught_exception FROM pg_temp.testfunc(); DROP FUNCTION IF EXISTS pg_temp.testfunc();`,
    );
    expect(others).toEqual([]);
    expect(parsed?.statement).toMatchObject({
      kind: 'caught insert',
      insert: { table: ['s', 'T'], columns: ['id', 'n'] },
      literals: ["it's"],
      fields: ['id', 'n'],
    });
    expect([...(parsed?.structural ?? [])]).toEqual([0]);
  });
});

describe('sessions', () => {
  it.each<[string, object]>([
    ['START TRANSACTION', { kind: 'begin' }],
    [
      'BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY NOT DEFERRABLE',
      { kind: 'begin', isolation: 'repeatable read', readOnly: true, deferrable: false },
    ],
    ['COMMIT WORK', { kind: 'commit' }],
    ['END', { kind: 'commit' }],
    ['ABORT', { kind: 'rollback' }],
    ['ROLLBACK TO SAVEPOINT "a-1"', { kind: 'rollback to', name: 'a-1' }],
    ['SAVEPOINT "a-1"', { kind: 'savepoint', name: 'a-1' }],
    ['RELEASE a', { kind: 'release', name: 'a' }],
    ['SET TRANSACTION ISOLATION LEVEL SERIALIZABLE', { kind: 'set transaction', session: false, isolation: 'serializable' }],
    ['SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE', { kind: 'set transaction', session: true, readOnly: false }],
    ['SET CONSTRAINTS ALL DEFERRED', { kind: 'set constraints', names: 'all', deferred: true }],
    ['SET CONSTRAINTS "a", s.b IMMEDIATE', { kind: 'set constraints', names: ['a', 'b'], deferred: false }],
    ['SET LOCAL Search_Path TO public, "X"', { kind: 'set', name: 'search_path', value: 'public, "X"', scope: 'local' }],
    ['SET standard_conforming_strings=on', { kind: 'set', name: 'standard_conforming_strings', value: 'on' }],
    ['SET SESSION a.b = -1', { kind: 'set', name: 'a.b', value: '-1', scope: 'session' }],
    ["SET TIME ZONE INTERVAL '+00:00' HOUR TO MINUTE", { kind: 'set', name: 'timezone', value: "INTERVAL '+00:00' HOUR TO MINUTE" }],
    ["SET NAMES 'UTF8'", { kind: 'set', name: 'client_encoding', value: "'UTF8'" }],
    ['RESET a', { kind: 'set', name: 'a', value: 'DEFAULT' }],
    ['SHOW SERVER_VERSION', { kind: 'show', name: 'server_version' }],
    ['SHOW TRANSACTION ISOLATION LEVEL', { kind: 'show', name: 'transaction_isolation' }],
  ])('%s', (sql, expected) => expect(only(sql)).toEqual(expected));
});

describe('texts', () => {
  it('have statements that semicolons separate, and literals that are counted over all of them', () => {
    const parsed = parseStatements(`; SELECT 'a;b', 1::numeric(10,2) ;; -- x\nUPDATE t SET a = 5;`);
    expect(parsed.map(({ text, structural }) => [text, [...structural]])).toEqual([
      [`SELECT 'a;b', 1::numeric(10,2)`, [2, 3]],
      ['UPDATE t SET a = 5', []],
    ]);
    expect(parsed[1]?.statement).toMatchObject({ set: [{ value: { slot: 4 } }] });
  });

  it.each(['PRAGMA foreign_keys = ON', "ATTACH 'x' AS y", 'VACUUM', 'ANALYZE', 'REINDEX t'])('%s is foreign', (sql) =>
    expect(only(sql)).toEqual({ kind: 'foreign', text: sql }),
  );

  it.each([
    ['SELEC 1', 'SELEC'],
    ['REPLACE INTO t VALUES (1)', 'REPLACE'],
    ['CREATE VIRTUAL TABLE t USING fts5(a)', 'VIRTUAL'],
  ])('%s is no SQL', (sql, near) => expect(() => parseStatements(sql)).toThrow(`syntax error at or near "${near}"`));

  it.each([
    ['SELECT * FROM t TABLESAMPLE system (1)', 'TABLESAMPLE'],
    ['EXPLAIN SELECT 1', 'EXPLAIN'],
    ['GRANT ALL ON t TO x', 'GRANT'],
    ['LISTEN a', 'LISTEN'],
    ['CREATE OR REPLACE FUNCTION f()', 'CREATE FUNCTION'],
    ['SELECT f(a => 1)', 'A call with named arguments'],
    ['SELECT a FROM t GROUP BY ROLLUP (a)', 'GROUP BY with GROUPING SETS, ROLLUP or CUBE'],
    ['CREATE TABLE t (LIKE u)', 'CREATE TABLE … (LIKE …)'],
    ['UPDATE t SET a[1] = 2', 'Assigning to a part of a column'],
    ['ALTER TABLE t OWNER TO x', 'ALTER TABLE … OWNER'],
  ])('%s is refused', (sql, feature) => expect(() => parseStatements(sql)).toThrow(`${feature} is not available on the SQLite fallback.`));
});
