import { chmodSync } from 'node:fs';
import pg from 'pg';
import { DataTypes, type Sequelize } from 'sequelize';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createResilientConnection, type ResilientConfig, type ResilientConnection } from '../../src/index.js';
import { type LostCommitMode, type OutageController, startOutageProxy, waitFor } from '../../src/testing/index.js';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { tempFolder } from '../support/temp-folder.js';

leakGuard();

let socketFolder: string;
let postgres: PostgresServer;
let database: string;
let proxy: OutageController;

beforeAll(async () => {
  socketFolder = tempFolder();
  // PostgreSQL runs as another user where the tests run as root.
  chmodSync(socketFolder, 0o777);
  postgres = await startPostgres({ settings: { unix_socket_directories: socketFolder } });
});
afterAll(() => postgres.dispose());

beforeEach(async () => {
  database = await postgres.createDatabase();
  proxy = await startOutageProxy(postgres);
});
afterEach(() => proxy.close());

async function client({ host, port }: { host: string; port: number } = proxy): Promise<pg.Client> {
  const { user, password } = postgres;
  const made = new pg.Client({ host, port, user, password, database, connectionTimeoutMillis: 300 });
  made.on('error', () => undefined);
  onTestFinished(() => made.end());
  await made.connect();
  return made;
}

const one = async (asked: pg.Client): Promise<unknown> => ((await asked.query('SELECT 1 AS one')).rows as unknown[])[0];

describe('a client of pg', () => {
  it('is refused and reset while the server is stopped', async () => {
    const old = await client();
    await proxy.refuse();
    await expect(old.query('SELECT 1')).rejects.toThrow();
    await expect(client()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await proxy.restore();
    expect(await one(await client())).toEqual({ one: 1 });
  });

  it('hears nothing in a black hole, and all of it later where sockets are kept', async () => {
    const old = await client();
    await proxy.blackhole();
    let answered = false;
    const answer = one(old).then((row) => ((answered = true), row));
    await expect(client()).rejects.toThrow('timeout');
    expect(answered).toBe(false);
    await proxy.restore({ keepSockets: true });
    expect(await answer).toEqual({ one: 1 });
  });

  it('is cut and can come again', async () => {
    const old = await client();
    await proxy.cut();
    await expect(old.query('SELECT 1')).rejects.toThrow();
    expect(await one(await client())).toEqual({ one: 1 });
    expect(proxy.connectionsAccepted).toBe(2);
  });

  it('waits for a slow network', async () => {
    const asked = await client();
    await proxy.slow(100);
    const startedAtMs = performance.now();
    await one(asked);
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(195);
    await proxy.slow(0);
  });

  it('reaches a server on a unix socket', async () => {
    const behindSocket = await startOutageProxy({ host: socketFolder, port: postgres.port });
    onTestFinished(() => behindSocket.close());
    const asked = await client(behindSocket);
    const { rows } = await asked.query('SELECT inet_client_addr() AS address');
    expect(rows).toEqual([{ address: null }]);
  });

  it('is reset while the server itself is away', async () => {
    const before = await startOutageProxy({ host: tempFolder(), port: 5432 });
    onTestFinished(() => before.close());
    await expect(client(before)).rejects.toThrow(/ECONNRESET|terminated/);
  });
});

describe('a service', () => {
  /** A connection through the proxy, with a table. */
  async function open(options: ResilientConfig['options']): Promise<{ connection: ResilientConnection; sequelize: Sequelize }> {
    const { user: username, password } = postgres;
    const connection = await createResilientConnection({
      serviceName: 'shop',
      schema: 'sync',
      logger: false,
      primary: { host: proxy.host, port: proxy.port, username, password, database, logging: false },
      fallback: { storageDir: tempFolder() },
      options: { detection: 'fast', ...options },
    });
    onTestFinished(() => connection.close({ timeout: 1000 }));
    return { connection, sequelize: connection.sequelize };
  }

  it.each(['refuse', 'blackhole'] as const)('goes to SQLite and back: %s', async (fault) => {
    // The states are told of by events: nothing depends on looking at the right moment.
    vi.useFakeTimers({ toFake: ['setInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const { connection, sequelize } = await open({ allowSQLiteFallback: true });
    // It lasts only until the SQLite file is open.
    const passing = waitFor(connection, 'unavailable');
    await proxy[fault]();
    const work = fault === 'blackhole' ? sequelize.query('SELECT 1').catch(() => undefined) : undefined;
    expect(await waitFor(connection, 'fallback')).toMatchObject({ state: 'fallback', dialect: 'sqlite' });
    expect(await passing).toMatchObject({ state: 'unavailable' });
    await work;
    await proxy.restore();
    expect(await waitFor(connection, 'primary')).toMatchObject({ state: 'primary', dialect: 'postgres' });
  });

  it('is unavailable where no fallback is allowed', async () => {
    const { connection } = await open({ allowSQLiteFallback: false });
    await proxy.refuse();
    expect(await waitFor(connection, ['fallback', 'unavailable'])).toMatchObject({ state: 'unavailable', reason: 'server-down' });
    await proxy.restore();
    await waitFor(connection, 'primary');
  });

  it('stays on PostgreSQL when its connections are cut', async () => {
    const { connection, sequelize } = await open({ allowSQLiteFallback: true });
    await sequelize.query('SELECT 1');
    await proxy.cut();
    await sequelize.query('SELECT 1').catch(() => undefined);
    expect((await sequelize.query('SELECT 1 AS one'))[0]).toEqual([{ one: 1 }]);
    expect(connection.getStatus()).toMatchObject({ state: 'primary', epoch: 1 });
  });

  it.each<[LostCommitMode, number]>([
    ['after-commit', 1],
    ['before-commit', 0],
  ])('loses the COMMIT of a transaction %s: %i rows are stored', async (mode, stored) => {
    const { sequelize } = await open({ allowSQLiteFallback: false });
    const Order = sequelize.define('Order', { sku: DataTypes.STRING }, { timestamps: false });
    await Order.sync();
    await proxy.lostCommitReply({ mode });
    await sequelize.transaction((transaction) => Order.create({ sku: 'a' }, { transaction })).catch(() => undefined);
    await proxy.untilCommitLost();
    const [row] = await postgres.query<{ count: string }>('SELECT count(*) FROM "Orders"', [], database);
    expect(Number(row?.count)).toBe(stored);
  });
});
