import { DataTypes, Op, type Transaction } from 'sequelize';
import { type ContractCase, feature } from '../../contract-case.js';
import { enumCases } from './enums.js';
import { type Migrating, migration } from './migrating.js';
import { id, things } from './things.js';

const chapter = 'The query interface, as migrations use it';

const types = feature(chapter, 'types, comments, sequences', {
  'ALTER TYPE, DROP TYPE, COMMENT ON': migration(async (migrating) => {
    const { noteRaw, noteTable } = migrating;
    await things(migrating);
    await noteRaw(
      `CREATE TYPE $e AS ENUM ('a', 'b')`,
      `CREATE TYPE $e AS ENUM ('a', 'b')`,
      `ALTER TABLE $t ADD COLUMN e $e DEFAULT 'a', ADD COLUMN e2 $e NOT NULL DEFAULT 'b'`,
      `ALTER TYPE $e ADD VALUE 'c'`,
      `ALTER TYPE $e ADD VALUE IF NOT EXISTS 'c'`,
      `ALTER TYPE $e ADD VALUE 'c'`,
      `ALTER TYPE $e ADD VALUE 'aa' AFTER 'a'`,
      `ALTER TYPE $e ADD VALUE '0' BEFORE 'a'`,
      `ALTER TYPE $e ADD VALUE 'x' BEFORE 'nothing'`,
      `ALTER TYPE $nothing ADD VALUE 'x'`,
      `ALTER TYPE $e RENAME VALUE 'a' TO 'A'`,
      `ALTER TYPE $e RENAME VALUE 'nothing' TO 'A'`,
      `ALTER TYPE $e RENAME VALUE 'b' TO 'A'`,
      `INSERT INTO $t (name, e) VALUES ('x', 'A'), ('y', 'aa'), ('z', '0'), ('d', DEFAULT)`,
      `SELECT name, e, e2 FROM $t ORDER BY e, name`,
      `SELECT enum_range(NULL::$e)::text AS labels`,
      `DROP TYPE $e`,
      `ALTER TYPE $e RENAME TO $renamed`,
      `COMMENT ON TABLE $t IS 'it''s a table'`,
      `COMMENT ON COLUMN $t.name IS 'it''s a name'`,
      `COMMENT ON COLUMN $t.nothing IS 'x'`,
      `COMMENT ON COLUMN $t.name IS NULL`,
      `COMMENT ON COLUMN $t.big IS 'big;'`,
    );
    await noteTable('t');
    await noteRaw(`DROP TYPE $renamed CASCADE`, `SELECT * FROM $t WHERE false`, `DROP TYPE IF EXISTS $renamed`, `DROP TYPE $renamed`);
    await noteTable('t');
  }),
  'comments on other things': migration(async (migrating) => {
    await things(migrating);
    await migrating.noteRaw(
      'CREATE INDEX $i ON $t (big)',
      `COMMENT ON INDEX $i IS 'an index'`,
      `COMMENT ON TYPE "enum_${migrating.name('t')}_kind" IS 'a type'`,
      `ALTER TABLE $t ADD CONSTRAINT $c CHECK (big > 0)`,
      `COMMENT ON CONSTRAINT $c ON $t IS 'a check'`,
      `COMMENT ON SCHEMA public IS 'standard public schema'`,
      `COMMENT ON INDEX $nothing IS 'an index'`,
      `COMMENT ON TYPE $nothing IS 'a type'`,
      `COMMENT ON CONSTRAINT $nothing ON $t IS 'a check'`,
      `COMMENT ON SCHEMA $nothing IS 'a schema'`,
    );
  }),
  'sequences of columns': migration(async (migrating) => {
    await things(migrating);
    const sequence = `"${migrating.name('t')}_id_seq"`;
    await migrating.noteRaw(
      `ALTER SEQUENCE ${sequence} RESTART WITH 100`,
      `INSERT INTO $t (name) VALUES ('a') RETURNING id`,
      `SELECT setval('${sequence}', 200)`,
      `INSERT INTO $t (name) VALUES ('b') RETURNING id`,
      `SELECT setval('${sequence}', (SELECT max(id) FROM $t) + 1, false)`,
      `INSERT INTO $t (name) VALUES ('c') RETURNING id`,
      `SELECT setval(pg_get_serial_sequence('$t', 'id'), coalesce(max(id), 1)) FROM $t`,
      `INSERT INTO $t (name) VALUES ('d') RETURNING id`,
      `ALTER TABLE $t RENAME COLUMN id TO number`,
      `ALTER SEQUENCE ${sequence} RESTART WITH 300`,
      `INSERT INTO $t (name) VALUES ('e') RETURNING number`,
      `DROP SEQUENCE IF EXISTS $nothing`,
      `DROP SEQUENCE $nothing`,
    );
  }),
});

class Stopped extends Error {}

const transactions = feature(chapter, 'transactions in migrations', {
  'several definitions are undone together': migration(async (migrating) => {
    const { queryInterface, sequelize, name, note, noteTable, noteRaw } = migrating;
    await things(migrating);
    await note('rows', () => queryInterface.bulkInsert(name('t'), [{ name: 'kept' }]));
    await noteTable('t');
    await note('undone', () =>
      sequelize.transaction(async (transaction) => {
        await everything(migrating, transaction);
        throw new Stopped('stopped');
      }),
    );
    await noteTable('t');
    await noteRaw(
      `SELECT typname FROM pg_type WHERE typname LIKE '%${name('')}%' AND typtype = 'e' ORDER BY 1`,
      'SELECT * FROM $u',
      'SELECT * FROM $s.$v',
    );
    await note('done', () => sequelize.transaction((transaction) => everything(migrating, transaction)));
    await noteTable('t');
    await noteTable('u');
  }),
  savepoints: migration(async (migrating) => {
    const { queryInterface, sequelize, name, note, noteTable } = migrating;
    await things(migrating);
    await note('with a part undone', () =>
      sequelize.transaction(async (transaction) => {
        await queryInterface.addColumn(name('t'), 'kept', { type: DataTypes.INTEGER, defaultValue: 1 }, { transaction });
        await sequelize
          .transaction({ transaction }, async (inner) => {
            await queryInterface.addColumn(name('t'), 'undone', { type: DataTypes.INTEGER }, { transaction: inner });
            await queryInterface.removeColumn(name('t'), 'big', { transaction: inner });
            await queryInterface.createTable(name('u'), { id }, { transaction: inner });
            throw new Stopped('stopped');
          })
          .catch(() => undefined);
        await queryInterface.addIndex(name('t'), ['big', 'kept'], { transaction });
        return Object.keys(await queryInterface.describeTable(name('t'), { transaction } as never));
      }),
    );
    await noteTable('t');
    await note('a failure within', () =>
      sequelize.transaction(async (transaction) => {
        await sequelize
          .transaction({ transaction }, (inner) =>
            queryInterface.addColumn(name('t'), 'kept', { type: DataTypes.INTEGER }, { transaction: inner }),
          )
          .catch(() => undefined);
        await queryInterface.addColumn(name('t'), 'after', { type: DataTypes.INTEGER }, { transaction });
      }),
    );
    await noteTable('t');
  }),
  'a failure in the middle': migration(async (migrating) => {
    const { queryInterface, sequelize, name, note, noteTable } = migrating;
    await things(migrating);
    await note('rows', () => queryInterface.bulkInsert(name('t'), [{ name: 'a' }, { name: 'b' }]));
    const steps = async (options: { transaction?: Transaction }) => {
      await queryInterface.addColumn(name('t'), 'one', { type: DataTypes.INTEGER, allowNull: false, defaultValue: 1 }, options);
      await queryInterface.bulkInsert(name('t'), [{ name: 'c' }], options);
      await queryInterface.addConstraint(name('t'), { type: 'unique', fields: ['one'], name: name('uq'), ...options });
      await queryInterface.addColumn(name('t'), 'two', { type: DataTypes.INTEGER }, options);
    };
    await note('with a transaction', () => sequelize.transaction((transaction) => steps({ transaction })));
    await noteTable('t');
    await note('going on in the transaction', () =>
      sequelize.transaction(async (transaction) => {
        await steps({ transaction }).catch(() => undefined);
        await queryInterface.addColumn(name('t'), 'three', { type: DataTypes.INTEGER }, { transaction });
      }),
    );
    await noteTable('t');
    await note('without one', () => steps({}));
    await note('columns', async () => Object.keys(await queryInterface.describeTable(name('t'))));
    await note('again', () => steps({}));
  }),
  'several statements in one text': migration(async (migrating) => {
    const { noteRaw, noteTable, sequelize, name, note } = migrating;
    await things(migrating);
    await noteRaw(
      `ALTER TABLE $t ADD COLUMN one INT; CREATE INDEX $i ON $t (one); INSERT INTO $t (name, one) VALUES ('a', 1); SELECT name, one FROM $t;`,
      `ALTER TABLE $t ADD COLUMN two INT; INSERT INTO $t (name, two) VALUES ('a', 2); ALTER TABLE $t ADD COLUMN three INT`,
      `BEGIN; ALTER TABLE $t ADD COLUMN two INT; COMMIT; ALTER TABLE $t ADD COLUMN two INT`,
      `ALTER TABLE $t ADD COLUMN four INT; SELECT nothing FROM $t`,
      `-- a comment\nUPDATE $t SET one = 5; /* another */ ;; DELETE FROM $t WHERE one = 4;\n`,
      `CREATE INDEX CONCURRENTLY $i2 ON $t (one); SELECT 1`,
    );
    await note('concurrently in a transaction', () =>
      sequelize.transaction((transaction) =>
        sequelize.query(`CREATE INDEX CONCURRENTLY "${name('i3')}" ON "${name('t')}" (one)`, { transaction }),
      ),
    );
    await note('a label that is used in its transaction', () =>
      sequelize.transaction(async (transaction) => {
        await sequelize.query(`ALTER TYPE "enum_${name('t')}_kind" ADD VALUE 'c'`, { transaction });
        await sequelize.query(`UPDATE "${name('t')}" SET kind = 'c'`, { transaction });
      }),
    );
    await noteTable('t');
  }),
});

async function everything({ queryInterface, sequelize, name }: Migrating, transaction: Transaction): Promise<void> {
  const options = { transaction };
  await sequelize.query(`CREATE SCHEMA "${name('s')}"`, options);
  await queryInterface.createTable({ tableName: name('v'), schema: name('s') }, { id, kind: DataTypes.ENUM('x') }, options);
  await queryInterface.createTable(
    name('u'),
    { id, mood: DataTypes.ENUM('p'), t: { type: DataTypes.INTEGER, references: { model: name('t'), key: 'id' } } },
    options,
  );
  await queryInterface.bulkInsert(name('u'), [{ mood: 'p', t: 1 }], options);
  await queryInterface.addColumn(name('t'), 'more', { type: DataTypes.ENUM('m'), defaultValue: 'm' }, options);
  await queryInterface.renameColumn(name('t'), 'big', 'large', options);
  await queryInterface.removeColumn(name('t'), 'flag', options);
  await queryInterface.changeColumn(name('t'), 'name', { type: DataTypes.TEXT, allowNull: true, defaultValue: 'n' }, options);
  await queryInterface.addIndex(name('t'), ['large'], { unique: true, transaction });
  await queryInterface.addConstraint(name('t'), { type: 'check', fields: ['large'], where: { large: { [Op.gt]: 0 } }, transaction });
  await queryInterface.bulkUpdate(name('t'), { large: 5 }, {}, options);
  await sequelize.query(`ALTER TYPE "enum_${name('t')}_kind" ADD VALUE 'z'`, options);
}

const refusals: readonly ContractCase[] = feature(chapter, 'what needs a server', {
  createFunction: {
    refused: 'functions',
    run: (site) => site.sequelize.getQueryInterface().createFunction(site.name('f'), [], 'integer', 'plpgsql', 'RETURN 1;'),
  },
  'CREATE TRIGGER': {
    refused: 'functions and triggers',
    run: ({ sequelize, ...site }) =>
      sequelize.query(
        `CREATE FUNCTION "${site.name('f')}"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at = now(); RETURN NEW; END $$`,
      ),
  },
  'CREATE SEQUENCE': {
    refused: 'sequences of no column',
    run: ({ sequelize, ...site }) => sequelize.query(`CREATE SEQUENCE "${site.name('s')}" START 1000`),
  },
  'RENAME VALUE of an enum with arrays': {
    refused: 'the labels within the lists',
    run: async ({ sequelize, ...site }) => {
      await sequelize.query(`CREATE TYPE "${site.name('e')}" AS ENUM ('a'); CREATE TABLE "${site.name('t')}" (a "${site.name('e')}"[])`);
      return (await sequelize.query(`ALTER TYPE "${site.name('e')}" RENAME VALUE 'a' TO 'b'`))[0];
    },
  },
  'a second number of its own': {
    refused: 'two serial columns',
    run: async ({ sequelize, ...site }) => {
      const queryInterface = sequelize.getQueryInterface();
      await queryInterface.createTable(site.name('t'), { id });
      return queryInterface.addColumn(site.name('t'), 'number', { type: DataTypes.BIGINT, autoIncrement: true });
    },
  },
  'a table without columns': {
    refused: 'the last column is dropped',
    run: async ({ sequelize, ...site }) => {
      const queryInterface = sequelize.getQueryInterface();
      await queryInterface.createTable(site.name('t'), { a: DataTypes.INTEGER });
      return queryInterface.removeColumn(site.name('t'), 'a');
    },
  },
});

export const statementCases: readonly ContractCase[] = [...types, ...transactions, ...enumCases, ...refusals];
