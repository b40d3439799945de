import { BaseError, DataTypes, literal, Op } from 'sequelize';
import type { Site } from '../../contract-case.js';
import { outcomeOf } from '../../../../src/testing/outcome.js';
import { newDiary } from './diary.js';

const id = { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true };

/** An error's outcome with all that PostgreSQL's own error says of it. */
async function refusal(run: () => Promise<unknown>): Promise<unknown> {
  let told: unknown;
  const outcome = await outcomeOf(() =>
    run().catch((error: unknown) => {
      const { parent } = error as BaseError & { parent?: Record<string, unknown> };
      told =
        parent && ['code', 'message', 'severity', 'detail', 'hint', 'schema', 'table', 'column', 'constraint'].map((key) => parent[key]);
      throw error;
    }),
  );
  return [outcome, told];
}

/** Each constraint violated in each way that a program writes. */
export async function everyViolation(site: Site): Promise<unknown> {
  const { note, entries } = newDiary();
  const { sequelize } = site;
  const name = (suffix: string) => site.name(suffix);
  const queryInterface = sequelize.getQueryInterface();
  const parent = await site.model('parent', { id, code: { type: DataTypes.STRING(5), unique: true } });
  const model = await site.model(
    'all',
    {
      id,
      email: { type: DataTypes.CITEXT, unique: true },
      name: { type: DataTypes.STRING(5), allowNull: false, defaultValue: 'x' },
      a: { type: DataTypes.INTEGER, unique: name('ab') },
      b: { type: DataTypes.DATE, unique: name('ab') },
      price: { type: DataTypes.DECIMAL(6, 2), unique: true },
      token: { type: DataTypes.BLOB, unique: true },
      ref: { type: DataTypes.UUID, unique: true },
      big: { type: DataTypes.BIGINT, unique: true },
      tags: { type: DataTypes.ARRAY(DataTypes.STRING), unique: true },
      doc: { type: DataTypes.JSONB, unique: true },
      mood: { type: DataTypes.ENUM('good', 'bad'), unique: true },
      day: { type: DataTypes.DATEONLY, unique: true },
      real: { type: DataTypes.DOUBLE, unique: true },
      flag: { type: DataTypes.BOOLEAN, unique: true },
      parentId: { type: DataTypes.INTEGER, references: { model: parent.tableName, key: 'id' }, onDelete: 'RESTRICT' },
      parentCode: {
        type: DataTypes.STRING(5),
        references: { model: parent.tableName, key: 'code' },
        onUpdate: 'NO ACTION',
        onDelete: 'NO ACTION',
      },
    },
    { indexes: [{ unique: true, fields: [literal('lower(name)'), 'a'], name: name('lower') }] },
  );
  await queryInterface.addConstraint(model.tableName, {
    type: 'check',
    fields: ['a'],
    name: name('positive'),
    where: { a: { [Op.gt]: 0 } },
  });
  await queryInterface.addConstraint(model.tableName, { type: 'check', fields: ['b'], where: { b: { [Op.gt]: new Date(0) } } });
  await parent.bulkCreate([{ code: 'p1' }, { code: 'p2' }]);
  const first = {
    id: 1,
    email: 'A@x.org',
    name: 'ada',
    a: 1,
    b: new Date(1e12),
    price: '1.50',
    token: Buffer.from([0, 255]),
    ref: 'a0000000-0000-4000-8000-000000000001',
    big: '9007199254740993',
    tags: ['x y', 'z'],
    doc: { b: 1, a: [null] },
    mood: 'good',
    day: '2024-02-29',
    real: 0.1,
    flag: true,
    parentId: 1,
    parentCode: 'p1',
  };
  await note('first', () => model.create(first));
  await note('second', () => model.create({ id: 2, name: 'bob', a: 2, b: new Date(2e12), parentId: 2, parentCode: 'p2' }));
  const wrong: readonly Record<string, unknown>[] = [
    ...(['email', 'price', 'token', 'ref', 'big', 'tags', 'doc', 'mood', 'day', 'real', 'flag'] as const).map((key) => ({
      [key]: first[key],
    })),
    { a: 1, b: new Date(1e12) },
    { name: 'ADA', a: 1 },
    { a: -1 },
    { b: new Date(-1) },
    { name: null },
    { name: 'too long' },
    { parentId: 99 },
    { parentCode: 'none' },
    { big: '9223372036854775808' },
    { price: '12345.00' },
  ];
  for (const values of wrong) {
    const keys = Object.keys(values).join();
    const literals = () => Object.entries(values).map(([key, value]) => [`"${key}"`, sequelize.escape(value as never)] as const);
    const isArray = 'tags' in values || 'doc' in values || 'token' in values;
    await note(`create ${keys}`, () => refusal(() => model.create({ ...values, id: 50 }, { validate: false })));
    await note(`bulkCreate ${keys}`, () => refusal(() => model.bulkCreate([{ id: 51 }, { ...values, id: 52 }])));
    await note(`update ${keys}`, () => refusal(() => model.update(values, { where: { id: 2 }, validate: false })));
    await note(`save ${keys}`, () => refusal(async () => (await model.findByPk(2))?.set(values).save({ validate: false })));
    if (isArray) continue;
    await note(`raw INSERT ${keys}`, () =>
      refusal(() =>
        sequelize.query(
          `INSERT INTO "${model.tableName}" (id, ${literals()
            .map(([key]) => key)
            .join(', ')}) VALUES (53, ${literals()
            .map(([, value]) => value)
            .join(', ')})`,
        ),
      ),
    );
    await note(`raw UPDATE ${keys}`, () =>
      refusal(() =>
        sequelize.query(
          `UPDATE "${model.tableName}" SET ${literals()
            .map(([key, value]) => `${key} = ${value}`)
            .join(', ')} WHERE id = 2`,
        ),
      ),
    );
    await note(`queryInterface ${keys}`, () => refusal(() => queryInterface.bulkInsert(model.tableName, [{ id: 54, ...values }])));
    await note(`in a transaction ${keys}`, () =>
      refusal(() => sequelize.transaction((transaction) => model.create({ ...values, id: 50 }, { validate: false, transaction }))),
    );
  }
  await note('the same number', () => refusal(() => model.create({ id: 1 })));
  await note('no number', () => sequelize.query(`UPDATE "${model.tableName}" SET id = NULL WHERE id = 1`));
  await note('destroy', () => refusal(() => parent.destroy({ where: { id: 1 } })));
  await note('destroy one', () => refusal(async () => (await parent.findByPk(2))?.destroy()));
  await note('raw DELETE', () => refusal(() => sequelize.query(`DELETE FROM "${parent.tableName}"`)));
  await note('bulkDelete', () => refusal(() => queryInterface.bulkDelete(parent.tableName, { id: [1, 2] })));
  await note('another key', () => refusal(() => parent.update({ code: 'p9' }, { where: { id: 1 } })));
  await note('the first of several', () =>
    refusal(() => model.bulkCreate([{ id: 60, email: 'A@X.ORG', day: '2024-02-29', mood: 'good' }])),
  );
  await note('upsert with another key in its way', () => refusal(() => model.upsert({ id: 2, email: 'a@X.org' })));
  await note('ON CONFLICT for another key', () =>
    refusal(() =>
      sequelize.query(
        `INSERT INTO "${model.tableName}" (id, email) VALUES (1, 'a@X.org') ON CONFLICT (email) DO UPDATE SET email = 'new', mood = 'good', a = -5`,
      ),
    ),
  );
  await note('findOrCreate', () => refusal(() => model.findOrCreate({ where: { id: 2, email: 'a@x.org' } })));
  await note('as it was', () => model.findAll({ order: ['id'], attributes: ['id', 'email', 'name', 'a', 'parentId', 'parentCode'] }));
  return entries;
}
