import { describe, expect, it } from 'vitest';
import { mayCommit, onlyReads } from '../src/routing/reading-sql.js';

const READS = [
  'SELECT 1',
  'select * from books where id = $1',
  '  SELECT title FROM "books" ;  ',
  '(SELECT 1) UNION ALL (SELECT 2)',
  '((SELECT 1))',
  'SELECT 1 -- ; DELETE FROM books',
  '-- what we have\nSELECT 1',
  '/* a comment */ SELECT 1',
  '/* a /* nested */ comment */ SELECT 1',
  "SELECT 'DELETE FROM books; nextval(1)'",
  "SELECT 'it''s; DROP TABLE books'",
  'SELECT $$DELETE FROM books; $$',
  'SELECT $tag$ nextval($$x$$); $tag$',
  'SELECT "update", "delete", "into" FROM "insert"',
  'SELECT "a""b; DELETE" FROM t',
  'WITH a AS (SELECT 1 AS n), b AS (SELECT n FROM a) SELECT * FROM b',
  'WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT * FROM t',
  'SELECT count(*), sum(copies), max(id) FROM books GROUP BY author HAVING count(*) > 1',
  'SELECT pg_catalog.lower(title) FROM books',
  'SELECT lower (title), coalesce(a, b), row_number() OVER (PARTITION BY a ORDER BY b) FROM books',
  'SELECT CAST(a AS varchar(10)), a::numeric(10, 2) FROM t WHERE a IN (1, 2) AND EXISTS (SELECT 1)',
  "SELECT substring('abc' FROM 1 FOR 2), extract(epoch FROM now())",
  'SELECT * FROM books WHERE title ILIKE :title LIMIT ?',
  "SELECT * FROM books WHERE tags @> ARRAY['a'] AND details->>'pages' = '3'",
  'VALUES (1), (2)',
  'TABLE books',
  'SHOW server_version',
  'EXPLAIN SELECT * FROM books',
  'SELECT größe FROM maße',
  'SELECT * FROM generate_series(1, 10)',
];

/** What writes, or may write, or can't be judged. */
const WRITES = [
  '',
  'INSERT INTO books VALUES (1)',
  'UPDATE books SET a = 1',
  'DELETE FROM books',
  'CALL sell()',
  'DO $$BEGIN END$$',
  'TRUNCATE books',
  'COPY books FROM STDIN',
  'LOCK TABLE books',
  'NOTIFY channel',
  'SET search_path TO x',
  'BEGIN',
  'COMMIT',
  'CREATE TABLE t AS SELECT 1',
  'REFRESH MATERIALIZED VIEW v',
  'EXECUTE prepared',
  'PREPARE p AS DELETE FROM books',
  'SELECT 1; DELETE FROM books',
  'SELECT 1; SELECT 2',
  "SELECT nextval('tickets')",
  "SELECT NEXTVAL ('tickets')",
  "SELECT pg_catalog.nextval('tickets')",
  `SELECT "nextval"('tickets')`,
  `SELECT pg_catalog."nextval"('tickets')`,
  "SELECT nextval/* x */('tickets')",
  "SELECT nextval -- x\n('tickets')",
  "SELECT * FROM nextval('tickets')",
  "SELECT setval('tickets', 1)",
  "SELECT set_config('a.b', 'c', false)",
  'SELECT pg_advisory_lock(1)',
  "SELECT pg_notify('a', 'b')",
  'SELECT pg_terminate_backend(1)',
  "SELECT lo_import('/etc/passwd')",
  "SELECT dblink_exec('DELETE FROM books')",
  'SELECT sell(1)',
  'SELECT shop.sell(1)',
  'SELECT shop.lower(title) FROM books',
  'SELECT "shop".lower(title) FROM books',
  'WITH i AS (INSERT INTO books VALUES (1) RETURNING id) SELECT * FROM i',
  'WITH a AS (SELECT 1), b AS (DELETE FROM books RETURNING *) SELECT * FROM a, b',
  'WITH a AS (WITH b AS (UPDATE books SET a = 1 RETURNING *) SELECT * FROM b) SELECT * FROM a',
  'WITH m AS (MERGE INTO a USING b ON true WHEN MATCHED THEN DO NOTHING RETURNING 1) SELECT * FROM m',
  'WITH a AS (SELECT 1) DELETE FROM books',
  'SELECT * INTO copy FROM books',
  'SELECT * FROM books FOR UPDATE',
  'SELECT * FROM books FOR SHARE',
  'SELECT * FROM books FOR NO KEY UPDATE SKIP LOCKED',
  'SELECT * FROM books FOR KEY SHARE',
  'SELECT * FROM books for\n\tupdate of books nowait',
  'SELECT * FROM books FOR/* x */UPDATE',
  'EXPLAIN ANALYZE DELETE FROM books',
  'EXPLAIN (ANALYZE, BUFFERS) DELETE FROM books',
  'EXPLAIN (COSTS off, ANALYZE true) DELETE FROM books',
];

/** Each is one that a reader of regular expressions may take for something else than PostgreSQL does. */
const TRAPS: readonly (readonly [string, string])[] = [
  ['ANALYSE is ANALYZE', 'EXPLAIN ANALYSE DELETE FROM books'],
  ['ANALYSE as an option', 'EXPLAIN (ANALYSE) DELETE FROM books'],
  ['a quoted option', 'EXPLAIN ("analyze") DELETE FROM books'],
  ['a comment that ends with a carriage return', "SELECT 1 -- x\r, nextval('tickets')"],
  ['a nested comment with a quote', "SELECT 1 /* /* */ ' */ , nextval('tickets') --'"],
  ['a dollar sign within a name', "SELECT 1 AS a$b$, nextval('tickets') AS c$b$"],
  ['two dollar signs within a name', "SELECT 1 AS a$$, nextval('tickets') AS c$$"],
  ['dollar tags differ by case', "SELECT $A$ $a$ $A$, nextval('tickets'), $A$ $a$ $A$"],
  ['a dollar tag beyond ASCII', "SELECT $é$ ' $é$, nextval('tickets'), $é$ ' $é$"],
  ['an escape string, which is not read', "SELECT E'a\\'; DELETE FROM books; --'"],
  ['an escape string that goes on in the next line', "SELECT E'a'\n'b\\'' , nextval('tickets') --'"],
  ['a schema with spaces around the dot', 'SELECT shop . lower(title) FROM books'],
  ['a schema with a comment after the dot', 'SELECT shop./* x */lower(title) FROM books'],
  ['a quoted schema with a space', 'SELECT "shop" . lower(title) FROM books'],
  ['a function whose name begins beyond ASCII', 'SELECT élower(title) FROM books'],
  ['a function whose name ends beyond ASCII', 'SELECT loweré(title) FROM books'],
];

describe('onlyReads()', () => {
  it.each(READS)('is true for %s', (sql) => {
    expect(onlyReads(sql)).toBe(true);
  });

  it.each(WRITES)('is false for %s', (sql) => {
    expect(onlyReads(sql)).toBe(false);
  });

  it.each(TRAPS)('is not deceived by %s', (_name, sql) => {
    expect(onlyReads(sql)).toBe(false);
  });
});

describe('mayCommit()', () => {
  it.each(['COMMIT', 'commit;', ' COMMIT WORK', 'END', 'end transaction', "PREPARE TRANSACTION 'a'", '-- x\nCOMMIT', '/* x */ COMMIT'])(
    'is true for %s',
    (sql) => {
      expect(mayCommit(sql)).toBe(true);
    },
  );

  it.each(['SELECT 1', 'ROLLBACK', 'SAVEPOINT a', 'PREPARE p AS SELECT 1', 'ENDPOINT', "INSERT INTO t VALUES ('COMMIT')"])(
    'is false for %s',
    (sql) => {
      expect(mayCommit(sql)).toBe(false);
    },
  );

  it.each(['INSERT INTO t VALUES (1); COMMIT', 'SELECT 1; END'])('is true for several statements with one among them: %s', (sql) => {
    expect(mayCommit(sql)).toBe(true);
  });
});
