import { DataTypes, Model, QueryTypes, Sequelize, type ModelStatic } from 'sequelize';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ROUTER } from '../../src/routing/model-calls.js';
import { switchableForTest } from '../support/connections.js';
import { startPostgres, type PostgresServer } from '../support/postgres-server.js';

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.dispose());

type AnyModel = ModelStatic<Model<Record<string, unknown>, Record<string, unknown>>>;

const typeSql = (model: AnyModel, name: string) => (model.getAttributes()[name]?.type as unknown as { toSql(): string }).toSql();

/** A Sequelize that has nothing to do with this library, on a PostgreSQL database of its own. */
async function plainOnPostgres(): Promise<Sequelize> {
  const sequelize = new Sequelize(server.urlOf(await server.createDatabase()), { logging: false });
  onTestFinished(() => sequelize.close());
  return sequelize;
}

describe('two handles in one process', () => {
  it('switch on their own, each with its own models', async () => {
    const [first, second] = [await switchableForTest(server), await switchableForTest(server, { serviceName: 'shop' })];
    const Cat = first.sequelize.define('Cat', { name: DataTypes.STRING, tags: DataTypes.ARRAY(DataTypes.STRING) }) as AnyModel;
    const Dog = second.sequelize.define('Dog', { name: DataTypes.STRING, tags: DataTypes.ARRAY(DataTypes.STRING) }) as AnyModel;
    expect(Object.keys(first.sequelize.models)).toEqual(['Cat']);
    expect(Object.keys(second.sequelize.models)).toEqual(['Dog']);
    await Cat.create({ name: 'Tom', tags: ['a'] });
    const rex = await Dog.create({ name: 'Rex', tags: ['b'] });
    await first.toSqlite();
    expect([first.sequelize.getDialect(), second.sequelize.getDialect()]).toEqual(['sqlite', 'postgres']);
    await Cat.create({ name: 'Tim', tags: ['c'] });
    await rex.update({ tags: ['d'] });
    await second.toSqlite();
    await first.toPostgres();
    await Dog.create({ name: 'Rob', tags: [] });
    expect((await Cat.findAll()).map((cat) => cat.get('name'))).toEqual(['Tom']);
    expect((await Dog.findAll()).map((dog) => dog.get('name'))).toEqual(['Rob']);
    expect(await second.postgres('SELECT name, tags FROM "Dogs"')).toEqual([{ name: 'Rex', tags: ['d'] }]);
  });

  it('keep their units apart: one handle in a unit of the other goes to its own active database', async () => {
    const [first, second] = [await switchableForTest(server), await switchableForTest(server)];
    const Cat = first.sequelize.define('Cat', { name: DataTypes.STRING });
    const Dog = second.sequelize.define('Dog', { name: DataTypes.STRING });
    await Promise.all([Cat.count(), Dog.count()]);
    await second.toSqlite();
    await first.sequelize.transaction(async (transaction) => {
      await Cat.create({ name: 'Tom' }, { transaction });
      await Dog.create({ name: 'Rex' });
      await first.toSqlite();
      await Cat.create({ name: 'Tim' }, { transaction });
      await Dog.create({ name: 'Rob' });
    });
    expect(await first.postgres('SELECT count(*)::int AS n FROM "Cats"')).toEqual([{ n: 2 }]);
    expect(await second.sqlite('SELECT count(*) AS n FROM Dogs')).toEqual([{ n: 2 }]);
  });

  it('share attribute definitions', async () => {
    const [first, second] = [await switchableForTest(server), await switchableForTest(server)];
    const attributes = { name: { type: DataTypes.STRING }, tags: { type: DataTypes.ARRAY(DataTypes.STRING) } };
    const Cat = first.sequelize.define('Cat', attributes) as AnyModel;
    const Dog = second.sequelize.define('Dog', attributes) as AnyModel;
    await first.toSqlite();
    const dog = await Dog.create({ name: 'Rex', tags: ['x', 'y'] });
    expect((await dog.reload()).get('tags')).toEqual(['x', 'y']);
    expect(await second.postgres('SELECT tags FROM "Dogs"')).toEqual([{ tags: ['x', 'y'] }]);
    const cat = await Cat.create({ name: 'Tom', tags: ['z'] });
    expect((await cat.reload()).get('tags')).toEqual(['z']);
  });
});

describe('a plain Sequelize beside a handle', () => {
  it('is passed through: its models, rows and transactions know nothing of switches', async () => {
    const plain = await plainOnPostgres();
    const { sequelize, toSqlite } = await switchableForTest(server);
    const Ours = sequelize.define('Ours', { name: DataTypes.STRING }) as AnyModel;
    const Theirs = plain.define('Theirs', { name: DataTypes.STRING, tags: DataTypes.ARRAY(DataTypes.STRING) }) as AnyModel;
    const Child = plain.define('Child', { name: DataTypes.STRING }) as AnyModel;
    Theirs.hasMany(Child, { as: 'children' });
    await plain.sync();
    await Ours.create({ name: 'x' });
    const before = await Theirs.create({ name: 'before', tags: ['a'], children: [{ name: 'c' }] }, { include: ['children'] });
    const transaction = await plain.transaction();
    await toSqlite();
    expect(plain.getDialect()).toBe('postgres');
    expect(typeSql(Theirs, 'tags')).toBe('VARCHAR(255)[]');
    await before.update({ tags: ['b'] });
    await Theirs.create({ name: 'in it' }, { transaction });
    await transaction.commit();
    const found = await Theirs.findAll({ include: ['children'], order: ['id'] });
    expect(found.map((row) => [row.get('name'), row.get('tags')])).toEqual([
      ['before', ['b']],
      ['in it', null],
    ]);
    const row = await Ours.create({ name: 'y' });
    await expect(Theirs.count()).resolves.toBe(2);
    expect(row.get('name')).toBe('y');
    expect(ROUTER in plain).toBe(false);
    expect(Object.getOwnPropertyDescriptor(Theirs.getAttributes()['tags'], 'type')).toHaveProperty('value');
    expect(Object.getOwnPropertySymbols((before as unknown as { _options: object })._options)).toEqual([]);
  });

  it('within a unit of the handle still goes to its own database', async () => {
    const plain = await plainOnPostgres();
    const { connection, sequelize, toSqlite } = await switchableForTest(server);
    const Theirs = plain.define('Theirs', { name: DataTypes.STRING });
    await plain.sync();
    await toSqlite();
    await connection.unit(async () => {
      await sequelize.query('SELECT 1');
      await Theirs.create({ name: 'x' });
      expect(await plain.query('SELECT version() AS v', { type: QueryTypes.SELECT })).toEqual([
        { v: expect.stringContaining('PostgreSQL') as string },
      ]);
    });
    expect(await Theirs.count()).toBe(1);
  });

  it('shares attribute definitions with the handle', async () => {
    const plain = await plainOnPostgres();
    const { sequelize, toSqlite } = await switchableForTest(server);
    const attributes = { tags: { type: DataTypes.ARRAY(DataTypes.STRING) } };
    const Ours = sequelize.define('Thing', attributes) as AnyModel;
    const Theirs = plain.define('Thing', attributes) as AnyModel;
    await plain.sync();
    await toSqlite();
    expect((await (await Theirs.create({ tags: ['a', 'b'] })).reload()).get('tags')).toEqual(['a', 'b']);
    expect((await (await Ours.create({ tags: ['a', 'b'] })).reload()).get('tags')).toEqual(['a', 'b']);
  });

  it('leaves definitions that a program wrote as data', async () => {
    const { sequelize, toSqlite } = await switchableForTest(server);
    const name = { type: DataTypes.STRING };
    sequelize.define('Thing', { name });
    await toSqlite();
    const plain = new Sequelize({ dialect: 'sqlite', storage: ':memory:', logging: false });
    onTestFinished(() => plain.close());
    const Theirs = plain.define('Thing', { name });
    await plain.sync();
    await Theirs.create({ name: 'x' });
    expect(Object.getOwnPropertyDescriptor(name, 'type')).not.toHaveProperty('get');
  });
});
