import { DataTypes, Model, type ModelAttributeColumnOptions, type ModelStatic, type Sequelize } from 'sequelize';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/index.js';
import { internalsOf } from '../../src/sequelize-internals.js';
import { onEachDatabase, switchableForTest, type Switchable } from '../support/connections.js';
import { startPostgres, type PostgresServer } from '../support/postgres-server.js';

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.dispose());

type AnyModel = ModelStatic<Model<Record<string, unknown>, Record<string, unknown>>>;

interface TypeObject {
  key: string;
  toSql(): string;
  values?: string[];
}

const attributes = () => ({
  name: DataTypes.STRING(40),
  tags: DataTypes.ARRAY(DataTypes.STRING),
  matrix: DataTypes.ARRAY(DataTypes.ARRAY(DataTypes.INTEGER)),
  data: { type: DataTypes.JSONB },
  uuid: { type: DataTypes.UUID, defaultValue: DataTypes.UUIDV4 },
  state: DataTypes.ENUM('open', 'closed'),
  at: DataTypes.DATE,
  done: DataTypes.BOOLEAN,
});

const defineThing = (sequelize: Sequelize): AnyModel => sequelize.define('Thing', attributes());

/** What the type is declared as in a table, on each database. */
const sql: Record<string, string> = {
  name: 'VARCHAR(40)',
  tags: 'VARCHAR(255)[]',
  matrix: 'INTEGER[][]',
  data: 'JSONB',
  uuid: 'UUID',
  at: 'TIMESTAMP WITH TIME ZONE',
  done: 'BOOLEAN',
};

const typeOf = (model: AnyModel, name: string): TypeObject => model.getAttributes()[name]?.type as unknown as TypeObject;

/** Fails unless each attribute's type object was made by PostgreSQL's dialect. */
function expectTypes(sequelize: Sequelize, model: AnyModel, names: readonly string[] = Object.keys(attributes())): void {
  const made = internalsOf(sequelize).dialect.DataTypes;
  for (const name of names) {
    const type = typeOf(model, name);
    const declared = sql[name];
    if (declared !== undefined) expect(`${name} ${type.toSql()}`).toBe(`${name} ${declared}`);
    const Type = made[type.key];
    if (typeof Type === 'function') expect(type, name).toBeInstanceOf(Type);
  }
}

const sample = (round: number) => ({
  name: `thing ${round}`,
  tags: ['a', "b'c", 'd,e'],
  matrix: [
    [1, 2],
    [3, 4],
  ],
  data: { nested: { list: [1, null, 'x'] }, round },
  uuid: `00000000-0000-4000-8000-00000000000${round}`,
  state: 'open',
  at: new Date('2026-02-03T04:05:06.789Z'),
  done: true,
});

async function expectRoundTrip(model: AnyModel, round: number): Promise<void> {
  const { id } = (await model.create(sample(round))).get() as { id: number };
  const read = await model.findByPk(id, { rejectOnEmpty: true });
  expect(read.get()).toMatchObject(sample(round));
  await read.update({ tags: [], state: 'closed', done: false });
  expect((await read.reload()).get()).toMatchObject({ tags: [], state: 'closed', done: false });
  expect(await model.count({ where: { uuid: sample(round).uuid, done: false } })).toBe(1);
}

describe('an attribute type', () => {
  it("is PostgreSQL's on each database, and values go and come by it", async () => {
    const switchable = await switchableForTest(server);
    const Thing = defineThing(switchable.sequelize);
    const before = typeOf(Thing, 'tags');
    await onEachDatabase(switchable, async (_engine, round) => {
      expectTypes(switchable.sequelize, Thing);
      expect(typeOf(Thing, 'tags')).toBe(before);
      await expectRoundTrip(Thing, round);
    });
    expect(await switchable.postgres('SELECT tags, matrix, data, done FROM "Things" WHERE "name" = \'thing 1\'')).toEqual([
      { tags: [], matrix: sample(1).matrix, data: sample(1).data, done: false },
    ]);
  });

  it('of a model that was defined on SQLite is that of PostgreSQL there', async () => {
    const switchable = await switchableForTest(server);
    await switchable.toSqlite();
    const Thing = defineThing(switchable.sequelize);
    expectTypes(switchable.sequelize, Thing);
    await expectRoundTrip(Thing, 1);
    await switchable.toPostgres();
    await expectRoundTrip(Thing, 2);
    const columns = await switchable.postgres(
      `SELECT column_name AS name, udt_name AS type FROM information_schema.columns WHERE table_name = 'Things'`,
    );
    const types = Object.fromEntries(columns.map(({ name, type }) => [name, type])) as Record<string, string>;
    expect(types).toMatchObject({ tags: '_varchar', matrix: '_int4', data: 'jsonb', uuid: 'uuid', at: 'timestamptz', done: 'bool' });
    await switchable.toSqlite();
    await expectRoundTrip(Thing, 3);
  });

  it('validates as its dialect does', async () => {
    const switchable = await switchableForTest(server, { sequelize: { typeValidation: true } });
    const { sequelize } = switchable;
    const Thing = defineThing(sequelize);
    await onEachDatabase(switchable, async () => {
      await expect(Thing.create({ ...sample(1), uuid: 'nonsense' })).rejects.toThrow(/not a valid uuid/);
      await expect(Thing.create({ ...sample(1), state: 'ajar' })).rejects.toThrow(/not a valid choice/);
    });
  });
});

describe('an attribute type stays in step', () => {
  it('after refreshAttributes and removeAttribute', async () => {
    const switchable = await switchableForTest(server);
    const { sequelize } = switchable;
    const Thing = defineThing(sequelize);
    const left = Object.keys(attributes()).filter((name) => name !== 'matrix');
    Thing.removeAttribute('matrix');
    (Thing as unknown as { refreshAttributes(): void }).refreshAttributes();
    await onEachDatabase(switchable, async (_engine, round) => {
      (Thing as unknown as { refreshAttributes(): void }).refreshAttributes();
      expectTypes(sequelize, Thing, left);
      expect(Object.keys(Thing.getAttributes())).not.toContain('matrix');
      const { id } = (await Thing.create({ ...sample(round), matrix: undefined })).get() as { id: number };
      expect((await Thing.findByPk(id))?.get('tags')).toEqual(sample(round).tags);
    });
  });

  it('of a foreign key that an association adds later, on either side', async () => {
    const switchable = await switchableForTest(server);
    const { sequelize } = switchable;
    const Owner: AnyModel = sequelize.define('Owner', { id: { type: DataTypes.UUID, primaryKey: true, defaultValue: DataTypes.UUIDV4 } });
    const Thing: AnyModel = sequelize.define('Thing', { tags: DataTypes.ARRAY(DataTypes.STRING) });
    await switchable.toSqlite();
    Thing.belongsTo(Owner, { as: 'owner' });
    Owner.hasMany(Thing, { as: 'things', foreignKey: 'ownerId' });
    const Label: AnyModel = sequelize.define('Label', { word: DataTypes.STRING });
    Thing.belongsToMany(Label, { as: 'labels', through: 'ThingLabels' });
    Label.belongsToMany(Thing, { as: 'things', through: 'ThingLabels' });
    for (const engine of ['sqlite', 'postgres'] as const) {
      expect(typeOf(Thing, 'ownerId').toSql()).toBe('UUID');
      expectTypes(sequelize, Thing, ['tags', 'ownerId']);
      const owner = await Owner.create({});
      const thing = await Thing.create({ tags: ['x'], ownerId: owner.get('id'), labels: [{ word: 'big' }] }, { include: ['labels'] });
      expect((await thing.reload({ include: ['owner', 'labels'] })).get('labels')).toHaveLength(1);
      if (engine === 'sqlite') await switchable.toPostgres();
    }
  });

  it('of an attribute whose type a program replaces', async () => {
    const switchable = await switchableForTest(server);
    const { sequelize } = switchable;
    const Thing = defineThing(sequelize);
    const name = (Thing.getAttributes() as Record<string, ModelAttributeColumnOptions>)['name'];
    if (name === undefined) throw new Error('no attribute');
    name.type = DataTypes.ARRAY(DataTypes.DATE);
    (Thing as unknown as { refreshAttributes(): void }).refreshAttributes();
    await onEachDatabase(switchable, () => {
      expect(typeOf(Thing, 'name').toSql()).toBe('TIMESTAMP WITH TIME ZONE[]');
      return Promise.resolve();
    });
  });
});

describe('the values of an ENUM', () => {
  const states = ['open', 'closed'];

  async function expectEnum({ sequelize, toSqlite, toPostgres }: Switchable, model: AnyModel, first: Engine): Promise<void> {
    for (const engine of first === 'postgres' ? (['postgres', 'sqlite'] as const) : (['sqlite', 'postgres'] as const)) {
      if (engine !== first) await (engine === 'sqlite' ? toSqlite() : toPostgres());
      expect(sequelize.getDialect()).toBe(engine);
      const type = typeOf(model, 'state');
      expect(type.values).toEqual(states);
      expect(type).toBeInstanceOf(internalsOf(sequelize).dialect.DataTypes['ENUM']);
      expect((model.getAttributes()['state'] as { values?: unknown } | undefined)?.values).toEqual(states);
      await model.create({ state: 'closed' });
      expect(await model.count({ where: { state: 'closed' } })).toBe(1);
      await expect(model.create({ state: 'ajar' })).rejects.toThrow(/enum/);
    }
  }

  const forms: Record<string, () => ModelAttributeColumnOptions> = {
    'within the type': () => ({ type: DataTypes.ENUM('open', 'closed') }),
    'as a list within the type': () => ({ type: DataTypes.ENUM({ values: states }) }),
    'beside the type': () => ({ type: DataTypes.ENUM, values: states }),
  };

  for (const [where, attribute] of Object.entries(forms)) {
    it(`given ${where} are known on SQLite too`, async () => {
      const switchable = await switchableForTest(server);
      const Door = switchable.sequelize.define('Door', { state: attribute() }) as unknown as AnyModel;
      await expectEnum(switchable, Door, 'postgres');
    });

    it(`given ${where} while on SQLite are known on PostgreSQL`, async () => {
      const switchable = await switchableForTest(server);
      await switchable.toSqlite();
      const Door = switchable.sequelize.define('Door', { state: attribute() }) as unknown as AnyModel;
      await expectEnum(switchable, Door, 'sqlite');
    });
  }
});

describe('what a dialect does to values as they are set', () => {
  it('is done on PostgreSQL for a model that was defined on SQLite', async () => {
    const { sequelize, toSqlite, toPostgres } = await switchableForTest(server);
    await toSqlite();
    const Lease: AnyModel = sequelize.define('Lease', { until: DataTypes.DATE, paid: DataTypes.BOOLEAN });
    await toPostgres();
    const lease = await Lease.create({ until: 'infinity', paid: 't' });
    expect(lease.get('until')).toBe(Infinity);
    expect(lease.get('paid')).toBe(true);
    expect((await lease.reload()).get('until')).toBe(Infinity);
  });

  it('is done on PostgreSQL for a model that was defined there', async () => {
    const { sequelize } = await switchableForTest(server);
    const Lease: AnyModel = sequelize.define('Lease', { until: DataTypes.DATE, paid: DataTypes.BOOLEAN });
    const lease = await Lease.create({ until: 'infinity', paid: 't' });
    expect([lease.get('until'), lease.get('paid')]).toEqual([Infinity, true]);
    expect((await lease.reload()).get('until')).toBe(Infinity);
  });
});
