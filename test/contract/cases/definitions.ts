import { DataTypes, type QueryInterface } from 'sequelize';
import { type ContractCase, feature, type Site } from '../contract-case.js';
import { outcomeOf } from '../../../src/testing/outcome.js';
import { id } from './fixtures.js';

const chapter = 'Tables, columns, indexes, schemas';

/** A description without what names a server: PostgreSQL's own schema names are the same on both. */
const described = async (site: Site, table: string) => site.sequelize.getQueryInterface().describeTable(site.name(table));

async function withTable(site: Site, work: (queryInterface: QueryInterface, table: string) => Promise<unknown>): Promise<unknown> {
  const queryInterface = site.sequelize.getQueryInterface();
  const table = site.name('t');
  await queryInterface.createTable(table, {
    id,
    name: { type: DataTypes.STRING(10), allowNull: false, defaultValue: 'x' },
    mood: DataTypes.ENUM('a', 'b'),
    tags: DataTypes.ARRAY(DataTypes.TEXT),
    data: DataTypes.JSONB,
    at: { type: DataTypes.DATE, defaultValue: site.sequelize.fn('now') },
    big: DataTypes.BIGINT,
    price: { type: DataTypes.DECIMAL(20, 4), defaultValue: 0 },
  });
  await queryInterface.bulkInsert(table, [
    { name: 'one', mood: 'a', big: '9007199254740993', price: '1.5' },
    { name: 'two', big: null },
  ]);
  return work(queryInterface, table);
}

/** A row but for one column. */
const without = (column: string) => (row: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(row).filter(([name]) => name !== column));

const rows = async (site: Site, table: string) => {
  const [found] = await site.sequelize.query(`SELECT * FROM "${table}" ORDER BY id`);
  return (found as Record<string, unknown>[]).map(without('at'));
};

export const definitionCases: readonly ContractCase[] = [
  ...feature(chapter, 'createTable and describeTable', {
    'every type': async (site) => {
      await withTable(site, async () => undefined);
      return described(site, 't');
    },
    twice: async (site) => {
      await withTable(site, async () => undefined);
      return withTable(site, async () => rows(site, site.name('t')));
    },
    'showAllTables has it': async (site) => {
      await withTable(site, async () => undefined);
      return (await site.sequelize.getQueryInterface().showAllTables()).filter((name) => name.startsWith(site.name('')));
    },
    dropTable: async (site) =>
      withTable(site, async (queryInterface, table) => {
        await queryInterface.dropTable(table);
        return [await queryInterface.tableExists(table), await outcomeOf(() => queryInterface.describeTable(table))];
      }),
    renameTable: async (site) =>
      withTable(site, async (queryInterface, table) => {
        await queryInterface.renameTable(table, site.name('renamed'));
        return [await queryInterface.tableExists(table), await rows(site, site.name('renamed'))];
      }),
    'two tables whose names differ in case': async (site) => {
      const upper = await site.model('Case', { id, a: DataTypes.STRING });
      const lower = await site.model('case', { id, a: DataTypes.STRING });
      await upper.create({ a: 'upper' });
      return [await upper.findAll(), await lower.findAll()];
    },
  }),
  ...feature(chapter, 'columns', {
    'addColumn, with a default and NOT NULL': async (site) =>
      withTable(site, async (queryInterface, table) => {
        await queryInterface.addColumn(table, 'extra', { type: DataTypes.INTEGER, allowNull: false, defaultValue: 7 });
        await queryInterface.addColumn(table, 'when', { type: DataTypes.DATE, defaultValue: new Date(0) });
        await queryInterface.addColumn(table, 'kind', { type: DataTypes.ENUM('p', 'q'), defaultValue: 'p' });
        return [await rows(site, table), await described(site, 't')];
      }),
    'addColumn NOT NULL without a default': async (site) =>
      withTable(site, (queryInterface, table) => queryInterface.addColumn(table, 'extra', { type: DataTypes.INTEGER, allowNull: false })),
    removeColumn: async (site) =>
      withTable(site, async (queryInterface, table) => {
        await queryInterface.removeColumn(table, 'data');
        return [await rows(site, table), Object.keys(await described(site, 't'))];
      }),
    renameColumn: async (site) =>
      withTable(site, async (queryInterface, table) => {
        await queryInterface.renameColumn(table, 'big', 'large');
        return rows(site, table);
      }),
    changeColumn: async (site) =>
      withTable(site, async (queryInterface, table) => {
        await queryInterface.changeColumn(table, 'name', { type: DataTypes.STRING(50), allowNull: true, defaultValue: 'new' });
        await queryInterface.changeColumn(table, 'big', { type: DataTypes.DECIMAL(30, 2) });
        return [await rows(site, table), await described(site, 't')];
      }),
    'changeColumn to NOT NULL where there is NULL': async (site) =>
      withTable(site, (queryInterface, table) => queryInterface.changeColumn(table, 'big', { type: DataTypes.BIGINT, allowNull: false })),
  }),
  ...feature(chapter, 'indexes', {
    'addIndex, showIndex, removeIndex': async (site) =>
      withTable(site, async (queryInterface, table) => {
        await queryInterface.addIndex(table, ['name', 'big'], { name: site.name('i') });
        await queryInterface.addIndex(table, { fields: [{ name: 'price', order: 'DESC' }], unique: true, name: site.name('u') });
        const shown = (await queryInterface.showIndex(table)) as { name: string; fields: unknown; unique: boolean; primary: boolean }[];
        await queryInterface.removeIndex(table, site.name('i'));
        const left = (await queryInterface.showIndex(table)) as { name: string }[];
        return [shown.map(({ name, fields, unique, primary }) => ({ name, fields, unique, primary })), left.map(({ name }) => name)];
      }),
    'GIN on JSONB': async (site) =>
      withTable(site, async (queryInterface, table) => {
        await queryInterface.addIndex(table, { fields: ['data'], using: 'gin', name: site.name('g') });
        return rows(site, table);
      }),
  }),
  ...feature(chapter, 'constraints', {
    'addConstraint and removeConstraint': async (site) =>
      withTable(site, async (queryInterface, table) => {
        await queryInterface.addConstraint(table, { type: 'unique', fields: ['name'], name: site.name('uq') });
        const refused = await outcomeOf(() => queryInterface.bulkInsert(table, [{ name: 'one' }]));
        await queryInterface.removeConstraint(table, site.name('uq'));
        await queryInterface.bulkInsert(table, [{ name: 'one' }]);
        // The number that the refused row took is not given again by PostgreSQL (docs/parity.md, limits).
        return [refused, (await rows(site, table)).map(without('id'))];
      }),
    'removeConstraint of none': async (site) =>
      withTable(site, (queryInterface, table) => queryInterface.removeConstraint(table, 'nothing')),
    'a foreign key, told by getForeignKeyReferencesForTable': async (site) => {
      await site.model('parent', { id });
      const child = await site.model('child', {
        id,
        p: { type: DataTypes.INTEGER, references: { model: site.name('parent'), key: 'id' }, onDelete: 'CASCADE' },
      });
      const found = (await site.sequelize.getQueryInterface().getForeignKeyReferencesForTable(child.tableName)) as unknown as Record<
        string,
        unknown
      >[];
      return found.map(({ constraintName, tableName, columnName, referencedTableName, referencedColumnName }) => ({
        constraintName,
        tableName,
        columnName,
        referencedTableName,
        referencedColumnName,
      }));
    },
  }),
  ...feature(chapter, 'enums', {
    'a label is added by sync': async (site) => {
      const first = await site.model('e', { id, mood: DataTypes.ENUM('a', 'c') });
      await first.create({ mood: 'a' });
      const second = site.sequelize.define(
        site.name('e'),
        { id, mood: DataTypes.ENUM('a', 'b', 'c') },
        { timestamps: false, freezeTableName: true },
      );
      await second.sync({ alter: true });
      await second.bulkCreate([{ mood: 'c' }, { mood: 'b' }]);
      return (await second.findAll({ order: [['mood', 'ASC']] })).map((row) => row.get('mood'));
    },
  }),
  ...feature(chapter, 'schemas', {
    'tables of one name in two schemas': async (site) => {
      const schemas = [site.name('s1'), site.name('s2')];
      const seen = [];
      for (const schema of schemas) {
        await site.sequelize.createSchema(schema, {});
        const model = site.sequelize.define(
          'thing',
          { id, a: DataTypes.STRING, mood: DataTypes.ENUM('x', 'y') },
          { schema, timestamps: false, freezeTableName: true },
        );
        await model.sync();
        await model.create({ a: schema, mood: 'x' });
        seen.push(await model.findAll());
      }
      const [raw] = await site.sequelize.query(`SELECT t.a FROM "${schemas[0]}"."thing" t JOIN "${schemas[1]}"."thing" u ON u.id = t.id`);
      return [
        seen,
        raw,
        ((await site.sequelize.showAllSchemas({})) as unknown as string[]).filter((name) => schemas.includes(name)).length,
      ];
    },
    'a table of a schema beside one with the same long name': async (site) => {
      const schema = site.name('s');
      await site.sequelize.createSchema(schema, {});
      const inside = site.sequelize.define('b', { id, a: DataTypes.STRING }, { schema, timestamps: false, freezeTableName: true });
      const outside = site.sequelize.define(`${schema}.b`, { id, a: DataTypes.STRING }, { timestamps: false, freezeTableName: true });
      await inside.sync();
      await outside.sync();
      await inside.create({ a: 'inside' });
      return [await inside.findAll(), await outside.findAll()];
    },
    dropSchema: async (site) => {
      const schema = site.name('s');
      await site.sequelize.createSchema(schema, {});
      const model = site.sequelize.define('b', { id }, { schema, timestamps: false });
      await model.sync();
      await site.sequelize.dropSchema(schema, {});
      return model.count();
    },
  }),
];
