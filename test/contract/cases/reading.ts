import { Op, QueryTypes } from 'sequelize';
import { type ContractCase, feature } from '../contract-case.js';
import { filledShop } from './fixtures.js';

const chapter = 'Statements that read';

export const readingCases: readonly ContractCase[] = [
  ...feature(chapter, 'NULL in ORDER BY', {
    ascending: async (site) =>
      (await filledShop(site)).people.findAll({
        order: [
          ['age', 'ASC'],
          ['id', 'ASC'],
        ],
        raw: true,
      }),
    descending: async (site) =>
      (await filledShop(site)).people.findAll({
        order: [
          ['age', 'DESC'],
          ['id', 'DESC'],
        ],
        raw: true,
      }),
    'NULLS FIRST and LAST': async (site) => {
      const { people } = await filledShop(site);
      return [
        await people.findAll({ order: [['age', 'ASC NULLS FIRST'], 'id'] }),
        await people.findAll({ order: [['age', 'DESC NULLS LAST'], 'id'] }),
      ];
    },
    'of an included model': async (site) => {
      const { people } = await filledShop(site);
      return people.findAll({
        include: 'orders',
        order: [
          ['orders', 'placed', 'DESC'],
          ['id', 'ASC'],
          ['orders', 'id', 'ASC'],
        ],
      });
    },
    'of an expression': async (site) => {
      const { people } = await filledShop(site);
      const { literal, fn, col } = site.sequelize.Sequelize as unknown as typeof import('sequelize');
      return [
        await people.findAll({ order: [literal('age * 2 DESC'), 'id'] }),
        await people.findAll({ order: [[fn('lower', col('name')), 'ASC']] }),
      ];
    },
  }),
  ...feature(chapter, 'includes', {
    hasMany: async (site) => (await filledShop(site)).people.findAll({ include: 'orders', order: ['id', ['orders', 'id', 'ASC']] }),
    'belongsTo, required': async (site) =>
      (await filledShop(site)).orders.findAll({ include: [{ association: 'person', required: true }], order: ['id'] }),
    belongsToMany: async (site) => (await filledShop(site)).people.findAll({ include: 'tags', order: ['id', ['tags', 'id', 'ASC']] }),
    'separate with order and limit': async (site) =>
      (await filledShop(site)).people.findAll({
        include: [{ association: 'orders', separate: true, order: [['placed', 'DESC'], 'id'], limit: 2 }],
        order: ['id'],
      }),
    'limit over hasMany': async (site) =>
      (await filledShop(site)).people.findAll({ include: 'orders', limit: 2, offset: 1, order: ['name', ['orders', 'id', 'ASC']] }),
    'limit with a required include': async (site) =>
      (await filledShop(site)).people.findAll({ include: [{ association: 'orders', where: { sku: 'a' } }], limit: 5, order: ['id'] }),
    'where on an included column': async (site) =>
      (await filledShop(site)).people.findAll({ include: 'orders', where: { '$orders.sku$': 'a' }, order: ['id'] }),
    'grouped limit of belongsToMany': async (site) =>
      (await filledShop(site)).tags.findAll({
        include: [{ association: 'people', through: { attributes: [] } }],
        limit: 1,
        order: [['label', 'DESC']],
      }),
    findAndCountAll: async (site) =>
      (await filledShop(site)).people.findAndCountAll({ include: 'orders', limit: 1, order: ['id'], distinct: true }),
    'association getters with options': async (site) => {
      const { people } = await filledShop(site);
      const ada = (await people.findByPk(1)) as unknown as Record<string, (options?: object) => Promise<unknown>>;
      return [await ada['getOrders']?.({ order: [['placed', 'ASC']], limit: 2 }), await ada['countTags']?.()];
    },
  }),
  ...feature(chapter, 'aggregates', {
    'count, min, max, sum': async (site) => {
      const { people, orders } = await filledShop(site);
      return [
        await people.count(),
        await people.count({ where: { age: 36 } }),
        await people.min('age'),
        await people.max('points'),
        await people.max('born'),
        await orders.sum('amount'),
        await orders.sum('amount', { where: { id: -1 } }),
        await orders.min('placed'),
        await people.sum('age'),
      ];
    },
    'count with group': async (site) => (await filledShop(site)).people.count({ group: ['age'], order: ['age'] } as never),
    'group and having': async (site) => {
      const { orders } = await filledShop(site);
      const { fn, col, where } = site.sequelize.Sequelize as unknown as typeof import('sequelize');
      return orders.findAll({
        attributes: ['personId', [fn('COUNT', col('id')), 'n'], [fn('SUM', col('amount')), 'total'], [fn('MAX', col('placed')), 'last']],
        group: ['personId'],
        having: where(fn('COUNT', col('id')), { [Op.gte]: 1 }) as never,
        order: ['personId'],
        raw: true,
      });
    },
    'a column that is not grouped': async (site) => {
      const { orders } = await filledShop(site);
      return orders.findAll({ attributes: ['sku', 'personId'], group: ['sku'] });
    },
    'average of integers': async (site) => {
      const { people } = await filledShop(site);
      return site.sequelize.query(`SELECT AVG(age), SUM(age), COUNT(*), COUNT(age), MIN(name) FROM "${people.tableName}"`, {
        type: QueryTypes.SELECT,
      });
    },
  }),
  ...feature(chapter, 'finders', {
    'findByPk of text that is a number': async (site) => (await filledShop(site)).people.findByPk('1'),
    'findByPk of what is no number': async (site) => (await filledShop(site)).people.findByPk('x'),
    'findOne without a match': async (site) => (await filledShop(site)).people.findOne({ where: { name: 'nobody' } }),
    'attributes with aliases and functions': async (site) => {
      const { people } = await filledShop(site);
      const { fn, col, literal } = site.sequelize.Sequelize as unknown as typeof import('sequelize');
      return people.findAll({
        attributes: [
          ['name', 'n'],
          [fn('length', col('name')), 'l'],
          [literal('age > 30'), 'old'],
          [literal('points'), 'p'],
        ],
        order: ['id'],
        raw: true,
      });
    },
    'where with operators': async (site) => {
      const { people } = await filledShop(site);
      const names = async (where: object) => (await people.findAll({ where: where as never, order: ['id'] })).map((row) => row.get('name'));
      return [
        await names({ age: { [Op.gt]: 30 } }),
        await names({ age: { [Op.between]: [20, 30] } }),
        await names({ age: { [Op.notBetween]: [20, 30] } }),
        await names({ name: { [Op.in]: ['Ada', 'Bob'] } }),
        await names({ name: { [Op.notIn]: ['Ada', 'Bob'] } }),
        await names({ name: { [Op.in]: [] } }),
        await names({ name: { [Op.like]: 'B%' } }),
        await names({ name: { [Op.like]: 'b%' } }),
        await names({ [Op.or]: [{ age: 22 }, { active: false }] }),
        await names({ [Op.not]: { age: 22 } }),
        await names({ active: true, balance: { [Op.gt]: 5 } }),
        await names({ points: { [Op.gt]: '9007199254740992' } }),
        await names({ born: { [Op.lt]: new Date('1900-01-01') } }),
      ];
    },
    'a JSON path': async (site) => {
      const { people } = await filledShop(site);
      const names = async (where: object) => (await people.findAll({ where: where as never, order: ['id'] })).map((row) => row.get('name'));
      return [
        await names({ 'profile.city': 'London' }),
        await names({ profile: { n: { [Op.gt]: 2 } } }),
        await names({ profile: { city: 'Paris', n: 10 } }),
        await names({ profile: null }),
        await people.findAll({ order: [['profile.n', 'DESC'], 'id'], attributes: ['name', 'profile'], raw: true }),
      ];
    },
    'an unknown column': async (site) => (await filledShop(site)).people.findAll({ where: { nothing: 1 } }),
    'DISTINCT and UNION': async (site) => {
      const { people, orders } = await filledShop(site);
      return [
        await site.sequelize.query(`SELECT DISTINCT age FROM "${people.tableName}" ORDER BY age DESC`),
        await site.sequelize.query(
          `(SELECT name FROM "${people.tableName}" ORDER BY id LIMIT 1) UNION ALL SELECT sku FROM "${orders.tableName}" ORDER BY 1`,
        ),
        await site.sequelize.query(`SELECT DISTINCT ON (age) age, name FROM "${people.tableName}" ORDER BY age, name DESC`),
      ];
    },
    'a common table expression and a window': async (site) => {
      const { people } = await filledShop(site);
      return site.sequelize.query(
        `WITH old AS (SELECT * FROM "${people.tableName}" WHERE age IS NOT NULL) SELECT name, row_number() OVER (PARTITION BY age ORDER BY name) AS r, count(*) OVER () FROM old ORDER BY name`,
      );
    },
  }),
];
