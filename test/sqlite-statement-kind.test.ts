import { describe, expect, it } from 'vitest';
import { onlyReads, setsForeignKeys, transactionControl } from '../src/databases/sqlite-connections/statement-kind.js';

describe('a statement that only reads', () => {
  it.each([
    'SELECT 1',
    '  select 1',
    '-- a comment\nSELECT 1',
    '/* insert */ SELECT 1',
    '/**/--x\n/* y */\n SELECT 1',
    'VALUES (1)',
    'EXPLAIN DELETE FROM t',
    'EXPLAIN QUERY PLAN SELECT 1',
    'WITH a AS (SELECT 1) SELECT * FROM a',
    "WITH a AS (SELECT 'delete from t') SELECT * FROM a",
    'WITH a AS (SELECT 1 AS "update", `insert`, [replace] FROM t) SELECT * FROM a',
    "WITH a AS (SELECT 'it''s delete') SELECT * FROM a -- update",
    'WITH a AS (SELECT updatedAt, deleted FROM t) SELECT * FROM a',
    'PRAGMA table_info(`Accounts`)',
    'PRAGMA TABLE_INFO(`Accounts`);',
    'pragma main.index_list(t)',
    'PRAGMA foreign_key_list(`t`)',
  ])('%s', (sql) => {
    expect(onlyReads(sql)).toBe(true);
  });
});

describe('a statement that has to wait for its turn', () => {
  it.each([
    'INSERT INTO t VALUES (1)',
    'UPDATE t SET a = 1',
    'DELETE FROM t',
    'REPLACE INTO t VALUES (1)',
    'CREATE TABLE t (a)',
    'DROP TABLE t',
    'VACUUM',
    '-- SELECT\nDELETE FROM t',
    '/* SELECT */ DELETE FROM t',
    'WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a',
    'WITH a AS (SELECT 1) delete from t',
    "WITH a AS (SELECT '--') DELETE FROM t",
    'WITH a AS (SELECT "/*") UPDATE t SET a = 1 -- */',
    "WITH a AS (SELECT 'x' -- it's\n) DELETE FROM t WHERE b = 'y'",
    'PRAGMA foreign_keys = OFF',
    'PRAGMA foreign_keys',
    'PRAGMA user_version = 3',
    'SELECT last_insert_rowid()',
    'SELECT changes ()',
    'selection',
    '; SELECT 1',
    '',
    '-- only a comment',
  ])('%s', (sql) => {
    expect(onlyReads(sql)).toBe(false);
  });
});

describe("the statements of a transaction's life", () => {
  it.each([
    ['BEGIN DEFERRED TRANSACTION;', 'begin'],
    ['-- note\n begin', 'begin'],
    ['COMMIT;', 'commit'],
    ['END TRANSACTION', 'commit'],
    ['ROLLBACK;', 'rollback'],
    ['rollback transaction', 'rollback'],
    ['ROLLBACK TO SAVEPOINT `a-sp-1`;', 'savepoint'],
    ['ROLLBACK TRANSACTION TO x', 'savepoint'],
    ['ROLLBACK /* c */ TO x', 'savepoint'],
    ['SAVEPOINT `a`', 'savepoint'],
    ['RELEASE a', 'savepoint'],
    ['SELECT 1', undefined],
    ['INSERT INTO begin VALUES (1)', undefined],
  ])('%s', (sql, control) => {
    expect(transactionControl(sql)).toBe(control);
  });

  it('knows what turns foreign keys off', () => {
    expect(setsForeignKeys('PRAGMA foreign_keys = OFF')).toBe(true);
    expect(setsForeignKeys('pragma foreign_keys(0)')).toBe(true);
    expect(setsForeignKeys('PRAGMA foreign_keys')).toBe(false);
  });
});
