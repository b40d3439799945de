import {
  DataTypes,
  Op,
  QueryTypes,
  type CreationOptional,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type Sequelize,
} from 'sequelize';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onEachDatabase, switchableForTest } from '../support/connections.js';
import { startPostgres, type PostgresServer } from '../support/postgres-server.js';

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.dispose());

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

interface BoxRow extends Model<InferAttributes<BoxRow>, InferCreationAttributes<BoxRow>> {
  id: CreationOptional<number>;
  words: CreationOptional<string[] | null>;
  numbers: CreationOptional<number[] | null>;
  flags: CreationOptional<boolean[] | null>;
  grid: CreationOptional<number[][] | null>;
  defaulted: CreationOptional<string[]>;
  json: CreationOptional<Json>;
  emptyJson: CreationOptional<Json>;
}

const defineBox = (sequelize: Sequelize) =>
  sequelize.define<BoxRow>('Box', {
    id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
    words: DataTypes.ARRAY(DataTypes.STRING),
    numbers: DataTypes.ARRAY(DataTypes.INTEGER),
    flags: DataTypes.ARRAY(DataTypes.BOOLEAN),
    grid: DataTypes.ARRAY(DataTypes.ARRAY(DataTypes.INTEGER)),
    defaulted: { type: DataTypes.ARRAY(DataTypes.TEXT), allowNull: false, defaultValue: [] },
    json: DataTypes.JSONB,
    emptyJson: { type: DataTypes.JSONB, allowNull: false, defaultValue: {} },
  });

const unquotable = ['plain', '', "it's", 'say "so"', 'a,b', '{x}', 'back\\slash', 'null', 'ünïcødé ☃', 'line\nbreak', '$1 :name ?'];

describe('an ARRAY', () => {
  it.each<[string, Partial<BoxRow>]>([
    ['of words, with everything that quoting can get wrong', { words: unquotable }],
    ['of numbers', { numbers: [0, -1, 2147483647] }],
    ['of booleans', { flags: [true, false] }],
    [
      'of arrays',
      {
        grid: [
          [1, 2, 3],
          [4, 5, 6],
        ],
      },
    ],
    ['without elements', { words: [], numbers: [], grid: [] }],
    ['that is null', { words: null, numbers: null, grid: null }],
  ])('%s comes back as it was, by create, bulkCreate and update', async (_what, values) => {
    const switchable = await switchableForTest(server);
    const Box = defineBox(switchable.sequelize);
    await onEachDatabase(switchable, async () => {
      const created = await Box.create(values);
      expect(created.get()).toMatchObject(values);
      expect((await Box.findByPk(created.id, { rejectOnEmpty: true })).get()).toMatchObject(values);
      const [bulk] = await Box.bulkCreate([values as never]);
      expect((await bulk?.reload())?.get()).toMatchObject(values);
      const other = await Box.create({ words: ['before'] });
      await other.update(values);
      expect((await other.reload()).get()).toMatchObject(values);
      await Box.update({ words: ['again'] }, { where: { id: other.id } });
      expect((await other.reload()).words).toEqual(['again']);
    });
  });

  it('takes its default, in the object and in the table', async () => {
    const switchable = await switchableForTest(server);
    const Box = defineBox(switchable.sequelize);
    await onEachDatabase(switchable, async () => {
      const box = await Box.create({});
      expect(box.defaulted).toEqual([]);
      box.defaulted.push('not shared');
      expect((await Box.create({})).defaulted).toEqual([]);
      expect((await box.reload()).defaulted).toEqual([]);
      const sql = `INSERT INTO "Boxes" ("createdAt", "updatedAt") VALUES ('2026-01-01', '2026-01-01')`;
      await switchable.sequelize.query(sql, { type: QueryTypes.INSERT });
      const [last] = await Box.findAll({ order: [['id', 'DESC']], limit: 1 });
      expect([last?.defaulted, last?.emptyJson]).toEqual([[], {}]);
    });
  });

  it('is stored in PostgreSQL as its own arrays and in SQLite as JSON', async () => {
    const switchable = await switchableForTest(server);
    const Box = defineBox(switchable.sequelize);
    await onEachDatabase(switchable, async () => {
      await Box.create({ words: ['a', 'b'], grid: [[1], [2]] });
    });
    expect(await switchable.postgres('SELECT words, grid, defaulted FROM "Boxes" LIMIT 1')).toEqual([
      { words: ['a', 'b'], grid: [[1], [2]], defaulted: [] },
    ]);
    expect(await switchable.sqlite('SELECT words, grid, defaulted FROM Boxes')).toEqual([
      { words: '["a","b"]', grid: '[[1],[2]]', defaulted: '[]' },
    ]);
  });

  it('is found by its whole value', async () => {
    const switchable = await switchableForTest(server);
    const Box = defineBox(switchable.sequelize);
    await onEachDatabase(switchable, async (_engine, round) => {
      await Box.bulkCreate([{ words: ['a', `${round}`] }, { words: [] }]);
      expect(await Box.count({ where: { words: { [Op.eq]: ['a', `${round}`] } } as never })).toBe(1);
    });
  });

  it('in an included row comes back as it was', async () => {
    const switchable = await switchableForTest(server);
    const Box = defineBox(switchable.sequelize);
    const Shelf = switchable.sequelize.define('Shelf', {});
    Shelf.hasMany(Box, { as: 'boxes' });
    await onEachDatabase(switchable, async () => {
      const { id } = (await Shelf.create({ boxes: [{ words: ['a', 'b'], json: { x: [1] } }] } as never, { include: ['boxes'] })).get() as {
        id: number;
      };
      const shelf = await Shelf.findByPk(id, { include: ['boxes'], rejectOnEmpty: true });
      const [box] = shelf.get('boxes') as BoxRow[];
      expect(box?.get()).toMatchObject({ words: ['a', 'b'], json: { x: [1] } });
    });
  });
});

describe('a JSONB', () => {
  it.each<[string, Json]>([
    ['object', { a: 1, b: { c: [true, null, 'x'] }, 'key with "quotes"': "it's" }],
    ['empty object', {}],
    ['list', [1, 'two', { three: 3 }]],
    ['empty list', []],
    ['string', 'plain'],
    ['number', 12.5],
    ['boolean', false],
    ['null', null],
  ])('%s comes back as it was', async (_what, json) => {
    const switchable = await switchableForTest(server);
    const Box = defineBox(switchable.sequelize);
    await onEachDatabase(switchable, async () => {
      const box = await Box.create({ json });
      expect(box.json).toEqual(json);
      expect((await Box.findByPk(box.id, { rejectOnEmpty: true })).json).toEqual(json);
      const [bulk] = await Box.bulkCreate([{ json }]);
      expect((await bulk?.reload())?.json).toEqual(json);
      await box.update({ json: { other: true } });
      await box.update({ json });
      expect((await box.reload()).json).toEqual(json);
    });
  });

  it('is found and changed by a path', async () => {
    const switchable = await switchableForTest(server);
    const Box = defineBox(switchable.sequelize);
    await onEachDatabase(switchable, async (_engine, round) => {
      const box = await Box.create({ json: { round, deep: { word: 'x' } } });
      expect(await Box.count({ where: { 'json.round': round } as never })).toBe(1);
      expect(await Box.count({ where: { json: { deep: { word: 'x' }, round } } as never })).toBe(1);
      box.set('json.deep.word' as never, 'y' as never);
      await box.save();
      expect((await box.reload()).json).toEqual({ round, deep: { word: 'y' } });
    });
  });

  it('takes its default and does not share it', async () => {
    const switchable = await switchableForTest(server);
    const Box = defineBox(switchable.sequelize);
    await onEachDatabase(switchable, async () => {
      const box = await Box.create({});
      expect([box.emptyJson, box.json ?? null]).toEqual([{}, null]);
      Object.assign(box.emptyJson as object, { mine: 1 });
      expect((await Box.create({})).emptyJson).toEqual({});
      expect((await box.reload()).emptyJson).toEqual({});
    });
  });
});
