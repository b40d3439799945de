import { join } from 'node:path';
import { DataTypes, type InferAttributes, type InferCreationAttributes, Model, Sequelize } from 'sequelize';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  DatabaseUnavailableError,
  type ResilientConfig,
  ResilientConnection,
  type ResilientEvents,
  ResilientSequelize,
  type Status,
} from '../../src/index.js';
import { type FaultProxy, startProxy } from '../support/fault-proxy.js';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { tempFolder } from '../support/temp-folder.js';
import { waitFor } from '../support/wait-for.js';

leakGuard();

type Connected = ResilientEvents['connected'];

class Visit extends Model<InferAttributes<Visit>, InferCreationAttributes<Visit>> {
  declare page: string;
}

let postgres: PostgresServer;
let proxy: FaultProxy;
let database: string;
let log: string[];
const connections: ResilientConnection[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.dispose());
beforeEach(async () => {
  [proxy, database] = await Promise.all([startProxy(postgres), postgres.createDatabase()]);
  log = [];
});
afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.close({ timeout: 500 })));
  await proxy.close();
});

function open(options: ResilientConfig['options'] = {}, config: Partial<ResilientConfig> = {}): ResilientConnection {
  const { user: username, password } = postgres;
  const line = (text: string) => void log.push(text);
  const connection = new ResilientConnection({
    serviceName: 'visits',
    primary: { host: proxy.host, port: proxy.port, database, username, password, logging: false },
    fallback: { storageDir: join(tempFolder(), 'sqlite') },
    options: { allowSQLiteFallback: true, connectTimeout: 2000, ...options },
    logger: { info: line, warn: line, error: line },
    schema: 'sync',
    ...config,
  });
  connections.push(connection);
  return connection;
}

const isIn = (connection: ResilientConnection, state: Status['state']) =>
  waitFor(() => connection.getStatus().state === state, { timeoutMs: 15_000, what: `the state ${state}` });

const engineOf = async (sequelize: Sequelize): Promise<string> => {
  // The fallback knows what PostgreSQL's catalogs are, and PostgreSQL has no function of SQLite's.
  const [rows] = await sequelize.query('SELECT sqlite_version() AS v').catch(() => [[]]);
  return rows.length > 0 ? 'sqlite' : 'postgres';
};

const errorOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

/** Waits until everything that is due now has run. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('new ResilientConnection()', () => {
  it('gives a Sequelize that models can be defined on at once, and work that waits is answered', async () => {
    const connection = open();
    const { sequelize } = connection;
    expect(sequelize).toBeInstanceOf(Sequelize);
    expect(sequelize).toBeInstanceOf(ResilientSequelize);
    expect(sequelize.getDialect()).toBe('postgres');
    expect(connection.getStatus()).toMatchObject({ state: 'connecting', connected: false, dialect: null, epoch: 0 });

    const visits = class extends Visit {};
    visits.init({ page: DataTypes.STRING }, { sequelize, tableName: 'visits', timestamps: false });
    const users = sequelize.define('users', { name: DataTypes.STRING }, { timestamps: false });
    const work = Promise.all([
      visits.create({ page: '/' }),
      sequelize.transaction((transaction) => users.create({ name: 'Ada' }, { transaction })),
      connection.unit(() => sequelize.query('SELECT 1 AS one')),
      sequelize.getQueryInterface().showAllTables(),
    ]);
    await waitFor(() => connection.getStatus().queued === 4, { what: 'the work to wait' });
    const [visit, user, [rows]] = await work;
    expect(visit.page).toBe('/');
    expect(user.get('name')).toBe('Ada');
    expect(rows).toEqual([{ one: 1 }]);
    expect(await postgres.query('SELECT page FROM visits', [], database)).toEqual([{ page: '/' }]);
    expect(connection.getStatus()).toMatchObject({ state: 'primary', queued: 0 });
  });

  it('answers work on SQLite that was given before PostgreSQL was found to be away', async () => {
    await proxy.refuse();
    const connection = open();
    const visits = connection.sequelize.define('visits', { page: DataTypes.STRING }, { timestamps: false });
    expect((await visits.create({ page: '/' })).get('page')).toBe('/');
    expect(connection.getStatus().state).toBe('fallback');
  });

  it('lets work wait as long as the start takes, longer than maxWait', async () => {
    await proxy.refuse();
    const connection = open({ allowSQLiteFallback: false, maxRetries: 100, retryDelay: 300, maxWait: 50 });
    const work = connection.sequelize.query('SELECT 1 AS one');
    setTimeout(() => void proxy.restore(), 600);
    expect(await work).toEqual([[{ one: 1 }], expect.anything()]);
  });

  it('rejects work that waited for a start that fails, and goes on probing', async () => {
    await proxy.refuse();
    const connection = open({ allowSQLiteFallback: false, maxRetries: 1, retryDelay: 20, maxWait: 100 });
    expect(await errorOf(connection.sequelize.query('SELECT 1'))).toMatchObject({ code: 'PRIMARY_UNAVAILABLE', attempts: 2 });
    expect(connection.getStatus()).toMatchObject({ state: 'unavailable', reason: 'server-down', retryAttempts: 2 });
    const late = await errorOf(connection.sequelize.query('SELECT 1'));
    expect(late).toBeInstanceOf(DatabaseUnavailableError);
    expect(late).toMatchObject({ outcome: 'not-sent', message: expect.stringContaining('maxWait') as unknown });
    await proxy.restore();
    await isIn(connection, 'primary');
    expect(await connection.sequelize.query('SELECT 1 AS one')).toEqual([[{ one: 1 }], expect.anything()]);
  });

  it('refuses at once what waits beyond maxQueued', async () => {
    await proxy.refuse();
    const connection = open({ allowSQLiteFallback: false, maxRetries: 0, maxWait: 60_000, maxQueued: 2 });
    await isIn(connection, 'unavailable');
    const waiting = [1, 2].map(() => errorOf(connection.sequelize.query('SELECT 1')));
    await waitFor(() => connection.getStatus().queued === 2, { what: 'two calls to wait' });
    expect(await errorOf(connection.sequelize.query('SELECT 1'))).toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      message: expect.stringContaining('maxQueued') as unknown,
    });
    await connection.close();
    expect(await Promise.all(waiting)).toMatchObject([{ code: 'CONNECTION_CLOSED' }, { code: 'CONNECTION_CLOSED' }]);
  });
});

describe('ready', () => {
  it('resolves to the connection', async () => {
    const connection = open();
    expect(await connection.ready).toBe(connection);
    expect(connection.getStatus().connected).toBe(true);
  });

  it('causes no unhandled rejection when nobody looks', async () => {
    const unhandled: unknown[] = [];
    const listener = (reason: unknown) => void unhandled.push(reason);
    process.on('unhandledRejection', listener);
    try {
      await proxy.refuse();
      const failing = open({ allowSQLiteFallback: false, maxRetries: 0 });
      await isIn(failing, 'unavailable');
      const closed = open({ allowSQLiteFallback: false, maxRetries: 0 });
      await closed.close();
      await turn();
      await turn();
      expect(unhandled).toEqual([]);
      await expect(failing.ready).rejects.toMatchObject({ code: 'PRIMARY_UNAVAILABLE' });
    } finally {
      process.off('unhandledRejection', listener);
    }
  });
});

describe("on('connected')", () => {
  const first: Connected = { dialect: 'postgres', fallback: false, epoch: 1 };

  it('tells a listener that was added before', async () => {
    const connection = open();
    const heard: Connected[] = [];
    connection.on('connected', (payload) => void heard.push(payload));
    await connection.ready;
    await turn();
    expect(heard).toEqual([first]);
  });

  it('tells a listener that was added afterwards once, in a microtask', async () => {
    const connection = await open().ready;
    const heard: Connected[] = [];
    connection.on('connected', (payload) => void heard.push(payload));
    expect(heard).toEqual([]);
    await Promise.resolve();
    expect(heard).toEqual([first]);
    await turn();
    expect(heard).toEqual([first]);
  });

  it('tells a listener once that was added while the switch was told', async () => {
    await proxy.refuse();
    const connection = open();
    const heard: Connected[] = [];
    connection.once('failover', () => connection.on('connected', (payload) => void heard.push(payload)));
    await connection.ready;
    await turn();
    expect(heard).toEqual([{ dialect: 'sqlite', fallback: true, epoch: 1 }]);
  });

  it('is over after one event with once, and after off', async () => {
    const connection = await open().ready;
    const once: Connected[] = [];
    const removed: Connected[] = [];
    const always: Connected[] = [];
    const listener = (payload: Connected) => void removed.push(payload);
    connection
      .once('connected', (payload) => void once.push(payload))
      .on('connected', listener)
      .off('connected', listener)
      .on('connected', (payload) => void always.push(payload));
    await turn();
    await connection.failover('test', { hold: true });
    expect(once).toEqual([first]);
    expect(removed).toEqual([]);
    expect(always).toEqual([first, { dialect: 'sqlite', fallback: true, epoch: 2 }]);
  });

  it('goes on where a listener throws or rejects, and logs it', async () => {
    const connection = open();
    const heard: string[] = [];
    connection.on('connected', () => {
      throw new Error('my gauge broke');
    });
    connection.on('healthCheckPassed', () => Promise.reject(new Error('my promise broke')) as unknown as undefined);
    connection.on('connected', ({ dialect }) => void heard.push(dialect));
    await connection.ready;
    await turn();
    expect(heard).toEqual(['postgres']);
    expect(log).toContainEqual(expect.stringMatching(/'connected' threw: my gauge broke/));
    expect(log).toContainEqual(expect.stringMatching(/'healthCheckPassed' threw: my promise broke/));
  });
});

describe('getStatus()', () => {
  const KEYS = [
    ...['connected', 'dialect', 'driver', 'epoch', 'fallback', 'inFlight', 'primary', 'queued'],
    ...['reason', 'retryAttempts', 'serviceName', 'since', 'state', 'warning'],
  ];
  const PRIMARY_KEYS = ['consecutiveFailures', 'lastProbeAt', 'lastProbeMs', 'reachable'];

  function expectShape(status: Status): void {
    expect(Object.keys(status).sort()).toEqual(KEYS);
    expect(Object.keys(status.primary).sort()).toEqual(PRIMARY_KEYS);
    expect(status.serviceName).toBe('visits');
    expect(Math.abs(Date.now() - status.since.getTime())).toBeLessThan(60_000);
    expect(JSON.parse(JSON.stringify(status))).toMatchObject({ state: status.state, epoch: status.epoch });
  }

  it('is complete while connecting', async () => {
    const connection = open();
    const status = connection.getStatus();
    expectShape(status);
    expect(status).toMatchObject({ state: 'connecting', connected: false, dialect: null, fallback: false, epoch: 0, driver: null });
    expect(status.primary).toEqual({ reachable: null, lastProbeAt: null, lastProbeMs: null, consecutiveFailures: 0 });
    await connection.ready;
  });

  it('is complete on the primary', async () => {
    const connection = await open().ready;
    const status = connection.getStatus();
    expectShape(status);
    expect(status).toMatchObject({ state: 'primary', connected: true, dialect: 'postgres', fallback: false, epoch: 1, reason: null });
    expect(status).toMatchObject({ retryAttempts: 0, inFlight: 0, queued: 0, driver: null });
    expect(status.primary).toEqual({
      reachable: true,
      lastProbeAt: expect.any(Date) as unknown,
      lastProbeMs: expect.any(Number) as unknown,
      consecutiveFailures: 0,
    });
    const work = connection.sequelize.query('SELECT pg_sleep(0.3)');
    await waitFor(() => connection.getStatus().inFlight === 1, { what: 'the statement to be counted' });
    await work;
    expect(connection.getStatus().inFlight).toBe(0);
  });

  it('is complete on the fallback', async () => {
    await proxy.refuse();
    const connection = await open().ready;
    const status = connection.getStatus();
    expectShape(status);
    expect(status).toMatchObject({ state: 'fallback', connected: true, dialect: 'sqlite', fallback: true, epoch: 1, driver: 'sqlite3' });
    expect(status).toMatchObject({ reason: 'server-down', retryAttempts: 1, primary: { reachable: false, consecutiveFailures: 1 } });
    expect(status.warning).toContain('PostgreSQL unavailable');
    await waitFor(() => connection.getStatus().retryAttempts > 2, { what: 'more failed probes' });
  });

  it('is complete while nothing is available', async () => {
    await proxy.refuse();
    const connection = open({ allowSQLiteFallback: false, maxRetries: 0 });
    await isIn(connection, 'unavailable');
    const status = connection.getStatus();
    expectShape(status);
    expect(status).toMatchObject({ connected: false, dialect: null, fallback: false, epoch: 0, reason: 'server-down' });
    expect(status.warning).toContain('No database is available');
    expect(connection.sequelize.getDialect()).toBe('postgres');
  });

  it('is complete after the end', async () => {
    const connection = await open().ready;
    await connection.close();
    const status = connection.getStatus();
    expectShape(status);
    expect(status).toMatchObject({ state: 'closed', connected: false, dialect: null, fallback: false, epoch: 1 });
  });
});

describe('unit(fn)', () => {
  it('gives what fn gives, also where that is no promise, and rejects with what it throws', async () => {
    const connection = open();
    expect(await connection.unit(() => 7)).toBe(7);
    expect(await connection.unit(() => Promise.resolve('a'))).toBe('a');
    const failing = connection.unit(() => {
      throw new Error('mine');
    });
    await expect(failing).rejects.toThrow('mine');
  });

  it('stays on one database over a switch, while work outside goes to the other', async () => {
    const connection = await open().ready;
    const { sequelize } = connection;
    const engines = await connection.unit(async () => {
      const before = await engineOf(sequelize);
      await connection.failover('test', { hold: true });
      return [before, await engineOf(sequelize), sequelize.getDialect()];
    });
    expect(engines).toEqual(['postgres', 'postgres', 'postgres']);
    expect([await engineOf(sequelize), sequelize.getDialect()]).toEqual(['sqlite', 'sqlite']);
  });

  it('waits for a database', async () => {
    await proxy.refuse();
    const connection = open({ allowSQLiteFallback: false, maxRetries: 0, maxWait: 50 });
    await isIn(connection, 'unavailable');
    let isCalled = false;
    await expect(connection.unit(() => (isCalled = true))).rejects.toThrow(DatabaseUnavailableError);
    expect(isCalled).toBe(false);
  });
});

describe('failover()', () => {
  it('goes to the fallback and stays there with hold, until reconnect()', async () => {
    const connection = await open().ready;
    const failovers: ResilientEvents['failover'][] = [];
    const disconnected: ResilientEvents['disconnected'][] = [];
    connection.on('failover', (payload) => void failovers.push(payload)).on('disconnected', (payload) => void disconnected.push(payload));
    const status = await connection.failover('maintenance', { hold: true });
    expect(status).toMatchObject({ state: 'fallback', dialect: 'sqlite', reason: 'manual', epoch: 2 });
    expect(failovers).toEqual([{ from: 'postgres', to: 'sqlite', reason: 'manual', epoch: 2, durationMs: expect.any(Number) as unknown }]);
    expect(disconnected).toEqual([{ dialect: 'postgres', reason: 'manual' }]);
    await new Promise((resolve) => setTimeout(resolve, 4000));
    expect(connection.getStatus().state).toBe('fallback');
    expect(await connection.reconnect()).toMatchObject({ state: 'primary', dialect: 'postgres', epoch: 3 });
  });

  it('returns by itself without hold', async () => {
    const connection = await open().ready;
    await connection.failover('drill');
    expect(connection.getStatus().state).toBe('fallback');
    await isIn(connection, 'primary');
  });

  it('is refused where there is nowhere to go or it is there already', async () => {
    const strict = await open({ allowSQLiteFallback: false }).ready;
    await expect(strict.failover('test')).rejects.toThrow(DatabaseUnavailableError);
    expect(strict.getStatus().state).toBe('primary');
    const connection = await open().ready;
    await connection.failover('test', { hold: true });
    await expect(connection.failover('test')).rejects.toThrow(DatabaseUnavailableError);
  });

  it('fails no call', async () => {
    const connection = await open().ready;
    const { sequelize } = connection;
    let isOver = false;
    const failures: unknown[] = [];
    const load = Array.from({ length: 5 }, async () => {
      while (!isOver) await sequelize.query('SELECT 1').catch((error: unknown) => failures.push(error));
    });
    await connection.failover('test', { hold: true });
    await connection.reconnect();
    isOver = true;
    await Promise.all(load);
    expect(failures).toEqual([]);
    expect(connection.getStatus().epoch).toBe(3);
  });
});

describe('reconnect()', () => {
  it('resolves to the status where PostgreSQL is down', async () => {
    await proxy.refuse();
    const onFallback = await open().ready;
    expect(await onFallback.reconnect()).toMatchObject({ state: 'fallback', primary: { reachable: false } });
    const strict = open({ allowSQLiteFallback: false, maxRetries: 0 });
    await isIn(strict, 'unavailable');
    expect(await strict.reconnect()).toMatchObject({ state: 'unavailable' });
  });

  it('goes over at once where PostgreSQL is back, without threshold and dwell', async () => {
    await proxy.refuse();
    const connection = await open({ autoReconnect: false }).ready;
    await proxy.restore();
    expect(await connection.reconnect()).toMatchObject({ state: 'primary', dialect: 'postgres', epoch: 2 });
  });

  it('is the only way back with autoReconnect: false', async () => {
    await proxy.refuse();
    const connection = await open({ autoReconnect: false, healthCheckInterval: 100 }).ready;
    await proxy.restore();
    const accepted = proxy.connectionsAccepted;
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(connection.getStatus().state).toBe('fallback');
    expect(proxy.connectionsAccepted).toBe(accepted);
  });

  it('changes nothing on a primary that is well', async () => {
    const connection = await open().ready;
    expect(await connection.reconnect()).toMatchObject({ state: 'primary', epoch: 1 });
  });
});
