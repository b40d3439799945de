import { DataTypes, type QueryInterface, QueryTypes, Sequelize } from 'sequelize';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  addColumnSafe,
  arrayDefault,
  createExtensionSafe,
  createTableSafe,
  dropTableSafe,
  getDialectTypes,
  isPostgreSQL,
  isSQLite,
  jsonDefault,
  nowDefault,
  uuidDefault,
} from '../../../src/migrations/index.js';
import { Databases, KINDS, listener, SPEAK_POSTGRES } from './kinds.js';

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

let databases: Databases;
beforeAll(async () => {
  databases = await Databases.start();
}, 60_000);
afterAll(async () => {
  await databases.dispose();
}, 60_000);

/** The migration of the guide that asked for these helpers, with its placeholder replaced. */
const guide = {
  up: async (queryInterface: QueryInterface, SequelizeArgument: typeof Sequelize) => {
    const types = getDialectTypes(queryInterface, SequelizeArgument);
    return await createTableSafe(queryInterface, 'users', {
      id: { type: types.UUID, defaultValue: uuidDefault(queryInterface), primaryKey: true },
      metadata: { type: types.JSONB, defaultValue: {} },
      tags: { type: types.ARRAY_STRING, defaultValue: isPostgreSQL(queryInterface) ? [] : '[]' },
    });
  },
};

describe.each(KINDS)('createTableSafe (%s)', (kind) => {
  it('runs the migration of the guide, and again without a change', async () => {
    const { queryInterface } = await databases.open(kind);
    expect(await guide.up(queryInterface, Sequelize)).toEqual({ did: 'created', subject: 'table "users"', details: [], differences: [] });
    expect(await guide.up(queryInterface, Sequelize)).toEqual({ did: 'exists', subject: 'table "users"', details: [], differences: [] });
  });

  it('gives rows the defaults as objects, arrays and UUIDs', async () => {
    const { sequelize, queryInterface } = await databases.open(kind);
    await guide.up(queryInterface, Sequelize);
    for (let row = 0; row < 20; row += 1) await sequelize.query('INSERT INTO users DEFAULT VALUES');
    const tags = kind === 'plain SQLite' ? DataTypes.TEXT : DataTypes.ARRAY(DataTypes.STRING);
    const User = sequelize.define(
      'User',
      { id: { type: DataTypes.UUID, primaryKey: true }, metadata: DataTypes.JSONB, tags },
      { tableName: 'users', timestamps: false },
    );
    const found = (await User.findAll()).map((user) => user.get() as { id: string; metadata: unknown; tags: unknown });
    expect(new Set(found.map(({ id }) => id)).size).toBe(20);
    for (const { id, metadata, tags: read } of found) {
      expect(id).toMatch(UUID_V4);
      expect(metadata).toEqual({});
      expect(read).toEqual(kind === 'plain SQLite' ? '[]' : []);
    }
  });

  it('reports each way in which a table differs, and changes nothing', async () => {
    const { queryInterface } = await databases.open(kind);
    const types = getDialectTypes(queryInterface, Sequelize);
    await createTableSafe(queryInterface, 'orders', {
      id: { type: types.INTEGER, primaryKey: true, autoIncrement: true },
      total: types.DECIMAL(10, 2),
      note: { type: types.STRING(20), defaultValue: 'none' },
      state: types.ENUM('open', 'done'),
      old: types.TEXT,
    });
    const before = await queryInterface.describeTable('orders');
    const logger = listener();
    const asked = {
      id: { type: types.INTEGER, primaryKey: true, autoIncrement: true },
      total: types.DECIMAL(12, 2),
      note: { type: types.STRING(20), allowNull: false, defaultValue: 'nothing' },
      state: types.ENUM('open', 'paid', 'done'),
      placed: types.INTEGER,
    };
    const change = await createTableSafe(queryInterface, 'orders', asked, { logger });
    expect(change.did).toBe('exists');
    expect(change.differences.map(({ name, aspect }) => `${name}: ${aspect}`)).toEqual([
      'total: type',
      'note: nullability',
      'note: default',
      'state: type',
      'placed: missing',
      'old: extra',
    ]);
    const state = change.differences.find(({ name }) => name === 'state');
    expect(state).toMatchObject({ stored: "ENUM('open', 'done')", asked: "ENUM('open', 'paid', 'done')" });
    expect(logger.warnings).toHaveLength(1);
    expect(logger.warnings[0]).toContain('table "orders" differs from what was asked for');
    await expect(createTableSafe(queryInterface, 'orders', asked, { onDifference: 'error' })).rejects.toMatchObject({
      code: 'DEFINITION_DIFFERENCE',
    });
    expect(await queryInterface.describeTable('orders')).toEqual(before);
  });

  it('adds missing columns where it is told to change a table', async () => {
    const { sequelize, queryInterface } = await databases.open(kind);
    const types = getDialectTypes(queryInterface);
    await createTableSafe(queryInterface, 'people', { id: { type: types.INTEGER, primaryKey: true }, name: types.STRING });
    await sequelize.query("INSERT INTO people (id, name) VALUES (1, 'Ann')");
    const asked = {
      id: { type: types.INTEGER, primaryKey: true },
      name: types.STRING,
      tags: { type: types.ARRAY_STRING, defaultValue: '["new"]' },
      extra: { type: types.JSONB, allowNull: false, defaultValue: '{"a": [1]}' },
    };
    const change = await createTableSafe(queryInterface, 'people', asked, { onDifference: 'change' });
    expect(change).toMatchObject({ did: 'changed', details: ['added column "tags"', 'added column "extra"'], differences: [] });
    expect(await createTableSafe(queryInterface, 'people', asked, { onDifference: 'change' })).toMatchObject({
      did: 'exists',
      details: [],
    });
    const [row] = await sequelize.query<{ tags: unknown; extra: unknown }>('SELECT tags, extra FROM people', { type: QueryTypes.SELECT });
    expect(row).toEqual(kind === 'plain SQLite' ? { tags: '["new"]', extra: '{"a":[1]}' } : { tags: ['new'], extra: { a: [1] } });
  });

  it('takes schemas, names with capitals and spaces, and a transaction that is rolled back', async () => {
    const { sequelize, queryInterface } = await databases.open(kind);
    const types = getDialectTypes(queryInterface);
    if (kind !== 'plain SQLite') await queryInterface.createSchema('Sales');
    const attributes = { 'Order No': { type: types.INTEGER, primaryKey: true }, State: types.ENUM('a "b"', "it's") };
    const transaction = await sequelize.transaction();
    const table = { tableName: 'Order Lines', schema: 'Sales' };
    expect(await createTableSafe(queryInterface, table, attributes, { transaction })).toMatchObject({ did: 'created' });
    expect(await createTableSafe(queryInterface, table, attributes, { transaction })).toMatchObject({ did: 'exists', differences: [] });
    await transaction.rollback();
    expect(await createTableSafe(queryInterface, table, attributes)).toMatchObject({
      did: 'created',
      subject: 'table "Sales"."Order Lines"',
    });
    expect(await createTableSafe(queryInterface, 'Sales.Order Lines', attributes)).toMatchObject({ did: 'exists', differences: [] });
    expect(await dropTableSafe(queryInterface, table)).toMatchObject({ did: 'removed' });
    expect(await dropTableSafe(queryInterface, table)).toMatchObject({ did: 'absent' });
  });

  it('writes the defaults that the helpers make', async () => {
    const { sequelize, queryInterface } = await databases.open(kind);
    const types = getDialectTypes(queryInterface);
    await createTableSafe(queryInterface, 'notes', {
      id: { type: types.INTEGER, primaryKey: true },
      at: { type: types.DATE, defaultValue: nowDefault(queryInterface) },
      words: { type: types.ARRAY(types.TEXT), defaultValue: arrayDefault(queryInterface, ['a "b"', 'c\\d', "it's", 'NULL', '{}']) },
      json: { type: types.JSONB, defaultValue: jsonDefault(queryInterface, "it's") },
    });
    const before = Date.now() - 1_000;
    await sequelize.query('INSERT INTO notes (id) VALUES (1)');
    const words = kind === 'plain SQLite' ? DataTypes.TEXT : DataTypes.ARRAY(DataTypes.TEXT);
    const attributes = { id: { type: DataTypes.INTEGER, primaryKey: true }, at: DataTypes.DATE, words, json: DataTypes.JSONB };
    const Note = sequelize.define('Note', attributes, { tableName: 'notes', timestamps: false });
    const note = (await Note.findOne())?.get() as { at: Date; words: string | string[]; json: unknown };
    expect(note.at.getTime()).toBeGreaterThan(before);
    expect(note.at.getTime()).toBeLessThan(Date.now() + 1_000);
    expect(typeof note.words === 'string' ? JSON.parse(note.words) : note.words).toEqual(['a "b"', 'c\\d', "it's", 'NULL', '{}']);
    expect(note.json).toBe("it's");
  });

  it('tells a program what it is called with', async () => {
    const { sequelize, queryInterface } = await databases.open(kind);
    const types = getDialectTypes(queryInterface);
    const refused = (call: () => Promise<unknown>) => expect(call()).rejects;
    await refused(() => createTableSafe(sequelize as never, 't', { a: types.TEXT })).toThrow('queryInterface: must be');
    await refused(() => createTableSafe(queryInterface, '', { a: types.TEXT })).toThrow(
      "table: must be a name of 1 to 63 bytes; received ''",
    );
    await refused(() => createTableSafe(queryInterface, 'a.b.c', { a: types.TEXT })).toThrow('has at most one dot');
    await refused(() => createTableSafe(queryInterface, 't', {})).toThrow('attributes: must be an object');
    await refused(() => createTableSafe(queryInterface, 't', { a: { type: undefined } as never })).toThrow(
      'attributes.a.type: must be a data type',
    );
    await refused(() => createTableSafe(queryInterface, 't', { a: types.TEXT }, { onDifference: 'fix' as never })).toThrow(
      'onDifference: must be',
    );
    const noArray = { a: { type: DataTypes.ARRAY(DataTypes.TEXT), defaultValue: 'x' } };
    await refused(() => createTableSafe(queryInterface, 't', noArray)).toThrow(
      "attributes.a.defaultValue: must be an array, or its JSON text; received 'x'",
    );
    await refused(() => addColumnSafe(queryInterface, 'nowhere', 'a', types.TEXT)).toThrow('there is no table "nowhere"');
  });

  it('keeps labels and defaults that have words of SQL in them, or refuses them', async () => {
    const { sequelize, queryInterface } = await databases.open(kind);
    const mode = { type: DataTypes.ENUM('SERIAL', 'PARALLEL (fast)'), allowNull: false, defaultValue: 'PARALLEL (fast)' };
    await createTableSafe(queryInterface, 'jobs', { id: { type: DataTypes.INTEGER, primaryKey: true }, mode });
    await addColumnSafe(queryInterface, 'jobs', 'second', mode);
    await sequelize.query('INSERT INTO jobs (id) VALUES (1)');
    expect(await sequelize.query('SELECT * FROM jobs', { type: QueryTypes.SELECT })).toEqual([
      { id: 1, mode: 'PARALLEL (fast)', second: 'PARALLEL (fast)' },
    ]);
    await expect(sequelize.query('INSERT INTO jobs (id, mode) VALUES (2, NULL)')).rejects.toThrow();
    for (const defaultValue of ['PRIMARY KEY', 'SERIAL', Sequelize.literal("'see COMMENT below'")]) {
      const create = createTableSafe(queryInterface, 'others', { note: { type: DataTypes.TEXT, defaultValue } });
      await expect(create).rejects.toThrow('attributes.note.defaultValue: must not have the word');
    }
    const named = createTableSafe(queryInterface, 'others', { a: { type: DataTypes.TEXT, unique: 'pair' } });
    await expect(named).rejects.toThrow('attributes.a.unique: must be true or false; name keys in options.uniqueKeys');
  });

  it('does not take a view for a table', async () => {
    const { sequelize, queryInterface } = await databases.open(kind);
    await sequelize.query('CREATE VIEW seen AS SELECT 1 AS one');
    await expect(createTableSafe(queryInterface, 'seen', { one: DataTypes.INTEGER })).rejects.toThrow('is a view, an index or a sequence');
  });
});

describe.each(SPEAK_POSTGRES)('createTableSafe (%s)', (kind) => {
  it('changes defaults and NOT NULL where it is told to, and reports a type', async () => {
    const { sequelize, queryInterface } = await databases.open(kind);
    const types = getDialectTypes(queryInterface);
    await createTableSafe(queryInterface, 'items', {
      id: { type: types.INTEGER, primaryKey: true, autoIncrement: true },
      state: { type: types.ENUM('new', 'sold'), defaultValue: 'new' },
      name: types.STRING(10),
      data: types.JSONB,
    });
    const asked = {
      id: { type: types.INTEGER, primaryKey: true, autoIncrement: true },
      state: { type: types.ENUM('new', 'sold'), defaultValue: 'sold' },
      name: { type: types.STRING(20), allowNull: false },
      data: { type: types.JSONB, defaultValue: { a: 1 } },
    };
    const change = await createTableSafe(queryInterface, 'items', asked, { onDifference: 'change', logger: false });
    expect(change.did).toBe('changed');
    expect(change.details).toHaveLength(3);
    expect(change.differences.map(({ name, aspect }) => `${name}: ${aspect}`)).toEqual(['name: type']);
    await sequelize.query("INSERT INTO items (name) VALUES ('x')");
    const [row] = await sequelize.query('SELECT state, data FROM items', { type: QueryTypes.SELECT });
    expect(row).toEqual({ state: 'sold', data: { a: 1 } });
    await expect(sequelize.query('INSERT INTO items (name) VALUES (NULL)')).rejects.toThrow('null value in column "name"');
  });

  it('drops the type of an ENUM with its table, and makes one anew that was left behind', async () => {
    const { sequelize, queryInterface } = await databases.open(kind);
    const types = getDialectTypes(queryInterface);
    await createTableSafe(queryInterface, 'tickets', { state: types.ENUM('a', 'b') });
    const dropped = await dropTableSafe(queryInterface, 'tickets');
    expect(dropped.details).toEqual(['dropped type "public"."enum_tickets_state"']);
    await sequelize.query("CREATE TYPE enum_tickets_state AS ENUM ('x')");
    await createTableSafe(queryInterface, 'tickets', { state: types.ENUM('a', 'b') });
    await sequelize.query("INSERT INTO tickets VALUES ('b')");
    await expect(sequelize.query("INSERT INTO tickets VALUES ('x')")).rejects.toThrow('invalid input value for enum');
  });

  it("finds no difference in a table of Sequelize's own sync or of SQL that means the same", async () => {
    const { sequelize, queryInterface } = await databases.open(kind);
    const attributes = () => ({
      id: { type: DataTypes.UUID, primaryKey: true, defaultValue: uuidDefault(queryInterface) },
      tags: { type: DataTypes.ARRAY(DataTypes.STRING), defaultValue: ['a'] as string[] },
      none: { type: DataTypes.ARRAY(DataTypes.INTEGER), defaultValue: [] as number[] },
      data: { type: DataTypes.JSONB, allowNull: false, defaultValue: {} },
      state: { type: DataTypes.ENUM('a', 'b'), defaultValue: 'a' },
      count: { type: DataTypes.INTEGER, defaultValue: 0 },
    });
    sequelize.define('Synced', attributes(), { tableName: 'synced', timestamps: false });
    await sequelize.sync();
    expect(await createTableSafe(queryInterface, 'synced', attributes())).toMatchObject({ did: 'exists', differences: [] });
    await sequelize.query(
      `CREATE TABLE written (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), tags varchar(255)[] DEFAULT '{a}', none int[] DEFAULT '{}',
         data jsonb NOT NULL DEFAULT '{ }', state enum_synced_state DEFAULT 'a', count int DEFAULT '0')`,
    );
    expect(await createTableSafe(queryInterface, 'written', attributes())).toMatchObject({ did: 'exists', differences: [] });
    const other = { ...attributes(), tags: { type: DataTypes.ARRAY(DataTypes.STRING), defaultValue: ['b'] } };
    const { differences } = await createTableSafe(queryInterface, 'written', other, { logger: false });
    expect(differences.map(({ name, aspect }) => `${name}: ${aspect}`)).toEqual(['tags: default']);
  });

  it('refuses an ENUM whose type another column has with other values', async () => {
    const { sequelize, queryInterface } = await databases.open(kind);
    await sequelize.query("CREATE TYPE enum_pets_kind AS ENUM ('cat')");
    await sequelize.query('CREATE TABLE zoo (kind enum_pets_kind)');
    const create = createTableSafe(queryInterface, 'pets', { kind: DataTypes.ENUM('cat', 'dog') });
    await expect(create).rejects.toThrow('it is there with the values cat, and public.zoo.kind has it; asked for were cat, dog');
  });

  it('reads arrays of a new ENUM as arrays', async () => {
    const { sequelize, queryInterface } = await databases.open(kind);
    await createTableSafe(queryInterface, 'dishes', {
      spices: { type: DataTypes.ARRAY(DataTypes.ENUM('hot', 'mild')), defaultValue: ['hot'] },
    });
    await sequelize.query('INSERT INTO dishes DEFAULT VALUES');
    expect(await sequelize.query('SELECT spices FROM dishes', { type: QueryTypes.SELECT })).toEqual([{ spices: ['hot'] }]);
  });

  it('answers isPostgreSQL and isSQLite by the engine', async () => {
    const { queryInterface } = await databases.open(kind);
    expect([isPostgreSQL(queryInterface), isSQLite(queryInterface)]).toEqual(
      kind === 'handle on its fallback' ? [false, true] : [true, false],
    );
  });
});

describe('createTableSafe on PostgreSQL', () => {
  it('does with a pool of one connection', async () => {
    for (const kind of ['plain PostgreSQL', 'handle on PostgreSQL'] as const) {
      const { queryInterface } = await databases.open(kind, { pool: { max: 1 } });
      const attributes = { state: DataTypes.ENUM('a'), tags: DataTypes.ARRAY(DataTypes.ENUM('b')) };
      expect(await createTableSafe(queryInterface, 't', attributes)).toMatchObject({ did: 'created' });
      expect(await createTableSafe(queryInterface, 't', attributes)).toMatchObject({ did: 'exists', differences: [] });
    }
  });

  it('says which extension has a function that is missing, and creates that', async () => {
    const { sequelize, queryInterface } = await databases.open('plain PostgreSQL');
    const attributes = { id: { type: DataTypes.UUID, defaultValue: Sequelize.literal('uuid_generate_v4()'), primaryKey: true } };
    const create = () => createTableSafe(queryInterface, 'keys', attributes);
    await expect(create()).rejects.toThrow(
      "this PostgreSQL has no function uuid_generate_v4(). Create its extension first: await createExtensionSafe(queryInterface, 'uuid-ossp')",
    );
    expect(await createExtensionSafe(queryInterface, 'uuid-ossp')).toMatchObject({ did: 'created' });
    expect(await createExtensionSafe(queryInterface, 'uuid-ossp')).toMatchObject({ did: 'exists' });
    expect(await create()).toMatchObject({ did: 'created' });
    await expect(createExtensionSafe(queryInterface, 'postgis_of_nobody')).rejects.toMatchObject({ code: 'SCHEMA_CHANGE' });
    expect(await sequelize.query('SELECT 1 AS one', { type: QueryTypes.SELECT })).toEqual([{ one: 1 }]);
  });

  it('leaves a referenced table unlocked while it compares', async () => {
    const { sequelize, queryInterface } = await databases.open('plain PostgreSQL');
    await createTableSafe(queryInterface, 'parents', { id: { type: DataTypes.INTEGER, primaryKey: true } });
    const child = {
      id: { type: DataTypes.INTEGER, primaryKey: true },
      parent: { type: DataTypes.INTEGER, references: { model: 'parents', key: 'id' } },
    };
    await createTableSafe(queryInterface, 'children', child);
    const writer = await sequelize.transaction();
    await sequelize.query('INSERT INTO parents VALUES (1)', { transaction: writer });
    await sequelize.query("SET lock_timeout = '2s'");
    expect(await createTableSafe(queryInterface, 'children', child)).toMatchObject({ did: 'exists', differences: [] });
    await writer.rollback();
  });
});

describe('createTableSafe from several processes at once', () => {
  it.each(['plain PostgreSQL', 'handle on PostgreSQL', 'handle on its fallback', 'plain SQLite'] as const)(
    'creates once (%s)',
    async (kind) => {
      const opened = await databases.open(kind);
      const others = await Promise.all([1, 2, 3, 4].map(() => opened.again()));
      const attributes = { id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true }, state: DataTypes.ENUM('a', 'b') };
      const changes = await Promise.all(others.map((each) => createTableSafe(each.getQueryInterface(), 'busy', attributes)));
      expect(changes.map(({ did }) => did).sort()).toEqual(['created', 'exists', 'exists', 'exists']);
      expect(changes.flatMap(({ differences }) => differences)).toEqual([]);
    },
  );

  it('keeps other helpers out until its transaction ends, on PostgreSQL', async () => {
    const { sequelize, queryInterface } = await databases.open('plain PostgreSQL');
    const transaction = await sequelize.transaction();
    await createTableSafe(queryInterface, 'first', { id: DataTypes.INTEGER }, { transaction });
    let isDone = false;
    const second = createTableSafe(queryInterface, 'second', { id: DataTypes.INTEGER }).finally(() => (isDone = true));
    const waiting = `SELECT 1 AS one FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = current_database()`;
    await expect.poll(() => sequelize.query(waiting, { type: QueryTypes.SELECT }), { timeout: 10_000 }).toHaveLength(1);
    expect(isDone).toBe(false);
    await transaction.commit();
    expect(await second).toMatchObject({ did: 'created' });
  });

  it('takes a table that a plain createTable made meanwhile for one that exists', async () => {
    const { sequelize, queryInterface } = await databases.open('plain PostgreSQL');
    const attributes = { id: { type: DataTypes.INTEGER, primaryKey: true } };
    const other = await sequelize.transaction();
    await queryInterface.createTable('late', attributes, { transaction: other });
    const waiting = createTableSafe(queryInterface, 'late', attributes);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await other.commit();
    expect(await waiting).toMatchObject({ did: 'exists', differences: [] });
  });
});
