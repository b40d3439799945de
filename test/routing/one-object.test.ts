import {
  DatabaseError,
  DataTypes,
  Model,
  Op,
  QueryTypes,
  Sequelize,
  UniqueConstraintError,
  ValidationError,
  type CreationOptional,
  type InferAttributes,
  type InferCreationAttributes,
  type NonAttribute,
} from 'sequelize';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ResilientSequelize } from '../../src/index.js';
import { onEachDatabase, switchableForTest } from '../support/connections.js';
import { startPostgres, type PostgresServer } from '../support/postgres-server.js';

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.dispose());

interface ItemRow extends Model<InferAttributes<ItemRow>, InferCreationAttributes<ItemRow>> {
  id: CreationOptional<number>;
  name: string;
  price: CreationOptional<number>;
  deletedAt: CreationOptional<Date | null>;
}

const defineItem = (sequelize: Sequelize) =>
  sequelize.define<ItemRow>(
    'Item',
    {
      id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
      name: { type: DataTypes.STRING, allowNull: false, unique: true },
      price: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 1 },
      deletedAt: DataTypes.DATE,
    },
    {
      paranoid: true,
      scopes: {
        cheap: { where: { price: { [Op.lt]: 10 } } },
        named: (name: string) => ({ where: { name } }),
      },
    },
  );

describe('the object', () => {
  it('is a Sequelize, of the class that programs see, before and after each switch', async () => {
    const switchable = await switchableForTest(server);
    const { sequelize, connection } = switchable;
    await onEachDatabase(switchable, async () => {
      expect(connection.sequelize).toBe(sequelize);
      expect(connection.getSequelize()).toBe(sequelize);
      expect(sequelize).toBeInstanceOf(Sequelize);
      expect(sequelize).toBeInstanceOf(ResilientSequelize);
      expect(sequelize.constructor).toBe(ResilientSequelize);
      await sequelize.authenticate();
    });
  });

  it('has the statics of Sequelize on its class, and the class on itself', async () => {
    const { sequelize } = await switchableForTest(server);
    const theirs = Sequelize as unknown as Record<string, unknown>;
    const ours = ResilientSequelize as unknown as Record<string, unknown>;
    for (const name of ['Op', 'DataTypes', 'Model', 'UniqueConstraintError', 'STRING', 'version']) {
      expect(ours[name]).toBeDefined();
      expect(ours[name]).toBe(theirs[name]);
    }
    expect(ResilientSequelize.fn('now')).toEqual(Sequelize.fn('now'));
    expect(ours['default']).toBe(ResilientSequelize);
    expect(ours['Sequelize']).toBe(ResilientSequelize);
    expect(sequelize).toHaveProperty('Sequelize', ResilientSequelize);
  });

  it('answers for the dialect of the active database', async () => {
    const switchable = await switchableForTest(server);
    const { sequelize, storage } = switchable;
    await onEachDatabase(switchable, async (engine) => {
      expect(sequelize.getDialect()).toBe(engine);
      // Sequelize's own code asks these, and speaks PostgreSQL to both engines.
      expect(sequelize).toMatchObject({ options: { dialect: 'postgres' }, dialect: { name: 'postgres' } });
      expect<unknown>(sequelize.escape(true as never)).toEqual('true');
      await sequelize.authenticate();
    });
    expect(sequelize.getDatabaseName()).toBe(switchable.database);
    await switchable.toSqlite();
    expect(sequelize).toMatchObject({ options: { storage } });
  });

  it('is what models, query interface and transactions know as their Sequelize', async () => {
    const switchable = await switchableForTest(server);
    const { sequelize } = switchable;
    const Item = defineItem(sequelize);
    await onEachDatabase(switchable, async (_engine, round) => {
      const item = await Item.create({ name: `item ${round}` });
      expect(Item.sequelize).toBe(sequelize);
      expect(item.sequelize).toBe(sequelize);
      expect(sequelize.getQueryInterface().sequelize).toBe(sequelize);
      await sequelize.transaction((transaction) => {
        expect(transaction).toMatchObject({ sequelize });
        return Promise.resolve();
      });
    });
  });

  it('may be derived from with Object.create, as programs do to change an option for a while', async () => {
    const { sequelize, toSqlite } = await switchableForTest(server);
    const derived = Object.create(sequelize) as typeof sequelize;
    expect(await derived.query('SELECT 1 AS one', { type: QueryTypes.SELECT })).toEqual([{ one: 1 }]);
    await toSqlite();
    expect(await derived.query('SELECT 1 AS one', { type: QueryTypes.SELECT })).toEqual([{ one: 1 }]);
  });

  it('finds the models by name', async () => {
    const switchable = await switchableForTest(server);
    const { sequelize } = switchable;
    const Item = defineItem(sequelize);
    await onEachDatabase(switchable, async () => {
      expect(sequelize.model('Item')).toBe(Item);
      expect(sequelize.models['Item']).toBe(Item);
      expect(sequelize.isDefined('Item')).toBe(true);
      expect(sequelize.isDefined('Nothing')).toBe(false);
      await Item.count();
    });
  });
});

describe('the same model', () => {
  it('is a class of the program: rows are instances of it on both databases', async () => {
    const switchable = await switchableForTest(server);
    class Person extends Model<InferAttributes<Person>, InferCreationAttributes<Person>> {
      declare id: CreationOptional<number>;
      declare first: string;
      declare last: string;
      get full(): NonAttribute<string> {
        return `${this.first} ${this.last}`;
      }
      static byLast(last: string): Promise<Person[]> {
        return this.findAll({ where: { last } });
      }
    }
    Person.init(
      { id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true }, first: DataTypes.STRING, last: DataTypes.STRING },
      { sequelize: switchable.sequelize, modelName: 'person', underscored: true },
    );
    await onEachDatabase(switchable, async (_engine, round) => {
      await Person.create({ first: 'Ada', last: `Lovelace${round}` });
      const [found] = await Person.byLast(`Lovelace${round}`);
      expect(found).toBeInstanceOf(Person);
      expect(found?.constructor).toBe(Person);
      expect(found?.full).toBe(`Ada Lovelace${round}`);
    });
    expect(await switchable.postgres('SELECT last FROM people ORDER BY last')).toEqual([{ last: 'Lovelace1' }, { last: 'Lovelace3' }]);
    expect(await switchable.sqlite('SELECT last FROM people')).toEqual([{ last: 'Lovelace2' }]);
  });

  it('opens units in methods that the program overrides', async () => {
    const switchable = await switchableForTest(server);
    const seen: unknown[] = [];
    class Person extends Model<InferAttributes<Person>, InferCreationAttributes<Person>> {
      declare id: CreationOptional<number>;
      declare name: string;
      static override async count(): Promise<never> {
        seen.push(this.sequelize?.getDialect());
        await switchable.toSqlite();
        seen.push(this.sequelize?.getDialect());
        return (await super.count()) as never;
      }
    }
    Person.init(
      { id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true }, name: DataTypes.STRING },
      { sequelize: switchable.sequelize },
    );
    await Person.create({ name: 'Ada' });
    expect(await Person.count()).toBe(1);
    expect(seen).toEqual(['postgres', 'postgres']);
  });

  it('writes and reads with every call, each round on its own database', async () => {
    const switchable = await switchableForTest(server);
    const Item = defineItem(switchable.sequelize);
    await onEachDatabase(switchable, async (_engine, round) => {
      const name = (what: string) => `${what} ${round}`;
      const before = await Item.count();
      expect(before).toBe(round === 3 ? 4 : 0);
      const lamp = await Item.create({ name: name('lamp'), price: 30 });
      expect(lamp.id).toBeGreaterThan(0);
      const [chair, table] = await Item.bulkCreate([
        { name: name('chair'), price: 5 },
        { name: name('table'), price: 50 },
      ]);
      expect(chair?.id).not.toBe(table?.id);
      expect((await Item.findByPk(table?.id))?.name).toBe(name('table'));

      const [found, created] = await Item.findOrCreate({ where: { name: name('lamp') } });
      expect([found.id, created]).toEqual([lamp.id, false]);
      const [made, isNew] = await Item.findOrCreate({ where: { name: name('sofa') }, defaults: { name: name('sofa'), price: 2 } });
      expect([made.price, isNew]).toEqual([2, true]);

      const [upserted] = await Item.upsert({ id: lamp.id, name: name('lamp'), price: 31 });
      expect(upserted.price).toBe(31);
      await lamp.reload();
      expect(lamp.price).toBe(31);
      await lamp.increment('price', { by: 4 });
      await Item.decrement({ price: 1 }, { where: { id: lamp.id } });
      expect((await lamp.reload()).price).toBe(34);
      await lamp.update({ price: 7 });
      lamp.price = 8;
      await lamp.save();

      const [changed] = await Item.update({ price: 9 }, { where: { name: name('sofa') } });
      expect(changed).toBe(1);
      const mine = { name: { [Op.like]: `% ${round}` } };
      expect(await Item.sum('price', { where: mine })).toBe(8 + 5 + 50 + 9);
      expect(await Item.max('price', { where: mine })).toBe(50);
      expect(await Item.min('price', { where: mine })).toBe(5);
      expect((await Item.findAndCountAll({ where: mine, order: ['price'], limit: 2 })).rows.map((item) => item.price)).toEqual([5, 8]);
      expect(await Item.scope('cheap').count({ where: mine })).toBe(3);
      expect((await Item.scope({ method: ['named', name('sofa')] }).findOne())?.price).toBe(9);

      await lamp.destroy();
      expect(await Item.count({ where: mine })).toBe(3);
      expect(await Item.unscoped().count({ where: mine, paranoid: false })).toBe(4);
      await lamp.restore();
      await Item.destroy({ where: { name: name('table') } });
      await Item.restore({ where: { name: name('table') } });
      expect(await Item.count({ where: mine })).toBe(4);
    });
    expect(await switchable.postgres('SELECT count(*)::int AS n FROM "Items"')).toEqual([{ n: 8 }]);
    expect(await switchable.sqlite('SELECT count(*) AS n FROM Items')).toEqual([{ n: 4 }]);
  });

  it('rejects with the error classes of Sequelize on both databases', async () => {
    const switchable = await switchableForTest(server);
    const Item = defineItem(switchable.sequelize);
    await onEachDatabase(switchable, async (_engine, round) => {
      await Item.create({ name: `unique ${round}` });
      await expect(Item.create({ name: `unique ${round}` })).rejects.toBeInstanceOf(UniqueConstraintError);
      await expect(Item.create({} as never)).rejects.toBeInstanceOf(ValidationError);
      await expect(switchable.sequelize.query('SELECT nothing FROM nowhere')).rejects.toBeInstanceOf(DatabaseError);
    });
  });
});

describe('queries', () => {
  it('take replacements, bind parameters, objects and a model', async () => {
    const switchable = await switchableForTest(server);
    const { sequelize } = switchable;
    const Item = defineItem(sequelize);
    await onEachDatabase(switchable, async (_engine, round) => {
      await Item.create({ name: `lamp ${round}`, price: round });
      const type = QueryTypes.SELECT;
      expect(
        await sequelize.query('SELECT price FROM "Items" WHERE name = :name', { type, replacements: { name: `lamp ${round}` } }),
      ).toEqual([{ price: round }]);
      expect(await sequelize.query('SELECT price FROM "Items" WHERE price = ?', { type, replacements: [round] })).toEqual([
        { price: round },
      ]);
      expect(await sequelize.query('SELECT price FROM "Items" WHERE name = $1', { type, bind: [`lamp ${round}`] })).toEqual([
        { price: round },
      ]);
      expect(await sequelize.query({ query: 'SELECT price FROM "Items" WHERE price = ?', values: [round] }, { type })).toEqual([
        { price: round },
      ]);
      const [item] = await sequelize.query('SELECT * FROM "Items" WHERE price = $price', {
        bind: { price: round },
        model: Item,
        mapToModel: true,
      });
      expect(item).toBeInstanceOf(Item);
      expect(item?.name).toBe(`lamp ${round}`);
    });
  });
});

describe('hooks', () => {
  it('run once for each write, whichever side of a switch they were added on', async () => {
    const switchable = await switchableForTest(server);
    const { sequelize } = switchable;
    const Item = defineItem(sequelize);
    const calls: string[] = [];
    Item.addHook('beforeCreate', (item) => void calls.push(`model: ${String(item.get('name'))}`));
    sequelize.addHook('beforeCreate', (item: Model) => void calls.push(`sequelize: ${String(item.get('name'))}`));
    const saved: string[] = [];
    await onEachDatabase(switchable, async (engine, round) => {
      calls.length = 0;
      if (engine === 'sqlite') Item.addHook('afterSave', (item) => void saved.push(String(item.get('name'))));
      await Item.create({ name: `item ${round}` });
      expect(calls.sort()).toEqual([`model: item ${round}`, `sequelize: item ${round}`]);
    });
    expect(saved).toEqual(['item 2', 'item 3']);
  });

  it('of queries and of a model in definition run once', async () => {
    const switchable = await switchableForTest(server);
    const { sequelize } = switchable;
    const calls: string[] = [];
    sequelize.addHook('beforeDefine', () => void calls.push('beforeDefine'));
    sequelize.addHook('afterDefine', () => void calls.push('afterDefine'));
    const Item = defineItem(sequelize);
    expect(calls).toEqual(['beforeDefine', 'afterDefine']);
    await Item.count();
    let queries = 0;
    sequelize.addHook('beforeQuery', () => {
      queries += 1;
    });
    await switchable.toSqlite();
    queries = 0;
    await sequelize.query('SELECT 1');
    expect(queries).toBe(1);
    await switchable.toPostgres();
    await sequelize.query('SELECT 1');
    queries = 0;
    await sequelize.query('SELECT 1');
    expect(queries).toBe(1);
    expect(calls).toEqual(['beforeDefine', 'afterDefine']);
  });

  it('of finders run on both databases and can change what is found', async () => {
    const switchable = await switchableForTest(server);
    const Item = defineItem(switchable.sequelize);
    Item.addHook('beforeFind', (options) => {
      options.where = { price: 3 };
    });
    await onEachDatabase(switchable, async (_engine, round) => {
      await Item.bulkCreate([
        { name: `a ${round}`, price: 3 },
        { name: `b ${round}`, price: 4 },
      ]);
      expect((await Item.findAll()).every((item) => item.price === 3)).toBe(true);
    });
  });
});
