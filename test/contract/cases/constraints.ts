import { DataTypes, Deferrable } from 'sequelize';
import { type ContractCase, feature, type Site } from '../contract-case.js';
import { outcomeOf } from '../../../src/testing/outcome.js';
import { filledShop, id, shop } from './fixtures.js';

const chapter = 'Constraints and their errors';

const afterwards = async (site: Site, write: () => Promise<unknown>, count: () => Promise<unknown>) => [
  await outcomeOf(write),
  await count(),
];

export const constraintCases: readonly ContractCase[] = [
  ...feature(chapter, 'unique', {
    'of a column, by create': async (site) => {
      const { people } = await filledShop(site);
      return afterwards(
        site,
        () => people.create({ name: 'Ada' }),
        () => people.count(),
      );
    },
    'by update': async (site) => {
      const { people } = await filledShop(site);
      return afterwards(
        site,
        () => people.update({ name: 'Ada' }, { where: { id: 2 } }),
        () => people.findByPk(2),
      );
    },
    'by bulkCreate': async (site) => {
      const { people } = await filledShop(site);
      return afterwards(
        site,
        () => people.bulkCreate([{ name: 'x' }, { name: 'Bob' }]),
        () => people.count(),
      );
    },
    'of the primary key': async (site) => {
      const { people } = await filledShop(site);
      return people.create({ id: 1, name: 'new' });
    },
    'of several columns': async (site) => {
      const model = await site.model('m', {
        id,
        a: { type: DataTypes.INTEGER, unique: 'ab' },
        b: { type: DataTypes.STRING, unique: 'ab' },
      });
      await model.create({ a: 1, b: 'x' });
      await model.create({ a: 1, b: null });
      await model.create({ a: 1, b: null });
      return model.create({ a: 1, b: 'x' });
    },
    'with a message of its own': async (site) => {
      const model = await site.model('m', { id, a: { type: DataTypes.INTEGER, unique: { name: site.name('own'), msg: 'taken!' } } });
      await model.create({ a: 1 });
      return model.create({ a: 1 });
    },
    'of an index': async (site) => {
      const model = await site.model(
        'm',
        { id, a: DataTypes.INTEGER, b: DataTypes.DATE },
        { indexes: [{ unique: true, fields: ['a', 'b'] }] },
      );
      await model.create({ a: 1, b: new Date(0) });
      return model.create({ a: 1, b: new Date(0) });
    },
    'of an expression': async (site) => {
      const { people } = await filledShop(site);
      await site.sequelize.query(`CREATE UNIQUE INDEX "${site.name('lower')}" ON "${people.tableName}" (lower(name))`);
      return people.create({ name: 'ADA' });
    },
    'of a partial index': async (site) => {
      const model = await site.model(
        'm',
        { id, a: DataTypes.INTEGER, gone: DataTypes.BOOLEAN },
        { indexes: [{ unique: true, fields: ['a'], where: { gone: false } }] },
      );
      await model.bulkCreate([
        { a: 1, gone: true },
        { a: 1, gone: true },
        { a: 1, gone: false },
      ]);
      return model.create({ a: 1, gone: false });
    },
  }),
  ...feature(chapter, 'not null', {
    'by create past validation': async (site) => (await shop(site)).people.create({ age: 1 }, { validate: false }),
    'by raw SQL': async (site) => {
      const { people } = await shop(site);
      return site.sequelize.query(`INSERT INTO "${people.tableName}" (name) VALUES (NULL)`);
    },
    'of a primary key': async (site) => {
      const { people } = await shop(site);
      return site.sequelize.query(`INSERT INTO "${people.tableName}" (id, name) VALUES (NULL, 'x')`);
    },
    'by update': async (site) => {
      const { people } = await filledShop(site);
      return site.sequelize.query(`UPDATE "${people.tableName}" SET name = NULL WHERE id = 1`);
    },
  }),
  ...feature(chapter, 'foreign key', {
    'to a row that is not there': async (site) => (await filledShop(site)).orders.create({ sku: 'x', personId: 99 }),
    'ON DELETE CASCADE': async (site) => {
      const { people, orders } = await filledShop(site);
      await people.destroy({ where: { id: 1 } });
      return orders.findAll({ order: ['id'] });
    },
    'RESTRICT and NO ACTION': async (site) => {
      const parent = await site.model('parent', { id });
      const child = await site.model('child', {
        id,
        p: { type: DataTypes.INTEGER, references: { model: site.name('parent'), key: 'id' }, onDelete: 'RESTRICT' },
      });
      await parent.create({});
      await child.create({ p: 1 });
      return afterwards(
        site,
        () => parent.destroy({ where: { id: 1 } }),
        () => parent.count(),
      );
    },
    'SET NULL': async (site) => {
      const parent = await site.model('parent', { id });
      const child = await site.model('child', {
        id,
        p: { type: DataTypes.INTEGER, references: { model: site.name('parent'), key: 'id' }, onDelete: 'SET NULL' },
      });
      await parent.create({});
      await child.create({ p: 1 });
      await parent.destroy({ where: { id: 1 } });
      return child.findAll();
    },
    deferred: async (site) => {
      const parent = await site.model('parent', { id: { type: DataTypes.INTEGER, primaryKey: true } });
      const child = await site.model('child', {
        id,
        p: {
          type: DataTypes.INTEGER,
          references: { model: site.name('parent'), key: 'id', deferrable: Deferrable.INITIALLY_DEFERRED() },
        },
      });
      await site.sequelize.transaction(async (transaction) => {
        await child.create({ p: 7 }, { transaction });
        await parent.create({ id: 7 }, { transaction });
      });
      return child.findAll();
    },
  }),
  ...feature(chapter, 'check', {
    'by create': async (site) => {
      const model = await site.model('m', { id, a: DataTypes.INTEGER });
      await site.sequelize.getQueryInterface().addConstraint(model.tableName, {
        type: 'check',
        fields: ['a'],
        name: site.name('positive'),
        where: { a: { [(await import('sequelize')).Op.gt]: 0 } },
      });
      await model.create({ a: 1 });
      return afterwards(
        site,
        () => model.create({ a: -1 }),
        () => model.count(),
      );
    },
  }),
  ...feature(chapter, 'too long, out of range, malformed', {
    'raw INSERT of too long a string': async (site) => {
      const { people } = await shop(site);
      return site.sequelize.query(`INSERT INTO "${people.tableName}" (name) VALUES ('${'x'.repeat(21)}')`);
    },
    'raw UPDATE with an expression that is too long': async (site) => {
      const { people } = await filledShop(site);
      return afterwards(
        site,
        () => site.sequelize.query(`UPDATE "${people.tableName}" SET name = name || '${'x'.repeat(20)}'`),
        () => people.findByPk(1),
      );
    },
    'raw INSERT of an integer that overflows': async (site) => {
      const { people } = await shop(site);
      return site.sequelize.query(`INSERT INTO "${people.tableName}" (name, age) VALUES ('a', 3000000000)`);
    },
    'raw INSERT of text into a number': async (site) => {
      const { people } = await shop(site);
      return site.sequelize.query(`INSERT INTO "${people.tableName}" (name, age) VALUES ('a', 'old')`);
    },
    'a decimal that overflows': async (site) => (await shop(site)).people.create({ name: 'a', balance: '12345678901' }),
  }),
];
