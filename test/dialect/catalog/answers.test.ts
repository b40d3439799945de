import { DataTypes, Deferrable, Op, type QueryInterface, type Sequelize, literal } from 'sequelize';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PostgresServer } from '../../support/postgres-server.js';
import { openEngines, startServer, type TwoEngines } from './two-engines.js';

let server: PostgresServer;
let engines: TwoEngines;

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.dispose());
beforeEach(async () => {
  engines = await openEngines(server);
});
afterEach(() => engines.close());

async function same(work: (queryInterface: QueryInterface, sequelize: Sequelize) => Promise<unknown>): Promise<unknown> {
  const [expected, found] = await engines.both((sequelize) => work(sequelize.getQueryInterface(), sequelize));
  expect(found).toEqual(expected);
  return found;
}

async function users(queryInterface: QueryInterface): Promise<void> {
  await queryInterface.createTable(
    'users',
    {
      id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
      email: { type: DataTypes.STRING, unique: true, allowNull: false, defaultValue: 'x' },
      name: DataTypes.STRING(10),
      at: { type: DataTypes.DATE, defaultValue: literal('now()') },
      millis: { type: DataTypes.DATE(3), defaultValue: new Date(0) },
      active: { type: DataTypes.BOOLEAN, defaultValue: true },
      price: { type: DataTypes.DECIMAL(10, 2), defaultValue: 1.5 },
      big: { type: DataTypes.BIGINT, defaultValue: 5 },
      data: { type: DataTypes.JSONB, defaultValue: { a: 1 } },
      key: { type: DataTypes.UUID, defaultValue: literal('gen_random_uuid()') },
      fixed: DataTypes.CHAR(3),
      day: DataTypes.DATEONLY,
      hour: DataTypes.TIME,
      ratio: { type: DataTypes.DOUBLE, defaultValue: 1.5 },
      real: DataTypes.REAL,
      bytes: DataTypes.BLOB,
      small: DataTypes.SMALLINT,
      address: DataTypes.INET,
      span: DataTypes.RANGE(DataTypes.INTEGER),
      words: { type: DataTypes.ARRAY(DataTypes.TEXT), defaultValue: [] },
      more: { type: DataTypes.ARRAY(DataTypes.TEXT), defaultValue: ['a', 'b'] },
      limited: { type: DataTypes.ARRAY(DataTypes.STRING(5)), defaultValue: ['a'] },
      negative: { type: DataTypes.INTEGER, defaultValue: -1 },
      nothing: { type: DataTypes.INTEGER, defaultValue: null },
      quoted: { type: DataTypes.TEXT, defaultValue: "it's" },
      lowered: { type: DataTypes.STRING, defaultValue: literal("lower('ABC')") },
      current: { type: DataTypes.DATE, defaultValue: literal('CURRENT_TIMESTAMP') },
    } as never,
    { comment: 'people' } as never,
  );
}

async function orders(queryInterface: QueryInterface): Promise<void> {
  const { sequelize } = queryInterface;
  await users(queryInterface);
  await queryInterface.createTable(
    'orders',
    {
      id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
      userId: {
        type: DataTypes.INTEGER,
        references: { model: 'users', key: 'id', deferrable: new Deferrable.INITIALLY_DEFERRED() },
        onDelete: 'CASCADE',
        onUpdate: 'SET NULL',
      },
      user_id: { type: DataTypes.INTEGER, references: { model: 'users', key: 'id' } },
      a: DataTypes.INTEGER,
      b: DataTypes.INTEGER,
      title: DataTypes.STRING,
      body: DataTypes.JSONB,
    },
    { uniqueKeys: { pair: { fields: ['a', 'b'], customIndex: true } } },
  );
  await queryInterface.addIndex('orders', ['a', { name: 'b', order: 'DESC' }] as never);
  await queryInterface.addIndex('orders', [sequelize.fn('lower', sequelize.col('title'))] as never, { name: 'lowered' } as never);
  await queryInterface.addIndex('orders', {
    fields: ['a'],
    where: { b: { [Op.gt]: 5 }, title: 'x' },
    name: 'partial',
    unique: true,
  } as never);
  await queryInterface.addIndex('orders', { fields: ['body'], using: 'gin', name: 'contents' } as never);
  await queryInterface.addIndex('orders', { fields: [{ name: 'title', collate: 'C' }], name: 'collated' } as never);
  await queryInterface.addConstraint('orders', { type: 'check', fields: ['a'], where: { a: { [Op.gt]: 5 } } });
}

describe('what Sequelize asks about tables', () => {
  it('lists the tables in the order in which they were made', async () => {
    expect(
      await same(async (queryInterface) => {
        await orders(queryInterface);
        return await queryInterface.showAllTables();
      }),
    ).toEqual(['users', 'orders']);
  });

  it('says whether a table exists', async () => {
    expect(
      await same(async (queryInterface) => {
        await users(queryInterface);
        return [await queryInterface.tableExists('users'), await queryInterface.tableExists('Users')];
      }),
    ).toEqual([true, false]);
  });

  it('describes columns of all kinds with types, defaults and comments', async () => {
    await same(async (queryInterface) => {
      await users(queryInterface);
      return await queryInterface.describeTable('users');
    });
  });

  it('describes enums and arrays of them', async () => {
    await same(async (_, sequelize) => {
      const model = sequelize.define('thing', {
        kind: { type: DataTypes.ENUM('a', 'b c'), defaultValue: 'a', comment: 'which' },
        kinds: DataTypes.ARRAY(DataTypes.ENUM('x', 'y')),
      });
      await model.sync();
      return [
        await sequelize.getQueryInterface().describeTable('things'),
        await (sequelize.getQueryInterface() as never as { pgListEnums(name: null): Promise<unknown> }).pgListEnums(null),
      ];
    });
  });

  it('describes indexes with those of keys, of expressions and of conditions', async () => {
    await same(async (queryInterface) => {
      await orders(queryInterface);
      return [await queryInterface.showIndex('orders'), await queryInterface.showIndex('users')];
    });
  });

  it('lists foreign keys', async () => {
    await same(async (queryInterface) => {
      await orders(queryInterface);
      return [
        await queryInterface.getForeignKeyReferencesForTable('orders'),
        await queryInterface.getForeignKeysForTables(['orders', 'users']),
      ];
    });
  });

  it('lists constraints', async () => {
    await same(async (queryInterface) => {
      await orders(queryInterface);
      const shown = (await (queryInterface as never as { showConstraint(table: string): Promise<unknown> }).showConstraint('orders')) as {
        constraintName: string;
      }[];
      return shown
        .map((row) => ({ ...row, constraintCatalog: '', tableCatalog: '', constraintName: row.constraintName.replace(/^2200_\d+_/, '') }))
        .sort((a, b) => (a.constraintName < b.constraintName ? -1 : 1));
    });
  });

  it('lists schemas and what is in them', async () => {
    await same(async (queryInterface, sequelize) => {
      await queryInterface.createSchema('shop');
      const model = sequelize.define(
        'item',
        { code: { type: DataTypes.STRING, unique: true }, kind: DataTypes.ENUM('a', 'b') },
        { schema: 'shop' },
      );
      await model.sync();
      return [
        await queryInterface.showAllSchemas(),
        await queryInterface.describeTable({ tableName: 'items', schema: 'shop' }),
        await queryInterface.showIndex({ tableName: 'items', schema: 'shop' }),
      ];
    });
  });
});
