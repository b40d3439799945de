import type { ContractCase, Site } from '../../contract-case.js';

type Refused = { readonly refused: string; readonly run: ContractCase['run'] };

/** A text, in which `$` stands before the names of tables and others, that only PostgreSQL carries out. */
const text =
  (...texts: readonly string[]) =>
  async (site: Site): Promise<string> => {
    for (const each of texts) await site.sequelize.query(each.replaceAll(/\$(\w+)/g, (_, suffix: string) => `"${site.name(suffix)}"`));
    return 'done';
  };

const TABLE = 'CREATE TABLE $t (id SERIAL PRIMARY KEY, a INTEGER, b INTEGER)';

/** What services do that the fallback refuses, with what to do instead. */
export const REFUSED: Readonly<Record<string, Refused>> = {
  'an audit log written by a trigger': {
    refused: 'triggers and functions',
    run: text(
      TABLE,
      "CREATE FUNCTION $f() RETURNS trigger AS 'BEGIN RETURN NEW; END' LANGUAGE plpgsql",
      'CREATE TRIGGER $g AFTER INSERT ON $t FOR EACH ROW EXECUTE FUNCTION $f()',
    ),
  },
  'bookings that exclude each other': {
    refused: 'EXCLUDE constraints',
    run: text('CREATE TABLE $t (r INT4RANGE, EXCLUDE USING gist (r WITH &&))'),
  },
  'an EXCLUDE constraint added later': {
    refused: 'EXCLUDE constraints',
    run: text('CREATE TABLE $t (r INT4RANGE)', 'ALTER TABLE $t ADD CONSTRAINT $x EXCLUDE USING gist (r WITH &&)'),
  },
  'a UNIQUE that is checked at the end': {
    refused: 'deferrable UNIQUE',
    run: text(TABLE, 'ALTER TABLE $t ADD CONSTRAINT $u UNIQUE (a) DEFERRABLE INITIALLY DEFERRED'),
  },
  'a sequence of its own': { refused: 'CREATE SEQUENCE', run: text('CREATE SEQUENCE $s') },
  'a sequence that counts by tens': {
    refused: 'ALTER SEQUENCE other than RESTART',
    run: text(TABLE, 'ALTER SEQUENCE $t_id_seq INCREMENT BY 10'),
  },
  'the last number of the session': {
    refused: 'currval, lastval',
    run: async (site) =>
      site.sequelize.transaction(async (transaction) => {
        await site.sequelize.query(TABLE.replace('$t', `"${site.name('t')}"`), { transaction });
        await site.sequelize.query(`INSERT INTO "${site.name('t')}" (a) VALUES (1)`, { transaction });
        return (await site.sequelize.query('SELECT lastval()', { transaction }))[0];
      }),
  },
  'a table in partitions': { refused: 'partitions', run: text('CREATE TABLE $t (a INTEGER) PARTITION BY RANGE (a)') },
  'a table that inherits': { refused: 'INHERITS', run: text(TABLE, 'CREATE TABLE $u (c INTEGER) INHERITS ($t)') },
  'a domain': { refused: 'CREATE DOMAIN', run: text("CREATE DOMAIN $d AS TEXT CHECK (VALUE <> '')") },
  'a row policy': { refused: 'row level security', run: text(TABLE, 'ALTER TABLE $t ENABLE ROW LEVEL SECURITY') },
  'two columns that number themselves': { refused: 'a second serial column', run: text('CREATE TABLE $t (a SERIAL, b SERIAL)') },
  'columns that differ in case alone': {
    refused: 'columns that differ in case alone',
    run: text('CREATE TABLE $t (a INTEGER, "A" INTEGER)'),
  },
  'rows deleted by WITH': {
    refused: 'WITH … AS (DELETE …)',
    run: text(TABLE, 'WITH gone AS (DELETE FROM $t RETURNING id) SELECT count(*) FROM gone'),
  },
  'a constraint that holds for new rows alone': {
    refused: 'NOT VALID',
    run: text(TABLE, 'INSERT INTO $t (a) VALUES (0)', 'ALTER TABLE $t ADD CONSTRAINT $c CHECK (a > 0) NOT VALID'),
  },
  'a foreign key changed in place': {
    refused: 'ALTER CONSTRAINT',
    run: text(TABLE, 'CREATE TABLE $u (t INTEGER CONSTRAINT $k REFERENCES $t)', 'ALTER TABLE $u ALTER CONSTRAINT $k DEFERRABLE'),
  },
  'an index without NULLs that differ': {
    refused: 'NULLS NOT DISTINCT',
    run: text(TABLE, 'CREATE UNIQUE INDEX ON $t (a) NULLS NOT DISTINCT'),
  },
  'a default taken from a sequence': {
    refused: 'nextval() as a value',
    run: text(TABLE, `INSERT INTO $t (id, a) VALUES (DEFAULT, nextval('$t_id_seq'))`),
  },
};
