import { DataTypes } from 'sequelize';
import { type ContractCase, feature } from '../../contract-case.js';
import { migration } from './migrating.js';
import { id } from './things.js';

const chapter = 'The query interface, as migrations use it';

export const schemaCases: readonly ContractCase[] = feature(chapter, 'schemas', {
  'tables, enums, indexes and references in schemas': migration(async ({ queryInterface, name, note, noteRaw, noteTable, raw }) => {
    const [one, two] = [name('one'), name('two')];
    await note('schemas', async () => {
      await queryInterface.createSchema(one);
      await queryInterface.createSchema(two);
    });
    await note('twice', () => queryInterface.createSchema(one));
    await note('all', async () =>
      ((await queryInterface.showAllSchemas()) as unknown as string[]).filter((schema) => [one, two].includes(schema)).sort(),
    );
    await note('by object', () =>
      queryInterface.createTable(
        { tableName: name('t'), schema: one },
        {
          id,
          mood: { type: DataTypes.ENUM('a', 'b'), defaultValue: 'a' },
          n: { type: DataTypes.INTEGER, unique: true },
        },
      ),
    );
    await note('by option', () => queryInterface.createTable(name('t'), { id, mood: DataTypes.ENUM('c') }, { schema: two } as never));
    await note('a reference', () =>
      queryInterface.createTable(
        { tableName: name('u'), schema: two },
        {
          id,
          t: { type: DataTypes.INTEGER, references: { model: { tableName: name('t'), schema: one }, key: 'id' }, onDelete: 'CASCADE' },
          same: { type: DataTypes.INTEGER, references: { model: name('t'), key: 'id' } },
        },
      ),
    );
    await noteTable('t', 'one');
    await noteTable('u', 'two');
    const t = { tableName: name('t'), schema: one };
    await note('addColumn', () =>
      queryInterface.addColumn(t, 'kind', { type: DataTypes.ENUM('p', 'q'), allowNull: false, defaultValue: 'q' }),
    );
    await note('addIndex', () => queryInterface.addIndex(t, ['kind'], { unique: true, where: { kind: 'p' } }));
    await note('addConstraint', () =>
      queryInterface.addConstraint(t, { type: 'check', fields: ['n'], where: { n: 5 }, name: name('five') }),
    );
    await note('changeColumn', () => queryInterface.changeColumn(t, 'n', { type: DataTypes.BIGINT, defaultValue: 5 }));
    await note('renameColumn', () => queryInterface.renameColumn(t, 'n', 'number'));
    await note('bulkInsert', () => queryInterface.bulkInsert(t, [{ kind: 'p' }, { kind: 'q', number: 5 }]));
    await note('four', () => queryInterface.bulkInsert(t, [{ kind: 'q', number: 4 }]));
    await noteTable('t', 'one');
    await note('removeColumn', () => queryInterface.removeColumn(t, 'kind'));
    await note('removeConstraint', () => queryInterface.removeConstraint(t, name('five')));
    await noteTable('t', 'one');
    await noteRaw('INSERT INTO $two.$u (t) VALUES (1)', `ALTER TABLE $one.$t SET SCHEMA $two`, `ALTER TABLE $one.$t SET SCHEMA public`);
    await noteTable('t');
    await noteTable('u', 'two');
    await note('drop', () => queryInterface.dropTable({ tableName: name('u'), schema: two }));
    await note('not empty', () => raw('DROP SCHEMA $two'));
    await note('drop', () => queryInterface.dropSchema(two));
    await note('drop none', () => queryInterface.dropSchema(two));
    await noteRaw('SELECT * FROM $two.$t', 'DROP TABLE $t');
  }),
  'by the search path': migration(async ({ sequelize, name, note, noteRaw, noteTable }) => {
    await noteRaw('CREATE SCHEMA IF NOT EXISTS $s', 'CREATE SCHEMA IF NOT EXISTS $s', 'CREATE SCHEMA $s');
    await note('within', () =>
      sequelize.transaction(async (transaction) => {
        await sequelize.query(`SET LOCAL search_path TO "${name('s')}", public`, { transaction });
        await sequelize.query(`CREATE TABLE "${name('t')}" (id SERIAL PRIMARY KEY, a TEXT)`, { transaction });
        await sequelize.query(`CREATE INDEX "${name('i')}" ON "${name('t')}" (a)`, { transaction });
        return (await sequelize.query(`INSERT INTO "${name('t')}" (a) VALUES ('x') RETURNING id`, { transaction }))[0];
      }),
    );
    await noteTable('t', 's');
    await noteRaw('SELECT * FROM $t');
  }),
});
