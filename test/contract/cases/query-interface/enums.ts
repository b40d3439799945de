import { type ContractCase, feature } from '../../contract-case.js';
import { shapeOf } from '../services/diary.js';
import { type Migrating, migration } from './migrating.js';

const chapter = 'The query interface, as migrations use it';

async function begin({ noteRaw }: Migrating): Promise<void> {
  await noteRaw(
    `CREATE TYPE $e AS ENUM ('a', 'b', 'c')`,
    `CREATE TABLE $t (n INT, e $e DEFAULT 'b')`,
    `INSERT INTO $t VALUES (1, 'b'), (2, 'a')`,
  );
}

const changes = feature(chapter, 'labels of enums in indexes and views', {
  'ADD VALUE': migration(async (migrating) => {
    await begin(migrating);
    await migrating.noteRaw(
      `CREATE UNIQUE INDEX $u ON $t (n) WHERE e > 'a'`,
      `CREATE VIEW $v AS SELECT n FROM $t WHERE e > 'a'`,
      `CREATE VIEW $w AS SELECT n, e FROM $t`,
      `CREATE MATERIALIZED VIEW $m AS SELECT n, e FROM $t WHERE e > 'a'`,
      `ALTER TYPE $e ADD VALUE 'd'`,
      `ALTER TYPE $e ADD VALUE 'aa' BEFORE 'b'`,
      `INSERT INTO $t VALUES (7, 'd')`,
      `INSERT INTO $t VALUES (7, 'aa')`,
      `INSERT INTO $t VALUES (7, 'a')`,
      `REFRESH MATERIALIZED VIEW $m`,
      `SELECT n FROM $v ORDER BY n`,
      `SELECT n, e FROM $w ORDER BY e, n`,
      `SELECT n, e FROM $m ORDER BY e`,
    );
  }),
  'RENAME VALUE': migration(async (migrating) => {
    await begin(migrating);
    await migrating.noteRaw(
      `CREATE UNIQUE INDEX $u ON $t (n) WHERE e > 'a'`,
      `CREATE VIEW $v AS SELECT n, e FROM $t WHERE e > 'a'`,
      `CREATE MATERIALIZED VIEW $m AS SELECT n, e FROM $t`,
      `ALTER TYPE $e RENAME VALUE 'b' TO 'bb'`,
      `INSERT INTO $t VALUES (1, 'bb')`,
      `INSERT INTO $t VALUES (3, DEFAULT)`,
      `SELECT n, e FROM $v ORDER BY n`,
      `SELECT n, e FROM $m ORDER BY n`,
      `REFRESH MATERIALIZED VIEW $m`,
      `SELECT n, e FROM $m ORDER BY n`,
    );
  }),
  'RENAME TO': migration(async (migrating) => {
    await begin(migrating);
    await migrating.noteRaw(
      `ALTER TABLE $t ADD COLUMN l $e[] DEFAULT ARRAY[]::$e[], ADD COLUMN k $e[] DEFAULT '{a}'`,
      `CREATE UNIQUE INDEX $u ON $t (n) WHERE e = 'a'`,
      `ALTER TYPE $e RENAME TO $f`,
      `INSERT INTO $t (n, e) VALUES (2, 'a')`,
      `INSERT INTO $t (n) VALUES (4)`,
      `SELECT n, e, l::text, k::text FROM $t ORDER BY n`,
    );
    await migrating.note('shape', () => shapeOf(migrating.queryInterface, migrating.name('t')));
  }),
});

const refused = (change: string, ...definitions: readonly string[]): Required<Pick<ContractCase, 'refused' | 'run'>> => ({
  refused: 'labels and names within expressions, views and foreign keys',
  run: async (site) => {
    const named = (text: string) => text.replaceAll(/\$(\w+)/g, (_, suffix: string) => `"${site.name(suffix)}"`);
    await site.sequelize.query(named(`CREATE TYPE $e AS ENUM ('a', 'b'); CREATE TABLE $t (n INT, e $e)`));
    for (const definition of definitions) await site.sequelize.query(named(definition));
    return (await site.sequelize.query(named(`ALTER TYPE $e ${change}`)))[0];
  },
});

const LABEL = `RENAME VALUE 'b' TO 'bb'`;
const NAME = 'RENAME TO $f';

const refusals = feature(chapter, 'enums that are written in definitions', {
  'a label in an index': refused(LABEL, `CREATE UNIQUE INDEX $u ON $t (n) WHERE e = 'b'`),
  'a label in a view': refused(LABEL, `CREATE VIEW $v AS SELECT n FROM $t WHERE e = 'b'`),
  'a label in a CHECK': refused(LABEL, `ALTER TABLE $t ADD CHECK (n > 0 OR e = 'b')`),
  'a label in a generated column': refused(LABEL, `ALTER TABLE $t ADD COLUMN g BOOLEAN GENERATED ALWAYS AS (e = 'b') STORED`),
  'a label that a foreign key references': refused(
    LABEL,
    'ALTER TABLE $t ADD UNIQUE (e)',
    'CREATE TABLE $child (e $e REFERENCES $t (e) ON UPDATE SET NULL)',
  ),
  'a label more, with a view of a column that was renamed': refused(
    "ADD VALUE 'c'",
    `CREATE VIEW $v AS SELECT n FROM $t WHERE e > 'a'`,
    'ALTER TABLE $t RENAME COLUMN n TO m',
  ),
  'the name in an index': refused(NAME, `CREATE INDEX $i ON $t (n) WHERE e = 'b'::$e`),
  'the name in a view': refused(NAME, `CREATE VIEW $v AS SELECT n FROM $t WHERE e = 'b'::$e`),
  'the name in a CHECK': refused(NAME, `ALTER TABLE $t ADD CHECK (e <> 'b'::$e)`),
});

export const enumCases: readonly ContractCase[] = [...changes, ...refusals];
