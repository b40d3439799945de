import { DataTypes, type ModelStatic } from 'sequelize';
import type { Row, Site } from '../contract-case.js';

export const id = { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true } as const;

/** People with their orders and tags: what most cases of statements work on. */
export interface Shop {
  readonly people: ModelStatic<Row>;
  readonly orders: ModelStatic<Row>;
  readonly tags: ModelStatic<Row>;
}

export async function shop(site: Site): Promise<Shop> {
  const people = await site.model('people', {
    id,
    name: { type: DataTypes.STRING(20), allowNull: false, unique: true },
    email: DataTypes.STRING,
    age: DataTypes.INTEGER,
    active: { type: DataTypes.BOOLEAN, defaultValue: true },
    balance: { type: DataTypes.DECIMAL(12, 2), defaultValue: '0' },
    points: { type: DataTypes.BIGINT, defaultValue: 0 },
    profile: DataTypes.JSONB,
    born: DataTypes.DATE,
  });
  const orders = await site.model('orders', {
    id,
    personId: { type: DataTypes.INTEGER, references: { model: site.name('people'), key: 'id' }, onDelete: 'CASCADE' },
    sku: { type: DataTypes.STRING(10), allowNull: false },
    amount: DataTypes.DECIMAL(10, 2),
    placed: DataTypes.DATEONLY,
  });
  const tags = await site.model('tags', { id, label: { type: DataTypes.STRING, unique: true } });
  const join = await site.model('peopleTags', {
    personId: { type: DataTypes.INTEGER, primaryKey: true },
    tagId: { type: DataTypes.INTEGER, primaryKey: true },
  });
  people.hasMany(orders, { as: 'orders', foreignKey: 'personId' });
  orders.belongsTo(people, { as: 'person', foreignKey: 'personId' });
  people.belongsToMany(tags, { as: 'tags', through: join, foreignKey: 'personId', otherKey: 'tagId', constraints: false });
  tags.belongsToMany(people, { as: 'people', through: join, foreignKey: 'tagId', otherKey: 'personId', constraints: false });
  return { people, orders, tags };
}

/** The shop with four people, one without orders, and six orders. */
export async function filledShop(site: Site): Promise<Shop> {
  const models = await shop(site);
  const { people, orders, tags } = models;
  await people.bulkCreate([
    {
      name: 'Ada',
      age: 36,
      email: 'ada@x.org',
      balance: '10.50',
      points: '9007199254740993',
      profile: { city: 'London', n: 1 },
      born: new Date('1815-12-10T00:00:00Z'),
    },
    { name: 'Bob', age: null, active: false, balance: '-3', profile: { city: 'Paris', n: 10 }, born: new Date('1990-01-01T12:00:00.123Z') },
    { name: 'carol', age: 22, email: null, balance: '1000.01', profile: null },
    { name: 'Dan', age: 36, email: 'dan@x.org', profile: { city: 'london', n: 2, list: [1, 2] } },
  ]);
  await orders.bulkCreate([
    { personId: 1, sku: 'a', amount: '1.10', placed: '2020-01-01' },
    { personId: 1, sku: 'b', amount: '2.20', placed: '2020-02-29' },
    { personId: 1, sku: 'c', amount: '3.30', placed: null },
    { personId: 2, sku: 'a', amount: '1.10', placed: '2019-12-31' },
    { personId: 3, sku: 'd', amount: null, placed: '2021-06-01' },
    { personId: null, sku: 'e', amount: '9.99', placed: '2021-06-02' },
  ]);
  await tags.bulkCreate([{ label: 'x' }, { label: 'y' }]);
  const [ada, bob] = (await people.findAll({ order: ['id'] })) as unknown as { setTags(ids: number[]): Promise<unknown> }[];
  await ada?.setTags([1, 2]);
  await bob?.setTags([2]);
  return models;
}
