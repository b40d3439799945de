import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DataTypes, type Model, type ModelAttributes, type ModelStatic, Sequelize } from 'sequelize';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadSqlite3 } from '../../src/databases/sqlite-drivers/sqlite3.js';
import { createResilientConnection, type ResilientConfig, type ResilientConnection, type Role, type SchemaStep } from '../../src/index.js';
import { type FaultProxy, startProxy } from '../support/fault-proxy.js';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { tempFolder } from '../support/temp-folder.js';
import { waitFor } from '../support/wait-for.js';

leakGuard();

type Row = Record<string, unknown>;

let postgres: PostgresServer;
let proxy: FaultProxy;
let database: string;
let storageDir: string;
let log: string[];
const connections: ResilientConnection[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.dispose());
beforeEach(async () => {
  [proxy, database] = await Promise.all([startProxy(postgres), postgres.createDatabase()]);
  storageDir = join(tempFolder(), 'sqlite');
  log = [];
});
afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.close({ timeout: 500 })));
  await proxy.close();
});

async function connect({ primary, ...config }: Partial<ResilientConfig> = {}): Promise<ResilientConnection> {
  const { user: username, password } = postgres;
  const line = (text: string) => void log.push(text);
  const connection = await createResilientConnection({
    serviceName: 'store',
    primary: { host: proxy.host, port: proxy.port, database, username, password, logging: false, ...primary },
    fallback: { storageDir },
    options: { allowSQLiteFallback: true, connectTimeout: 2000 },
    logger: { info: line, warn: line, error: line },
    ...config,
  });
  connections.push(connection);
  return connection;
}

async function connectWithoutPostgres(config: Partial<ResilientConfig> = {}): Promise<ResilientConnection> {
  await proxy.refuse();
  return await connect(config);
}

const isIn = (connection: ResilientConnection, state: string) =>
  waitFor(() => connection.getStatus().state === state, { timeoutMs: 8000, what: `the state ${state}` });

const define = (
  { sequelize }: { sequelize: Sequelize },
  name: string,
  attributes: ModelAttributes,
  options: object = {},
): ModelStatic<Model> => sequelize.define(name, attributes, { timestamps: false, freezeTableName: true, ...options });

const file = () => join(storageDir, 'store.sqlite');
const setAsideFiles = () => readdirSync(storageDir).filter((name) => /^store\.sqlite\.bak-[\dTZ.-]+$/.test(name));

/** Looks into an SQLite file past the library. */
async function inFile(path: string, sql: string): Promise<Row[]> {
  const handle = await (await loadSqlite3()).open(path);
  try {
    return await handle.all(sql, []);
  } finally {
    await handle.close();
  }
}

/** What an earlier version of the service left in the fallback's file. */
async function lastMonth(
  defineModels: (connection: ResilientConnection) => Promise<void>,
  config: Partial<ResilientConfig> = {},
): Promise<void> {
  const connection = await connectWithoutPostgres(config);
  await defineModels(connection);
  await connection.close();
  await proxy.restore();
  log.length = 0;
}

const rowsOf = async (model: ModelStatic<Model>) => (await model.findAll({ order: ['id'] })).map((row) => row.get() as Row);
const postgresTables = async () =>
  (
    await postgres.query<{ name: string }>("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1", [], database)
  ).map(({ name }) => name);

describe('the tables of the fallback', () => {
  it('are there at the first use after a start on it', async () => {
    const connection = await connectWithoutPostgres();
    const item = define(connection, 'items', { name: DataTypes.STRING });
    const [made, again] = await Promise.all([item.create({ name: 'lamp' }), item.create({ name: 'desk' })]);
    expect(new Set([made.get('id'), again.get('id')])).toEqual(new Set([1, 2]));
  });

  it('are there after a switch at run time, those of models that were defined on PostgreSQL', async () => {
    const connection = await connect({ schema: 'sync' });
    const item = define(connection, 'items', { name: DataTypes.STRING });
    await item.create({ name: 'lamp' });
    await proxy.refuse();
    await isIn(connection, 'fallback');
    expect(await inFile(file(), "SELECT name FROM sqlite_master WHERE name = 'items'")).toHaveLength(1);
    expect(await item.count()).toBe(0);
  });

  it('are made for models that are defined while it is active', async () => {
    const connection = await connectWithoutPostgres();
    const item = define(connection, 'items', { name: DataTypes.STRING });
    await item.create({ name: 'lamp' });
    const owner = define(connection, 'owners', { name: DataTypes.STRING });
    item.belongsTo(owner, { foreignKey: 'ownerId' });
    await owner.create({ name: 'Ada' });
    await item.create({ name: 'desk', ownerId: 1 });
    expect(await rowsOf(item)).toMatchObject([
      { name: 'lamp', ownerId: null },
      { name: 'desk', ownerId: 1 },
    ]);
  });

  it('are made for a model that is first used in a transaction, a raw query or the query interface', async () => {
    const connection = await connectWithoutPostgres();
    const { sequelize } = connection;
    const first = define(connection, 'first', { name: DataTypes.STRING });
    await sequelize.transaction((transaction) => first.create({ name: 'a' }, { transaction }));
    define(connection, 'second', { name: DataTypes.STRING });
    await sequelize.query("INSERT INTO second (name) VALUES ('b')");
    define(connection, 'third', { name: DataTypes.STRING });
    await sequelize.getQueryInterface().bulkInsert('third', [{ name: 'c' }]);
    expect(
      await inFile(file(), 'SELECT (SELECT name FROM first) || (SELECT name FROM second) || (SELECT name FROM third) AS names'),
    ).toEqual([{ names: 'abc' }]);
  });

  it('are made for the other models where one can not be made', async () => {
    const connection = await connectWithoutPostgres();
    define(connection, 'broken', { name: { type: DataTypes.STRING, defaultValue: Sequelize.literal('not SQL at all(') } });
    const item = define(connection, 'items', { name: DataTypes.STRING });
    expect(await item.create({ name: 'lamp' })).toBeDefined();
    expect(log).toContainEqual(expect.stringContaining('Tables of newly defined models could not be made'));
  });

  it('are made where models refer to each other in a circle', async () => {
    const connection = await connectWithoutPostgres();
    const { team } = inACircle(connection);
    await team.create({ name: 'red' });
    expect(await team.count()).toBe(1);
  });

  it('are not made with schema none', async () => {
    const connection = await connectWithoutPostgres({ schema: { fallback: 'none' } });
    const item = define(connection, 'items', { name: DataTypes.STRING });
    await expect(item.count()).rejects.toThrow('relation "items" does not exist');
  });
});

function inACircle(connection: ResilientConnection, more: ModelAttributes = {}) {
  const team = define(connection, 'teams', { name: DataTypes.STRING, ...more });
  const player = define(connection, 'players', { name: DataTypes.STRING });
  team.belongsTo(player, { foreignKey: 'captainId' });
  player.belongsTo(team, { foreignKey: 'teamId' });
  return { team, player };
}

describe("last month's file", () => {
  const old = async (connection: ResilientConnection): Promise<void> => {
    await define(connection, 'items', { name: DataTypes.STRING }).create({ name: 'lamp' });
  };

  it('gets the columns that may be null or have a default, before the indexes on them, and keeps its rows', async () => {
    await lastMonth(old);
    const connection = await connectWithoutPostgres();
    const item = define(
      connection,
      'items',
      {
        name: DataTypes.STRING,
        colour: { type: DataTypes.STRING, field: 'paint' },
        amount: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 7 },
        tags: DataTypes.ARRAY(DataTypes.STRING),
        shown: DataTypes.VIRTUAL,
      },
      { indexes: [{ fields: ['paint'] }, { fields: ['amount', 'name'] }] },
    );
    await item.create({ name: 'desk', colour: 'red', tags: ['a'] });
    expect(await rowsOf(item)).toMatchObject([
      { id: 1, name: 'lamp', colour: null, amount: 7, tags: null },
      { id: 2, name: 'desk', colour: 'red', amount: 7, tags: ['a'] },
    ]);
    expect(await inFile(file(), "SELECT name FROM sqlite_master WHERE type = 'index' AND name LIKE 'items%' ORDER BY 1")).toEqual([
      { name: 'items_amount_name' },
      { name: 'items_paint' },
    ]);
    expect(setAsideFiles()).toEqual([]);
  });

  it('gets the columns at a switch at run time, too', async () => {
    await lastMonth(old);
    const connection = await connect({ schema: 'sync' });
    const item = define(connection, 'items', { name: DataTypes.STRING, colour: DataTypes.STRING }, { indexes: [{ fields: ['colour'] }] });
    await item.create({ name: 'desk', colour: 'red' });
    await proxy.refuse();
    await isIn(connection, 'fallback');
    expect(await rowsOf(item)).toEqual([{ id: 1, name: 'lamp', colour: null }]);
  });

  it('gets the columns of models that refer to each other in a circle', async () => {
    await lastMonth(async (connection) => {
      await inACircle(connection).team.create({ name: 'red' });
    });
    const connection = await connectWithoutPostgres();
    const { team } = inACircle(connection, { motto: DataTypes.STRING });
    expect(await rowsOf(team)).toEqual([{ id: 1, name: 'red', captainId: null, motto: null }]);
  });

  const withWeight = (connection: ResilientConnection): ModelStatic<Model> =>
    define(connection, 'items', { name: DataTypes.STRING, weight: { type: DataTypes.INTEGER, allowNull: false } });

  const expectSetAside = async (item: ModelStatic<Model>): Promise<void> => {
    await item.create({ name: 'desk', weight: 2 });
    expect(await rowsOf(item)).toEqual([{ id: 1, name: 'desk', weight: 2 }]);
    const [kept, ...others] = setAsideFiles();
    expect(others).toEqual([]);
    expect(await inFile(join(storageDir, kept ?? 'none'), 'SELECT * FROM items')).toEqual([{ id: 1, name: 'lamp' }]);
    expect(log).toContainEqual(expect.stringMatching(/SQLite file could not be used: items\.weight is missing.* set aside as .*\.bak-/));
  };

  it('is set aside at a switch where a column is neither nullable nor has a default', async () => {
    await lastMonth(old);
    const connection = await connect({ schema: 'sync' });
    const item = withWeight(connection);
    await item.count();
    await proxy.refuse();
    await isIn(connection, 'fallback');
    await expectSetAside(item);
  });

  it('is set aside where such a column belongs to a model that is defined after the start on it', async () => {
    await lastMonth(old);
    await expectSetAside(withWeight(await connectWithoutPostgres()));
  });

  it.each([
    ['a default that SQLite can not add', { type: DataTypes.DATE, defaultValue: Sequelize.literal('CURRENT_TIMESTAMP') }],
    ['a unique constraint', { type: DataTypes.STRING, unique: true }],
  ])('is no hindrance where a new column has %s', async (_, column) => {
    await lastMonth(old);
    const connection = await connect({ schema: 'sync' });
    const item = define(connection, 'items', { name: DataTypes.STRING, extra: column });
    await item.count();
    await proxy.refuse();
    await isIn(connection, 'fallback');
    await item.create({ name: 'desk' });
    const kept = [file(), ...setAsideFiles().map((name) => join(storageDir, name))];
    const names = await Promise.all(kept.map((path) => inFile(path, 'SELECT name FROM items ORDER BY id')));
    expect(names.flat()).toEqual(expect.arrayContaining([{ name: 'lamp' }, { name: 'desk' }]));
  });

  it('is set aside when schema changes from sync to a function', async () => {
    await lastMonth(old);
    const create: SchemaStep = async ({ sequelize }) => {
      await sequelize.query('CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT)');
    };
    const connection = await connectWithoutPostgres({ schema: { fallback: create } });
    expect(await rowsOf(define(connection, 'items', { name: DataTypes.STRING }))).toEqual([]);
    expect(setAsideFiles()).toHaveLength(1);
    expect(await inFile(join(storageDir, setAsideFiles()[0] ?? 'none'), 'SELECT name FROM items')).toEqual([{ name: 'lamp' }]);
    expect(log).toContainEqual(expect.stringMatching(/made by schema: 'sync' and are now to be made by 'function'.* set aside as /));
  });

  it("is set aside where it has the format of Sequelize's own SQLite dialect", async () => {
    const stock = new Sequelize({ dialect: 'sqlite', storage: file(), logging: false });
    const item = stock.define('items', {
      name: DataTypes.STRING,
      at: DataTypes.DATE,
      data: DataTypes.JSON,
      price: DataTypes.DECIMAL(10, 2),
    });
    await stock.sync();
    await stock.query('CREATE VIEW named AS SELECT name FROM items');
    await item.create({ name: 'lamp', at: new Date(), data: { a: 1 }, price: 1.5 });
    await stock.close();
    const connection = await connectWithoutPostgres();
    expect(await rowsOf(define(connection, 'items', { name: DataTypes.STRING }))).toEqual([]);
    expect(setAsideFiles()).toHaveLength(1);
    expect(await inFile(join(storageDir, setAsideFiles()[0] ?? 'none'), 'SELECT name FROM items')).toEqual([{ name: 'lamp' }]);
    expect(log).toContainEqual(expect.stringMatching(/it has the older format 1, .* writes format 2.* set aside as /));
  });

  it('is used again as it is when nothing has changed', async () => {
    await lastMonth(old);
    const item = define(await connectWithoutPostgres(), 'items', { name: DataTypes.STRING });
    expect(await rowsOf(item)).toEqual([{ id: 1, name: 'lamp' }]);
    expect(setAsideFiles()).toEqual([]);
    expect(log.filter((line) => line.includes('set aside'))).toEqual([]);
  });
});

describe('a sync() that the program ran on the fallback', () => {
  it('is repeated on PostgreSQL before that becomes active', async () => {
    const connection = await connectWithoutPostgres();
    const item = define(connection, 'items', { name: DataTypes.STRING });
    await connection.sequelize.sync();
    await proxy.restore();
    await isIn(connection, 'primary');
    expect(await postgresTables()).toEqual(['items']);
    await item.create({ name: 'lamp' });
    expect(await postgres.query('SELECT name FROM items', [], database)).toEqual([{ name: 'lamp' }]);
  });

  it.each([{ force: true }, { alter: true }])('is not repeated with %j', async (options) => {
    await postgres.query(
      "CREATE TABLE items (id SERIAL PRIMARY KEY, name TEXT, kept TEXT); INSERT INTO items (name, kept) VALUES ('old', 'x')",
      [],
      database,
    );
    const connection = await connectWithoutPostgres();
    define(connection, 'items', { name: DataTypes.STRING });
    define(connection, 'notes', { text: DataTypes.STRING });
    await connection.sequelize.sync(options);
    await proxy.restore();
    await waitFor(() => connection.getStatus().reason === 'primary-schema-missing', { what: 'the missing tables to be noticed' });
    expect(await postgresTables()).toEqual(['items']);
    expect(await postgres.query('SELECT name, kept FROM items', [], database)).toEqual([{ name: 'old', kept: 'x' }]);
  });

  it('is repeated on the fallback, too, where it ran on PostgreSQL', async () => {
    const connection = await connect({ schema: 'none' });
    const item = define(connection, 'items', { name: DataTypes.STRING });
    await connection.sequelize.sync();
    await proxy.refuse();
    await isIn(connection, 'fallback');
    expect(await item.count()).toBe(0);
  });

  it('is not what the library does by itself, also for models that refer to each other in a circle', async () => {
    const connection = await connectWithoutPostgres();
    await inACircle(connection).team.count();
    await proxy.restore();
    await waitFor(() => connection.getStatus().primary.reachable, { what: 'PostgreSQL to be reached' });
    await waitFor(() => connection.getStatus().reason === 'primary-schema-missing', { what: 'the missing tables to be noticed' });
    expect(await postgresTables()).toEqual([]);
  });
});

describe('a PostgreSQL without the tables of the models', () => {
  it('is not gone back to until they are there', async () => {
    const connection = await connectWithoutPostgres();
    const item = define(connection, 'items', { name: DataTypes.STRING });
    define(connection, 'Notes', { text: DataTypes.STRING });
    await item.create({ name: 'lamp' });
    await proxy.restore();
    await waitFor(() => connection.getStatus().reason === 'primary-schema-missing', { what: 'the missing tables to be noticed' });
    const status = connection.getStatus();
    expect(status).toMatchObject({ state: 'fallback', dialect: 'sqlite', epoch: 1, primary: { reachable: true } });
    for (const table of ['items', 'Notes']) {
      expect(status.warning).toContain(table);
      expect(log.find((line) => line.includes("PostgreSQL answers but can't be used yet"))).toContain(table);
    }
    expect(await item.count()).toBe(1);

    await postgres.query(
      'CREATE TABLE items (id SERIAL PRIMARY KEY, name TEXT); CREATE TABLE "Notes" (id SERIAL PRIMARY KEY, text TEXT)',
      [],
      database,
    );
    await isIn(connection, 'primary');
    expect(connection.getStatus()).toMatchObject({ reason: null, dialect: 'postgres' });
    expect(connection.getStatus().warning ?? '').not.toContain('items');
    expect(await item.count()).toBe(0);
  });

  it('is named by reason no longer when it is down again', async () => {
    const connection = await connectWithoutPostgres();
    define(connection, 'items', { name: DataTypes.STRING });
    await proxy.restore();
    await waitFor(() => connection.getStatus().reason === 'primary-schema-missing', { what: 'the missing table to be noticed' });
    await proxy.refuse();
    await waitFor(() => connection.getStatus().primary.reachable === false, { what: 'PostgreSQL to be away' });
    await waitFor(() => !connection.getStatus().warning?.includes('PostgreSQL is back'), { timeoutMs: 3000, what: 'the warning to end' });
    expect(connection.getStatus().reason).toBe('server-down');
  });

  it('has them where the program reaches them by a search_path of its own', async () => {
    await postgres.query('CREATE SCHEMA app; CREATE TABLE app.items (id SERIAL PRIMARY KEY, name TEXT)', [], database);
    const connection = await connectWithoutPostgres({ primary: { dialectOptions: { options: '-c search_path=app' } } });
    const item = define(connection, 'items', { name: DataTypes.STRING });
    await proxy.restore();
    await isIn(connection, 'primary');
    await item.create({ name: 'lamp' });
    expect(await postgres.query('SELECT name FROM app.items', [], database)).toEqual([{ name: 'lamp' }]);
  });

  it('is asked for tables of other schemas by their full names', async () => {
    const connection = await connectWithoutPostgres();
    define(connection, 'items', { name: DataTypes.STRING }, { schema: 'app' });
    await proxy.restore();
    await waitFor(() => connection.getStatus().reason === 'primary-schema-missing', { what: 'the missing table to be noticed' });
    await postgres.query('CREATE SCHEMA app; CREATE TABLE app.items (id SERIAL PRIMARY KEY, name TEXT)', [], database);
    await isIn(connection, 'primary');
  });
});

describe('a schema function', () => {
  it('is pinned to the database that is made ready, whichever is active', async () => {
    const calls: { role: Role; dialect: string; version: string; same: boolean }[] = [];
    const step: SchemaStep = async ({ sequelize, role }) => {
      const [rows] = await sequelize.query(role === 'primary' ? 'SELECT version() AS v' : "SELECT 'SQLite ' || sqlite_version() AS v");
      await sequelize
        .getQueryInterface()
        .createTable('items', { id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true }, name: DataTypes.STRING });
      const [{ v }] = rows as [{ v: string }];
      calls.push({ role, dialect: sequelize.getDialect(), version: v.split(' ')[0] ?? '', same: sequelize === connections[0]?.sequelize });
    };
    const connection = await connectWithoutPostgres({ schema: step });
    const item = define(connection, 'items', { name: DataTypes.STRING });
    await item.create({ name: 'lamp' });
    await proxy.restore();
    await isIn(connection, 'primary');
    expect(calls).toMatchObject([
      { role: 'fallback', dialect: 'sqlite', version: 'SQLite' },
      { role: 'primary', dialect: 'postgres', version: 'PostgreSQL', same: true },
    ]);
    expect(await item.count()).toBe(0);
  });

  it('leaves the service where it is when it throws on PostgreSQL, and is tried again', async () => {
    let attempts = 0;
    const primary: SchemaStep = () => {
      attempts += 1;
      if (attempts < 3) throw new Error(`migration ${attempts} failed`);
    };
    const connection = await connectWithoutPostgres({ schema: { primary } });
    await proxy.restore();
    await waitFor(() => attempts === 1, { what: 'the first attempt' });
    await waitFor(() => connection.getStatus().reason === 'primary-not-ready', { what: 'the failure to be told' });
    expect(connection.getStatus()).toMatchObject({ state: 'fallback', primary: { reachable: true } });
    expect(await connection.sequelize.query('SELECT sqlite_version()')).toBeDefined();
    expect(log).toContainEqual(expect.stringContaining('migration 1 failed'));
    await isIn(connection, 'primary');
    expect(attempts).toBe(3);
  }, 40_000);

  it('keeps a start from PostgreSQL when it throws there', async () => {
    const primary: SchemaStep = () => Promise.reject(new Error('no rights'));
    const connection = await connect({ schema: { primary } });
    expect(connection.getStatus()).toMatchObject({ state: 'fallback', reason: 'primary-not-ready', primary: { reachable: true } });
    expect(log).toContainEqual(expect.stringContaining('no rights'));
  });

  it('makes a start fail when it throws and there is no other database', async () => {
    const primary: SchemaStep = () => Promise.reject(new Error('no rights'));
    const start = connect({ schema: { primary }, options: { allowSQLiteFallback: false, maxRetries: 0 } });
    await expect(start).rejects.toMatchObject({
      code: 'PRIMARY_UNAVAILABLE',
      message: expect.stringContaining('no rights') as unknown,
      cause: { message: 'no rights' },
    });
  });

  it('makes the fallback fail when it throws there, and is tried again by later calls', async () => {
    let isBroken = true;
    const fallback: SchemaStep = () => {
      if (isBroken) throw new Error('seed file is missing');
    };
    const connection = await connect({ schema: { fallback }, options: { allowSQLiteFallback: true, maxWait: 100 } });
    await proxy.refuse();
    await waitFor(() => connection.getStatus().reason === 'fallback-failed', { what: 'the fallback to fail' });
    expect(connection.getStatus()).toMatchObject({ state: 'unavailable', dialect: null });
    expect(log).toContainEqual(expect.stringContaining("The SQLite fallback can't be used: seed file is missing"));
    isBroken = false;
    await waitFor(() => connection.sequelize.query('SELECT sqlite_version()'), { what: 'the fallback to be tried again' });
    expect(connection.getStatus().state).toBe('fallback');
  });
});

describe("the library's own sync", () => {
  it("runs none of the program's hooks and shows nothing in its query log", async () => {
    const heard: string[] = [];
    const sql: string[] = [];
    const logging = (text: string) => void sql.push(text);
    const connection = await connectWithoutPostgres({
      fallback: { storageDir, logging },
      schema: 'sync',
    });
    connection.sequelize.addHook('beforeBulkSync', () => void heard.push('beforeBulkSync'));
    connection.sequelize.addHook('beforeSync', () => void heard.push('beforeSync'));
    const item = define(connection, 'items', { name: DataTypes.STRING }, { indexes: [{ fields: ['name'] }] });
    item.addHook('afterSync', () => void heard.push('afterSync'));
    inACircle(connection);
    await item.findAll();
    expect(heard).toEqual([]);
    expect(sql.filter((text) => !text.includes('SELECT'))).toEqual([]);
    expect(sql.length).toBeGreaterThan(0);
    await proxy.restore();
    await isIn(connection, 'primary');
    expect(heard).toEqual([]);
    expect(await postgresTables()).toEqual(['items', 'players', 'teams']);
    await connection.sequelize.sync();
    expect(new Set(heard)).toEqual(new Set(['beforeBulkSync', 'beforeSync', 'afterSync']));
  });

  it("shows none of its statements to the program's query hooks", async () => {
    let statements = 0;
    const connection = await connectWithoutPostgres();
    connection.sequelize.addHook('beforeQuery', () => void (statements += 1));
    const item = define(connection, 'items', { name: DataTypes.STRING }, { indexes: [{ fields: ['name'] }] });
    await item.findAll();
    const withTables = statements;
    await item.findAll();
    expect(withTables).toBeGreaterThan(0);
    expect(statements).toBe(2 * withTables);
  });
});
