import type { Transaction } from 'sequelize';
import { type ContractCase, feature, type Site } from '../contract-case.js';
import { newDiary } from './services/diary.js';

const chapter = 'Migrations';

/** A text with `$` before the names of tables and others. */
const named = (site: Site, text: string): string => text.replaceAll(/\$(?!\$)([a-z]\w*)/g, (_, suffix: string) => `"${site.name(suffix)}"`);

/** A statement, or those of a transaction. */
type Texts = string | readonly string[];

/** Runs statements one after the other and notes what each answers; those within a list are one transaction. */
function statements(...texts: readonly Texts[]): ContractCase['run'] {
  return async (site) => {
    const { note, entries } = newDiary();
    const run = (text: string, transaction?: Transaction) =>
      note(text, async () => (await site.sequelize.query(named(site, text), transaction && { transaction }))[0]);
    for (const text of texts) {
      if (typeof text === 'string') await run(text);
      else {
        await note('a transaction', () =>
          site.sequelize.transaction(async (transaction) => {
            for (const each of text) await run(each, transaction);
          }),
        );
      }
    }
    return entries;
  };
}

/** Statements of which the last is refused on the fallback. */
const refused = (what: string, ...texts: readonly Texts[]) => ({
  refused: what,
  run: async (site: Site): Promise<unknown> => {
    for (const text of texts) {
      if (typeof text === 'string') await site.sequelize.query(named(site, text));
      else
        await site.sequelize.transaction(async (transaction) => {
          for (const each of text) await site.sequelize.query(named(site, each), { transaction });
        });
    }
    return 'done';
  },
});

const TABLE =
  'CREATE TABLE $t (id SERIAL PRIMARY KEY, a INTEGER NOT NULL, s VARCHAR(20), n NUMERIC(10,2), j JSONB, at TIMESTAMPTZ, tags TEXT[])';
const ROWS =
  "INSERT INTO $t (a, s, n, j, at, tags) VALUES (1, 'x', 1.50, '{\"k\": [1]}', '2020-01-02 03:04:05.678Z', '{a,b}'), (2, NULL, 2.25, NULL, NULL, NULL), (2, 'y', NULL, '[]', NULL, '{}')";
const LABELS = (type: string): string =>
  `SELECT e.enumlabel FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid WHERE t.typname = '${type}' ORDER BY e.enumsortorder`;

const additions = {
  'a column whose default is the time of its transaction': statements(
    TABLE,
    ROWS,
    [
      'INSERT INTO $t (a, at) VALUES (3, now())',
      'SELECT count(*) FROM generate_series(1, 20000)',
      'ALTER TABLE $t ADD COLUMN seen TIMESTAMPTZ NOT NULL DEFAULT now()',
      'SELECT a, seen = now() AS same, at = seen AS whole FROM $t ORDER BY id',
    ],
    'SELECT count(DISTINCT seen) FROM $t',
  ),
};

const blocks = {
  'a label that may be there': async (site: Site) => {
    const add = "DO $$ BEGIN ALTER TYPE $e ADD VALUE 'c'; EXCEPTION WHEN duplicate_object THEN null; END $$;";
    return await statements("CREATE TYPE $e AS ENUM ('a', 'b')", add, add, LABELS(site.name('e')))(site);
  },
  'a column that may be there': async (site: Site) => {
    const add =
      'DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM information_schema.columns ' +
      `WHERE table_name = '${site.name('t')}' AND column_name = 'b') THEN ALTER TABLE $t ADD COLUMN b TEXT DEFAULT 'x;y'; END IF; END $$`;
    return await statements(TABLE, ROWS, add, add, 'SELECT id, b FROM $t ORDER BY id')(site);
  },
  'a constraint that may be there': async (site: Site) => {
    const add =
      `DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = '${site.name('c')}') THEN ` +
      'ALTER TABLE $t ADD CONSTRAINT $c CHECK (a > 0); END IF; END $$ LANGUAGE plpgsql';
    return await statements(TABLE, add, add, 'INSERT INTO $t (a) VALUES (0)')(site);
  },
  'a table, an index or a column that may be there': statements(
    TABLE,
    "DO $$ BEGIN CREATE TABLE $t (a INTEGER); EXCEPTION WHEN duplicate_table OR duplicate_object THEN RAISE NOTICE 'there: %', 1; END $$",
    'DO $$ BEGIN ALTER TABLE $t ADD COLUMN a INTEGER; EXCEPTION WHEN duplicate_column THEN NULL; END $$',
    'DO $$ BEGIN DROP TABLE $nothing; EXCEPTION WHEN undefined_table THEN NULL; END $$',
    'DO $$ BEGIN ALTER TABLE $t DROP COLUMN nothing; EXCEPTION WHEN OTHERS THEN NULL; END $$',
  ),
  'what an exception undoes': statements(
    'CREATE TABLE $t (a INTEGER CHECK (a > 0))',
    'DO $$ BEGIN INSERT INTO $t VALUES (1); INSERT INTO $t VALUES (0); EXCEPTION WHEN check_violation THEN INSERT INTO $t VALUES (7); END $$',
    'DO $$ BEGIN INSERT INTO $t VALUES (2); INSERT INTO $t VALUES (0); END $$',
    'DO $$ BEGIN INSERT INTO $t VALUES (3); INSERT INTO $t VALUES (0); EXCEPTION WHEN unique_violation THEN NULL; END $$',
    'DO $$ BEGIN BEGIN INSERT INTO $t VALUES (0); EXCEPTION WHEN integrity_constraint_violation THEN NULL; END; INSERT INTO $t VALUES (5); END $$',
    'SELECT a FROM $t ORDER BY a',
  ),
  'in a transaction that goes on': statements(
    TABLE,
    [
      'INSERT INTO $t (a) VALUES (1)',
      'DO $$ BEGIN ALTER TABLE $t ADD COLUMN a TEXT; EXCEPTION WHEN duplicate_column THEN INSERT INTO $t (a) VALUES (2); END $$',
      'SELECT a FROM $t ORDER BY a',
    ],
    'SELECT a FROM $t ORDER BY a',
  ),
  'IF, ELSIF, ELSE and PERFORM': async (site: Site) =>
    await statements(
      TABLE,
      ROWS,
      'DO $$ BEGIN IF (SELECT count(*) FROM $t) > 9 THEN DELETE FROM $t; ELSIF EXISTS (SELECT 1 FROM $t WHERE a = 1) THEN UPDATE $t SET a = a + 1; ELSE NULL; END IF; ' +
        `PERFORM setval('"${site.name('t')}_id_seq"', 100); END $$`,
      'INSERT INTO $t (a) VALUES (7)',
      'SELECT id, a FROM $t ORDER BY id',
    )(site),
  'a variable': refused('DO with variables', 'DO $$ DECLARE x INTEGER; BEGIN x := 1; END $$'),
  'a loop': refused('DO with loops', 'DO $$ BEGIN FOR i IN 1..3 LOOP NULL; END LOOP; END $$'),
};

const ofQueries = {
  'its columns, types and rows': async (site: Site) =>
    await statements(
      TABLE,
      ROWS,
      'CREATE TABLE $u AS SELECT * FROM $t',
      'SELECT * FROM $u ORDER BY id',
      'SELECT column_name, data_type, is_nullable, column_default, character_maximum_length, numeric_precision, numeric_scale ' +
        `FROM information_schema.columns WHERE table_name = '${site.name('u')}' ORDER BY ordinal_position`,
      'INSERT INTO $u (id) VALUES (NULL)',
      'CREATE TABLE $u AS SELECT 1 AS x',
      'CREATE TABLE IF NOT EXISTS $u AS SELECT 1 AS x',
    )(site),
  'names of its own, aggregates and WITH': statements(
    TABLE,
    ROWS,
    "CREATE TABLE $u (x, y) AS WITH q AS (SELECT * FROM $t) SELECT a, count(*), 'lit', sum(n) AS total, avg(a) FROM q GROUP BY a",
    'SELECT * FROM $u ORDER BY x',
    'CREATE TABLE $v (a, b, c) AS SELECT 1, 2',
    'CREATE TABLE $v AS SELECT 1 AS a, 2 AS a',
    'CREATE TABLE $v AS SELECT a FROM $t WITH NO DATA',
    'SELECT count(*) FROM $v',
  ),
  'the time of its transaction': statements(['CREATE TABLE $t AS SELECT now() AS at', 'SELECT at = now() AS same FROM $t']),
  'SELECT INTO': refused('SELECT INTO', TABLE, 'SELECT a INTO $u FROM $t'),
};

const materialized = {
  'keeps its rows until it is refreshed': statements(
    TABLE,
    ROWS,
    'CREATE MATERIALIZED VIEW $v AS SELECT a, count(*) AS c, sum(n) AS total FROM $t GROUP BY a',
    'INSERT INTO $t (a) VALUES (9)',
    'SELECT * FROM $v ORDER BY a',
    'REFRESH MATERIALIZED VIEW CONCURRENTLY $v',
    'CREATE UNIQUE INDEX ON $v (a)',
    'REFRESH MATERIALIZED VIEW CONCURRENTLY $v',
    'SELECT * FROM $v ORDER BY a',
    'CREATE MATERIALIZED VIEW IF NOT EXISTS $v AS SELECT 1 AS x',
    'CREATE MATERIALIZED VIEW $v AS SELECT 1 AS x',
    'REFRESH MATERIALIZED VIEW $t',
    'REFRESH MATERIALIZED VIEW $nothing',
  ),
  'is no table to write into': statements(
    TABLE,
    'CREATE MATERIALIZED VIEW $v AS SELECT a FROM $t',
    'INSERT INTO $v (a) VALUES (1)',
    'UPDATE $v SET a = 1',
    'DELETE FROM $v',
    'TRUNCATE $v',
    'CREATE TABLE $u (a INTEGER REFERENCES $v (a))',
  ),
  'what it needs, and what needs it': statements(
    TABLE,
    ROWS,
    'CREATE MATERIALIZED VIEW $v AS SELECT a, n FROM $t',
    'CREATE VIEW $w AS SELECT * FROM $v',
    'ALTER TABLE $t DROP COLUMN n',
    'ALTER TABLE $t ALTER COLUMN n TYPE NUMERIC(12,2)',
    'ALTER TABLE $t DROP COLUMN tags',
    'DROP TABLE $t',
    'DROP TABLE $v',
    'DROP VIEW $v',
    'DROP MATERIALIZED VIEW $t',
    'DROP MATERIALIZED VIEW $v',
    'DROP MATERIALIZED VIEW $v CASCADE',
    'SELECT * FROM $w',
    'DROP MATERIALIZED VIEW $v',
    'DROP MATERIALIZED VIEW IF EXISTS $v',
  ),
  'follows new names': statements(
    TABLE,
    ROWS,
    'CREATE MATERIALIZED VIEW $v AS SELECT a FROM $t',
    'ALTER TABLE $t RENAME COLUMN a TO b',
    'ALTER TABLE $t RENAME TO $u',
    'INSERT INTO $u (b) VALUES (9)',
    'REFRESH MATERIALIZED VIEW $v',
    'SELECT * FROM $v ORDER BY a',
  ),
  'in the catalogs': async (site: Site) =>
    await statements(
      TABLE,
      'CREATE MATERIALIZED VIEW $v AS SELECT a FROM $t',
      'CREATE INDEX $i ON $v (a)',
      `SELECT table_name FROM information_schema.tables WHERE table_name = '${site.name('v')}'`,
      `SELECT relkind FROM pg_class WHERE relname = '${site.name('v')}'`,
      `SELECT hasindexes, ispopulated FROM pg_matviews WHERE matviewname = '${site.name('v')}'`,
      `SELECT indexname FROM pg_indexes WHERE tablename = '${site.name('v')}'`,
    )(site),
  'without rows': refused('WITH NO DATA', 'CREATE MATERIALIZED VIEW $v AS SELECT 1 AS a WITH NO DATA'),
  'of the time': refused('the current time in a materialized view', 'CREATE MATERIALIZED VIEW $v AS SELECT now() AS at'),
};

const temporary = {
  'until its transaction ends': statements(
    TABLE,
    ROWS,
    [
      'CREATE TEMP TABLE $x ON COMMIT DROP AS SELECT id, a * 2 AS b FROM $t',
      'CREATE INDEX ON $x (b)',
      'UPDATE $t SET a = $x.b FROM $x WHERE $x.id = $t.id',
      'SELECT * FROM $x ORDER BY id',
    ],
    'SELECT * FROM $x',
    'SELECT id, a FROM $t ORDER BY id',
  ),
  'with keys and numbers of its own': statements([
    "CREATE TEMPORARY TABLE $x (id SERIAL PRIMARY KEY, s TEXT NOT NULL DEFAULT 'q', UNIQUE (s)) ON COMMIT DROP",
    'INSERT INTO $x DEFAULT VALUES RETURNING *',
    'INSERT INTO $x DEFAULT VALUES',
  ]),
  'in the place of another table': statements(
    TABLE,
    ROWS,
    ['CREATE TEMP TABLE $t (x INTEGER) ON COMMIT DROP', 'INSERT INTO $t VALUES (77)', 'SELECT * FROM $t', 'SELECT count(*) FROM public.$t'],
    'SELECT count(*) FROM $t',
  ),
  'rolled back to a savepoint': statements(['SAVEPOINT a', 'CREATE TEMP TABLE $x AS SELECT 1 AS a', 'ROLLBACK TO a', 'SELECT * FROM $x']),
  'dropped by hand, in one text': statements(
    TABLE,
    'CREATE TEMP TABLE $x AS SELECT 5 AS a; INSERT INTO $t (a) SELECT a FROM $x; DROP TABLE $x;',
    'SELECT a FROM $t',
  ),
  'references between it and others': statements(
    TABLE,
    ['CREATE TEMP TABLE $x (a INTEGER REFERENCES $t) ON COMMIT DROP'],
    ['CREATE TEMP TABLE $y (id INTEGER PRIMARY KEY) ON COMMIT DROP', 'CREATE TABLE $z (a INTEGER REFERENCES $y)'],
  ),
  'outside of a transaction': refused('a temporary table outside of a transaction', 'CREATE TEMP TABLE $x (a INTEGER)', 'DROP TABLE $x'),
  'that may be left from earlier': refused('CREATE TEMPORARY TABLE IF NOT EXISTS without ON COMMIT DROP', [
    'CREATE TEMP TABLE IF NOT EXISTS $x AS SELECT 1 AS a',
    'DROP TABLE $x',
  ]),
};

const settings = {
  'set and read in one transaction': statements([
    `SELECT set_config('audit.loggedUser', '0', TRUE) AS "user", set_config('audit.transactionId', NULL, TRUE), set_config('audit.sig', 'it''s', true) sig`,
    "SELECT current_setting('audit.loggedUser')",
    "SELECT current_setting('audit.transactionId') AS id, current_setting('AUDIT.sig', true)",
    "SET LOCAL audit.loggedUser = '7'",
    "SELECT current_setting('audit.loggedUser', false)",
    "SELECT current_setting('audit.never_set')",
  ]),
  'kept by the connection': refused('set_config() for the whole session', "SELECT set_config('audit.x', 'a', false)"),
  'that changes what statements mean': refused("set_config() of a server's own parameter", [
    "SELECT set_config('search_path', 'public', true)",
  ]),
  'not set in this transaction': refused('current_setting() of a parameter that was not set', [
    "SELECT current_setting('audit.never_set', true)",
  ]),
};

const columns = {
  'dropped that came after SELECT *': statements(
    TABLE,
    'CREATE VIEW $v AS SELECT * FROM $t',
    'ALTER TABLE $t ADD COLUMN later TEXT',
    'ALTER TABLE $t DROP COLUMN later',
    'ALTER TABLE $t DROP COLUMN s',
    'ALTER TABLE $t ALTER COLUMN a TYPE BIGINT',
    'ALTER TABLE $t RENAME COLUMN s TO r',
    'ALTER TABLE $t DROP COLUMN r',
  ),
  'dropped that rows of its own table reference': statements(
    'CREATE TABLE $t (id SERIAL PRIMARY KEY, parent INTEGER REFERENCES $t)',
    'ALTER TABLE $t DROP COLUMN id',
    'ALTER TABLE $t DROP COLUMN parent',
    'ALTER TABLE $t ADD COLUMN parent INTEGER REFERENCES $t',
    'ALTER TABLE $t DROP COLUMN id CASCADE',
    'INSERT INTO $t (parent) VALUES (5)',
  ),
};

const casts = {
  'to the type that a value has': async (site: Site) =>
    await statements(
      TABLE,
      "CREATE INDEX $i ON $t (((j #>> '{k,l}')::text)) WHERE (j #>> '{k}')::text IS NOT NULL",
      'CREATE INDEX $k ON $t ((s::varchar), (s::text), (lower(s)::text), ((a + 1)::integer))',
      `SELECT indexdef FROM pg_indexes WHERE tablename = '${site.name('t')}' ORDER BY indexname`,
    )(site),
};

/** What the migration folders of published services showed. */
export const migrationCases: readonly ContractCase[] = [
  ...feature(chapter, 'columns that are added', additions),
  ...feature(chapter, 'DO blocks', blocks),
  ...feature(chapter, 'CREATE TABLE … AS', ofQueries),
  ...feature(chapter, 'materialized views', materialized),
  ...feature(chapter, 'temporary tables', temporary),
  ...feature(chapter, 'parameters of a program', settings),
  ...feature(chapter, 'columns that others need', columns),
  ...feature(chapter, 'casts in indexes', casts),
];
