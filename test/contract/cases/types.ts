import { DataTypes, type Model, QueryTypes } from 'sequelize';
import { type ContractCase, feature, type Row, type Site } from '../contract-case.js';
import { outcomeOf } from '../../../src/testing/outcome.js';
import { TYPES, type TypeSamples } from '../types.js';

const chapter = 'Types';

/** A model with one column of the type, and the values to write to it, NULL among them. */
async function subject(site: Site, { type, values }: TypeSamples) {
  const model = await site.model('t', { id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true }, value: type });
  return { model, values: [...values, null] };
}

const valueOf = (row: Row | Model | null) => (row as Row | null)?.get('value');

async function filled(site: Site, samples: TypeSamples) {
  const { model, values } = await subject(site, samples);
  for (const value of values) await model.create({ value });
  return { model, values };
}

/** Writing: each value one by one, then what was stored is read back. */
const writing: Readonly<Record<string, (site: Site, samples: TypeSamples) => Promise<unknown>>> = {
  'create, and what it returns': async (site, samples) => {
    const { model, values } = await subject(site, samples);
    const given = [];
    for (const value of values) given.push(valueOf(await model.create({ value })));
    return [given, (await model.findAll({ order: ['id'] })).map(valueOf)];
  },
  'bulkCreate, and what it returns': async (site, samples) => {
    const { model, values } = await subject(site, samples);
    const rows = await model.bulkCreate(
      values.map((value) => ({ value })),
      { returning: true },
    );
    return [rows.map((row) => row.get()), (await model.findAll({ order: ['id'] })).map(valueOf)];
  },
  'save of a changed row, then reload': async (site, samples) => {
    const { model, values } = await subject(site, samples);
    const row = await model.create({});
    const seen = [];
    for (const value of values) {
      await row.update({ value });
      seen.push(valueOf(row), valueOf(await row.reload()));
    }
    return seen;
  },
  'Model.update with returning': async (site, samples) => {
    const { model, values } = await subject(site, samples);
    await model.create({});
    const seen = [];
    for (const value of values) {
      const [count, rows] = await model.update({ value }, { where: { id: 1 }, returning: true });
      seen.push(
        count,
        rows.map((row) => row.get()),
      );
    }
    return seen;
  },
  'upsert, and what it returns': async (site, samples) => {
    const { model, values } = await subject(site, samples);
    const seen = [];
    for (const value of values) {
      const [row, created] = await model.upsert({ id: 1, value });
      seen.push(valueOf(row), created, valueOf(await model.findByPk(1)));
    }
    return seen;
  },
  'a column default': async (site, samples) => {
    const seen = [];
    for (const [index, value] of samples.values.entries()) {
      const model = await site.model(`d${index}`, {
        id: { type: DataTypes.INTEGER, primaryKey: true },
        value: { type: samples.type, defaultValue: value },
      });
      await site.sequelize.query(`INSERT INTO "${model.tableName}" (id) VALUES (1)`);
      seen.push(valueOf(await model.findByPk(1)), valueOf(await model.create({ id: 2 })));
    }
    return seen;
  },
};

/** Reading: all values are there already. */
const reading: Readonly<Record<string, (site: Site, samples: TypeSamples) => Promise<unknown>>> = {
  'findAll with raw: true': async (site, samples) => (await filled(site, samples)).model.findAll({ raw: true, order: ['id'] }),
  'an include, a nested one, and a separate one': async (site, samples) => {
    const { model } = await filled(site, samples);
    const parent = await site.model('p', {
      id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
      value: samples.type,
    });
    const link = await site.model('l', {
      id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
      pId: DataTypes.INTEGER,
      tId: DataTypes.INTEGER,
    });
    parent.hasMany(link, { as: 'links', foreignKey: 'pId', constraints: false });
    link.belongsTo(model, { as: 'target', foreignKey: 'tId', constraints: false });
    const value = samples.values[0];
    const { id } = await parent.create({ value });
    await link.bulkCreate((await model.findAll({ order: ['id'] })).map((row) => ({ pId: id, tId: row.get('id') })));
    const nested = { association: 'links', include: [{ association: 'target' }] };
    const order: [string, string, string] = ['links', 'id', 'ASC'];
    return [
      await parent.findAll({ include: [nested], order: [order] }),
      await parent.findAll({ include: [{ ...nested, separate: true, order: ['id'] }] }),
      await parent.findAll({ include: [nested], order: [order], raw: true }),
      await parent.findAll({ include: [nested], order: [order], raw: true, nest: true }),
      await parent.findOne({ include: [nested], order: [order], limit: 1, subQuery: true }),
    ];
  },
  'a raw query, with a model and without': async (site, samples) => {
    const { model } = await filled(site, samples);
    const sql = `SELECT id, value FROM "${model.tableName}" ORDER BY id`;
    return [
      await site.sequelize.query(sql, { type: QueryTypes.SELECT }),
      await site.sequelize.query(sql, { model, mapToModel: true }),
      (await site.sequelize.query(`SELECT t.value AS other, t.* FROM "${model.tableName}" AS t ORDER BY t.id`))[0],
    ];
  },
};

const ORDER = 'order, both ways, with NULL';

/** Asking: only what PostgreSQL can compare. */
const asking: Readonly<Record<string, (site: Site, samples: TypeSamples) => Promise<unknown>>> = {
  'where it equals, differs, is one of': async (site, samples) => {
    const { model } = await filled(site, samples);
    const { Op } = await import('sequelize');
    const ids = async (where: object) =>
      (await model.findAll({ where: where as never, order: ['id'], attributes: ['id'] })).map((row) => row.get('id'));
    const seen = [];
    for (const value of samples.values) {
      const plainValue = Array.isArray(value) || (typeof value === 'object' && !(value instanceof Date) && !Buffer.isBuffer(value));
      if (plainValue) seen.push(await ids({ value: { [Op.eq]: value } }), await ids({ value: { [Op.ne]: value } }));
      else seen.push(await ids({ value }), await ids({ value: { [Op.ne]: value } }), await ids({ value: { [Op.in]: [value] } }));
    }
    return [seen, await ids({ value: null }), await ids({ value: { [Op.not]: null } })];
  },
  [ORDER]: async (site, samples) => {
    const { model } = await filled(site, samples);
    const ids = async (...order: [string, string][]) => (await model.findAll({ order, attributes: ['id'] })).map((row) => row.get('id'));
    return [
      await ids(['value', 'ASC'], ['id', 'ASC']),
      await ids(['value', 'DESC'], ['id', 'ASC']),
      await ids(['value', 'ASC NULLS FIRST'], ['id', 'ASC']),
      await ids(['value', 'DESC NULLS LAST'], ['id', 'ASC']),
    ];
  },
  'a comparison with each value': async (site, samples) => {
    const { model } = await filled(site, samples);
    const sql = (operator: string) =>
      `SELECT a.id AS a, b.id AS b FROM "${model.tableName}" a JOIN "${model.tableName}" b ON a.value ${operator} b.value ORDER BY 1, 2`;
    const seen = [];
    for (const operator of samples.unordered === undefined ? ['=', '<', '>=', 'IS NOT DISTINCT FROM'] : ['=', 'IS NOT DISTINCT FROM'])
      seen.push(await site.sequelize.query(sql(operator), { type: QueryTypes.SELECT }));
    return seen;
  },
  'distinct and group': async (site, samples) => {
    const { model } = await filled(site, samples);
    for (const value of samples.values) await model.create({ value });
    const { fn, col } = site.sequelize.Sequelize as unknown as typeof import('sequelize');
    return [
      await model.count({ distinct: true, col: 'value' }),
      await model.findAll({
        attributes: ['value', [fn('count', col('id')), 'n']],
        group: ['value'],
        order: samples.unordered === undefined ? ['value'] : [fn('min', col('id'))],
        raw: true,
      }),
    ];
  },
  'a unique index': async (site, samples) => {
    const model = await site.model(
      'u',
      { id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true }, value: samples.type },
      { indexes: [{ unique: true, fields: ['value'] }] },
    );
    const seen = [];
    for (const value of [...samples.values, samples.values[0], null, null]) {
      const outcome = await outcomeOf(async () => valueOf(await model.create({ value })));
      seen.push(outcome.error ? [outcome.error['name'], outcome.error['code']] : outcome.value);
    }
    return seen;
  },
};

const refusing = (site: Site, samples: TypeSamples) => async () => {
  const { model } = await subject(site, samples);
  await model.create({ value: samples.values[0] });
  const seen = [];
  for (const value of samples.wrong ?? []) {
    for (const write of [
      () => model.create({ value }),
      () => model.bulkCreate([{ value }]),
      () => model.update({ value }, { where: {} }),
    ]) {
      const outcome = await outcomeOf(write);
      seen.push(outcome.error ? [outcome.error['name'], outcome.error['code'], outcome.error['message']] : 'accepted');
    }
  }
  return [seen, await model.findAll({ raw: true })];
};

const UNIQUE = 'a unique index';
const LOOSE_ARRAYS: ReadonlySet<string> = new Set(['ARRAY(DOUBLE)', 'ARRAY(JSONB)']);

export const typeCases: readonly ContractCase[] = TYPES.flatMap((samples) => {
  const cases: Record<string, ContractCase['run'] | { readonly refused: string; readonly run: ContractCase['run'] }> = {};
  const groups = samples.notComparable ? [writing, reading] : [writing, reading, asking];
  for (const group of groups) {
    for (const [name, run] of Object.entries(group)) cases[name] = (site) => run(site, samples);
  }
  const { unordered } = samples;
  if (unordered !== undefined) cases[ORDER] = { refused: unordered, run: (site) => asking[ORDER]?.(site, samples) ?? Promise.resolve() };
  if (LOOSE_ARRAYS.has(samples.name)) {
    cases[UNIQUE] = {
      refused: 'elements that are equal and stored differently, as 1 and 1.0',
      run: (site) => asking[UNIQUE]?.(site, samples) ?? Promise.resolve(),
    };
  }
  if ((samples.wrong ?? []).length > 0) cases['what it refuses'] = (site) => refusing(site, samples)();
  return feature(chapter, samples.name, cases);
});
