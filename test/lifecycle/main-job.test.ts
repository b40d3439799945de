import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import {
  DataTypes,
  Model,
  Sequelize,
  type CreationOptional,
  type InferAttributes,
  type InferCreationAttributes,
  type ModelStatic,
  type NonAttribute,
} from 'sequelize';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createResilientConnection,
  type EventName,
  ResilientConnection,
  ResilientSequelize,
  type ResilientConfig,
  StaleRowError,
} from '../../src/index.js';
import { loadSqlite3 } from '../../src/databases/sqlite-drivers/sqlite3.js';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { tempFolder } from '../support/temp-folder.js';
import { waitFor } from '../support/wait-for.js';

leakGuard();

class Customer extends Model<InferAttributes<Customer>, InferCreationAttributes<Customer>> {
  declare id: CreationOptional<string>;
  declare name: string;
  declare tags: string[];
  declare profile: { city: string; visits: number };
  declare orders?: NonAttribute<Order[]>;
}

interface Order extends Model {
  id: string;
  sku: string;
  quantities: number[];
  details: object;
  customer?: Customer;
}

/** A service as its author would write it: class and defined models with an association. */
interface App {
  readonly connection: ResilientConnection;
  readonly sequelize: Sequelize;
  readonly customers: typeof Customer;
  readonly orders: ModelStatic<Order>;
  readonly events: { name: EventName; payload: unknown }[];
  readonly log: string[];
  /** The fallback's file. */
  readonly file: string;
}

const EVENTS: EventName[] = [
  'connected',
  'disconnected',
  'failover',
  'recovered',
  'retry',
  'healthCheckPassed',
  'healthCheckFailed',
  'driverFallback',
  'outcome',
  'closed',
];

let postgres: PostgresServer;
let database: string;
const apps: App[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.dispose());
beforeEach(async () => {
  database = await postgres.createDatabase();
});
afterEach(async () => {
  await Promise.all(apps.splice(0).map(({ connection }) => connection.close({ timeout: 500 })));
  await postgres.thaw();
  await postgres.start();
});

async function startApp(options: ResilientConfig['options'] = {}, sequelize: ResilientConfig['sequelize'] = {}): Promise<App> {
  const storageDir = join(tempFolder(), 'sqlite');
  const log: string[] = [];
  const line = (text: string) => void log.push(text);
  const { host, port, user: username, password } = postgres;
  const connection = await createResilientConnection({
    serviceName: 'shop',
    primary: { host, port, database, username, password, logging: false },
    fallback: { storageDir, logging: false },
    options: { allowSQLiteFallback: true, connectTimeout: 2000, ...options },
    schema: 'sync',
    sequelize,
    logger: { info: line, warn: line, error: line },
  });
  const app = {
    ...defineModels(connection.getSequelize()),
    connection,
    events: record(connection),
    log,
    file: join(storageDir, 'shop.sqlite'),
  };
  apps.push(app);
  return app;
}

function defineModels(sequelize: Sequelize): Pick<App, 'sequelize' | 'customers' | 'orders'> {
  const customers = class extends Customer {};
  customers.init(
    {
      id: { type: DataTypes.UUID, primaryKey: true, defaultValue: DataTypes.UUIDV4 },
      name: { type: DataTypes.STRING, allowNull: false },
      tags: { type: DataTypes.ARRAY(DataTypes.STRING), allowNull: false },
      profile: { type: DataTypes.JSONB, allowNull: false },
    },
    { sequelize, modelName: 'Customer', tableName: 'customers' },
  );
  const orders = sequelize.define<Order>(
    'Order',
    {
      id: { type: DataTypes.UUID, primaryKey: true, defaultValue: DataTypes.UUIDV4 },
      sku: DataTypes.STRING,
      quantities: DataTypes.ARRAY(DataTypes.INTEGER),
      details: DataTypes.JSONB,
    },
    { tableName: 'orders' },
  );
  customers.hasMany(orders, { as: 'orders', foreignKey: 'customerId' });
  orders.belongsTo(customers, { as: 'customer', foreignKey: 'customerId' });
  return { sequelize, customers, orders };
}

function record(connection: ResilientConnection): App['events'] {
  const events: App['events'] = [];
  for (const name of EVENTS) connection.on(name, (payload: unknown) => void events.push({ name, payload }));
  return events;
}

/** One customer with one order, made in one transaction and read back through an include. */
async function buy({ sequelize, customers, orders }: App, name: string): Promise<Customer> {
  const id = await sequelize.transaction(async (transaction) => {
    const customer = await customers.create({ name, tags: ['new', "it's"], profile: { city: 'Ulm', visits: 1 } }, { transaction });
    await orders.create({ customerId: customer.id, sku: 'A1', quantities: [1, 2, 3], details: { gift: true } }, { transaction });
    return customer.id;
  });
  return await customers.findByPk(id, { include: 'orders', rejectOnEmpty: true });
}

const isActive = ({ connection }: App, dialect: 'postgres' | 'sqlite') =>
  waitFor(() => connection.getStatus().dialect === dialect, { timeoutMs: 20_000, what: `${dialect} to be active` });

const namesInPostgres = async () =>
  (await postgres.query<{ name: string }>('SELECT name FROM customers ORDER BY name', [], database)).map(({ name }) => name);

async function namesInSqlite({ file }: App): Promise<unknown[]> {
  const handle = await (await loadSqlite3()).open(file);
  try {
    return (await handle.all('SELECT name FROM customers ORDER BY name', [])).map(({ name }) => name);
  } finally {
    await handle.close();
  }
}

/** What was told, without the probes and what became of single calls. */
const told = ({ events }: App) => events.map(({ name }) => name).filter((name) => !name.startsWith('healthCheck') && name !== 'outcome');
const toldOf = ({ events }: App, name: EventName) => events.filter((event) => event.name === name).map(({ payload }) => payload);

const rejection = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('a service that starts while PostgreSQL is down', () => {
  beforeEach(() => postgres.stop('fast'));

  it('keeps rows with ARRAY, JSONB and UUID in SQLite, through class and defined models, include and transaction', async () => {
    const app = await startApp();
    expect(app.connection.getStatus()).toMatchObject({ connected: true, dialect: 'sqlite', fallback: true, state: 'fallback' });
    expect(app.sequelize.getDialect()).toBe('sqlite');
    const ada = await buy(app, 'Ada');
    expect(ada.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
    expect(ada.tags).toEqual(['new', "it's"]);
    expect(ada.profile).toEqual({ city: 'Ulm', visits: 1 });
    expect(ada.orders?.map((order) => order.get() as object)).toEqual([
      expect.objectContaining({ customerId: ada.id, sku: 'A1', quantities: [1, 2, 3], details: { gift: true } }),
    ]);
    expect(await app.orders.findOne({ where: { 'details.gift': true }, include: 'customer' })).toMatchObject({ customer: { name: 'Ada' } });
    expect(await namesInSqlite(app)).toEqual(['Ada']);
    expect(app.log).toEqual(
      expect.arrayContaining(['[shop] ⚠️  Using SQLite fallback - Limited features', '[shop] Production deployment requires PostgreSQL']),
    );
  });

  it('keeps nothing of a transaction that it rolls back', async () => {
    const app = await startApp();
    const lost = app.sequelize.transaction(async (transaction) => {
      await app.customers.create({ name: 'Ada', tags: [], profile: { city: 'Ulm', visits: 1 } }, { transaction });
      throw new Error('out of stock');
    });
    await expect(lost).rejects.toThrow('out of stock');
    expect(await app.customers.count()).toBe(0);
  });

  it('goes over to PostgreSQL when that starts, with the same object and models', async () => {
    const app = await startApp();
    const ada = await buy(app, 'Ada');
    app.events.length = 0;
    await postgres.start();
    await isActive(app, 'postgres');

    expect(app.sequelize.getDialect()).toBe('postgres');
    expect(app.connection.getStatus()).toMatchObject({ state: 'primary', fallback: false, epoch: 2, reason: null, retryAttempts: 0 });
    expect(told(app)).toEqual(['recovered', 'connected']);
    const at = app.events.findIndex(({ name }) => name === 'recovered');
    expect(app.events[at - 1]?.name).toBe('healthCheckPassed');
    expect(toldOf(app, 'recovered')).toEqual([{ from: 'sqlite', to: 'postgres', epoch: 2, downtimeMs: expect.any(Number) as unknown }]);
    expect(toldOf(app, 'connected')).toEqual([{ dialect: 'postgres', fallback: false, epoch: 2 }]);
    expect(app.log).toEqual(
      expect.arrayContaining(['[shop] ✓ PostgreSQL recovered! Switching from SQLite...', '[shop] Full PostgreSQL functionality restored']),
    );

    const bob = await buy(app, 'Bob');
    expect(bob).toBeInstanceOf(app.customers);
    expect(bob.tags).toEqual(['new', "it's"]);
    expect(await namesInPostgres()).toEqual(['Bob']);
    expect(await namesInSqlite(app)).toEqual(['Ada']);

    const stale = await rejection(ada.save());
    expect(stale).toBeInstanceOf(StaleRowError);
    expect(stale).toMatchObject({ code: 'STALE_ROW', origin: 'fallback', active: 'primary' });
    await expect(ada.update({ name: 'Eve' })).rejects.toThrow(StaleRowError);
    expect(await namesInPostgres()).toEqual(['Bob']);
  });

  it('says how many rows SQLite took meanwhile and in which file they are kept', async () => {
    const app = await startApp();
    await buy(app, 'Ada');
    await postgres.start();
    await isActive(app, 'postgres');
    const isTold = () => app.log.some((line) => line.includes(app.file) && /\b2 row/.test(line));
    await waitFor(isTold, { timeoutMs: 3000, what: 'the two rows to be told of' });
  });
});

describe('a service whose PostgreSQL is killed', () => {
  it('answers the next read from SQLite, and the open transaction only fails', async () => {
    const app = await startApp();
    await buy(app, 'Ada');
    expect(await namesInPostgres()).toEqual(['Ada']);
    const row = await app.customers.findOne({ rejectOnEmpty: true });
    const transaction = await app.sequelize.transaction();
    await app.customers.create({ name: 'Bob', tags: [], profile: { city: 'Ulm', visits: 1 } }, { transaction });
    app.events.length = 0;

    await postgres.kill();
    const startedAt = performance.now();
    expect(await readUntilAnswered(app)).toEqual([]);
    expect(performance.now() - startedAt).toBeLessThan(5000);
    expect(app.connection.getStatus()).toMatchObject({ dialect: 'sqlite', state: 'fallback', reason: 'server-down' });

    const create = app.customers.create({ name: 'Cid', tags: [], profile: { city: 'Ulm', visits: 1 } }, { transaction });
    expect(await rejection(create)).toMatchObject({ code: 'TRANSACTION_LOST', outcome: 'rolled-back' });
    expect(await rejection(app.customers.findAll({ transaction }))).toMatchObject({ code: 'TRANSACTION_LOST' });
    expect(await rejection(transaction.commit())).toBeInstanceOf(Error);
    expect(await rejection(transaction.rollback())).toBeInstanceOf(Error);
    await expect(row.reload()).rejects.toThrow(StaleRowError);
    expect(await namesInSqlite(app)).toEqual([]);

    expect(told(app)).toEqual(['disconnected', 'failover', 'connected']);
    const at = app.events.findIndex(({ name }) => name === 'disconnected');
    expect(app.events[at - 1]?.name).toBe('healthCheckFailed');
    expect(toldOf(app, 'failover')).toEqual([
      { from: 'postgres', to: 'sqlite', reason: 'server-down', epoch: 2, durationMs: expect.any(Number) as unknown },
    ]);

    await buy(app, 'Dan');
    await postgres.start();
    await isActive(app, 'postgres');
    await buy(app, 'Eve');
    expect(await namesInPostgres()).toEqual(['Ada', 'Eve']);
    expect(await namesInSqlite(app)).toEqual(['Dan']);
    expect(await rejection(app.customers.findAll({ transaction }))).toMatchObject({ code: 'TRANSACTION_LOST' });
  });

  it('stores nothing of a managed transaction in either database', async () => {
    const app = await startApp();
    await app.customers.count();
    const work = app.sequelize.transaction(async (transaction) => {
      await app.customers.create({ name: 'Bob', tags: [], profile: { city: 'Ulm', visits: 1 } }, { transaction });
      await postgres.kill();
      await isActive(app, 'sqlite');
      await app.customers.create({ name: 'Cid', tags: [], profile: { city: 'Ulm', visits: 1 } }, { transaction });
    });
    expect(await rejection(work)).toMatchObject({ code: 'TRANSACTION_LOST', outcome: 'rolled-back' });
    expect(await app.customers.count()).toBe(0);
    await postgres.start();
    expect(await namesInPostgres()).toEqual([]);
    expect(await namesInSqlite(app)).toEqual([]);
  });

  it('comes back again and again', async () => {
    const app = await startApp();
    for (const round of [1, 2]) {
      await postgres.kill();
      await isActive(app, 'sqlite');
      await buy(app, `sqlite ${round}`);
      await postgres.start();
      await isActive(app, 'postgres');
      await buy(app, `postgres ${round}`);
    }
    expect(await namesInPostgres()).toEqual(['postgres 1', 'postgres 2']);
    expect(await namesInSqlite(app)).toEqual(['sqlite 1', 'sqlite 2']);
    expect(app.connection.getStatus().epoch).toBe(5);
  }, 60_000);
});

describe('a service whose PostgreSQL freezes', () => {
  it('ends what is in flight, goes on with SQLite, and returns when PostgreSQL thaws', async () => {
    const app = await startApp();
    await buy(app, 'Ada');
    const inFlight = rejection(app.sequelize.query('SELECT pg_sleep(30)'));
    const transaction = await app.sequelize.transaction();
    await waitFor(() => app.connection.getStatus().inFlight === 1, { what: 'the statement to be on its way' });
    await postgres.freeze();
    const startedAt = performance.now();
    expect(await inFlight).toBeInstanceOf(Error);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(await app.customers.findAll()).toEqual([]);
    expect(app.connection.getStatus()).toMatchObject({ dialect: 'sqlite', reason: 'black-hole' });
    expect(await rejection(app.customers.count({ transaction }))).toMatchObject({ code: 'TRANSACTION_LOST' });

    await postgres.thaw();
    await isActive(app, 'postgres');
    expect((await app.customers.findAll()).map(({ name }) => name)).toEqual(['Ada']);
  }, 60_000);

  it('settles a call that is made before anybody has noticed', async () => {
    const app = await startApp();
    await buy(app, 'Ada');
    await postgres.freeze();
    const startedAt = performance.now();
    await rejection(app.customers.findAll());
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(await app.customers.findAll()).toEqual([]);
  });

  it('leaves a long query alone while PostgreSQL is well', async () => {
    const app = await startApp({ detection: 'fast' });
    const [[row]] = await app.sequelize.query('SELECT 1 AS one, pg_sleep(3)');
    expect(row).toMatchObject({ one: 1 });
    expect(app.connection.getStatus()).toMatchObject({ state: 'primary', epoch: 1 });
  });
});

describe('close()', () => {
  it('may be called twice, and ends within its deadline while PostgreSQL is frozen', async () => {
    const app = await startApp();
    await buy(app, 'Ada');
    await postgres.freeze();
    const inFlight = rejection(app.customers.findAll());
    const startedAt = performance.now();
    await Promise.all([app.connection.close({ timeout: 500 }), app.connection.close({ timeout: 500 })]);
    await app.connection.close();
    expect(performance.now() - startedAt).toBeLessThan(3000);
    expect(await inFlight).toBeInstanceOf(Error);
    expect(app.connection.getStatus().state).toBe('closed');
    expect(told(app).filter((name) => name === 'closed')).toEqual(['closed']);
  });
});

describe('the imported object', () => {
  it('runs the hooks of its configuration, and those added later, on both databases', async () => {
    const heard: string[] = [];
    const app = await startApp({}, { hooks: { beforeCreate: (row) => void heard.push(`given ${String(row.get('name'))}`) } });
    app.sequelize.addHook('beforeCreate', (row) => void heard.push(`added ${String(row.get('name'))}`));
    const create = (name: string) => app.customers.create({ name, tags: [], profile: { city: 'Ulm', visits: 1 } });
    await create('Ada');
    await postgres.kill();
    await isActive(app, 'sqlite');
    await create('Bob');
    expect(heard).toEqual(['given Ada', 'added Ada', 'given Bob', 'added Bob']);
  });

  it('stays the same through all switches', async () => {
    const app = await startApp();
    const { sequelize, connection } = app;
    const queryInterface = sequelize.getQueryInterface();
    await postgres.kill();
    await isActive(app, 'sqlite');
    expect(connection.sequelize).toBe(sequelize);
    expect(connection.getSequelize()).toBe(sequelize);
    expect(sequelize).toBeInstanceOf(Sequelize);
    expect(sequelize).toBeInstanceOf(ResilientSequelize);
    expect(sequelize.getQueryInterface()).toBe(queryInterface);
    expect(await queryInterface.showAllTables()).toEqual(expect.arrayContaining(['customers', 'orders']));
    expect(app.customers.sequelize).toBe(sequelize);
  });
});

/** Reads until an answer comes: what was in flight when PostgreSQL died may fail. */
async function readUntilAnswered({ customers }: App): Promise<unknown[]> {
  return await waitFor(async () => await customers.findAll({ where: { id: [randomUUID()] } }), { what: 'a read to be answered' });
}
