import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataTypes, type Model, type ModelStatic } from 'sequelize';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createResilientConnection, type ResilientConfig, type ResilientConnection } from '../../src/index.js';
import { type FaultProxy, startProxy } from '../support/fault-proxy.js';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { tempFolder } from '../support/temp-folder.js';
import { waitFor } from '../support/wait-for.js';

/*
 * How many sessions PostgreSQL has of one process, by their names: docs/connections.md says how many there may be.
 */

leakGuard({ timeoutMs: 10_000 });

const POOL_MAX = 4;
const SAMPLE_EVERY_MS = 10;

let server: PostgresServer;
let proxy: FaultProxy;
let database: string;
const connections: ResilientConnection[] = [];

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.dispose());
beforeEach(async () => {
  database = await server.createDatabase();
  proxy = await startProxy(server);
});
afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.close({ timeout: 1000 })));
  await proxy.close();
});

interface Service {
  readonly connection: ResilientConnection;
  readonly items: ModelStatic<Model>;
}

async function startService(config: Partial<ResilientConfig> = {}): Promise<Service> {
  const { host, port } = proxy;
  const connection = await createResilientConnection({
    serviceName: 'shop',
    logger: false,
    ...config,
    primary: { host, port, username: server.user, password: server.password, database, logging: false, pool: { max: POOL_MAX } },
    fallback: { storageDir: join(tempFolder(), 'sqlite') },
    options: { allowSQLiteFallback: true, maxWait: 15_000, healthCheckInterval: 1_000, ...config.options },
  });
  connections.push(connection);
  const items = connection.sequelize.define('items', { number: DataTypes.INTEGER }, { timestamps: false });
  await items.sync();
  return { connection, items };
}

/** The most sessions of each kind at once, and of all of them. */
interface Most {
  pool: number;
  probe: number;
  lock: number;
  all: number;
}

/** Looks again and again, on a connection of its own, at what the server has of this test's database. */
function watchSessions(): { stop: () => Promise<Most> } {
  const most: Most = { pool: 0, probe: 0, lock: 0, all: 0 };
  let isOver = false;
  const watch = async (): Promise<void> => {
    while (!isOver) {
      await look(most).catch(() => undefined);
      await sleep(SAMPLE_EVERY_MS);
    }
  };
  const watching = watch();
  return {
    stop: async () => {
      isOver = true;
      await watching;
      return most;
    },
  };
}

async function look(most: Most): Promise<void> {
  const rows = await server.query<{ name: string }>(
    "SELECT application_name AS name FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'",
    [database],
  );
  const count = (has: (name: string) => boolean): number => rows.filter(({ name }) => has(name)).length;
  const probe = count((name) => name.endsWith(' probe'));
  const lock = count((name) => name.endsWith(' migration lock'));
  const found: Most = { pool: rows.length - probe - lock, probe, lock, all: rows.length };
  for (const key of ['pool', 'probe', 'lock', 'all'] as const) most[key] = Math.max(most[key], found[key]);
}

async function sessionsLeft(): Promise<number> {
  const most: Most = { pool: 0, probe: 0, lock: 0, all: 0 };
  await look(most);
  return most.all;
}

/** Forty loops of transactions, until it is told to stop; calls that an outage fails don't end one. */
function load({ connection, items }: Service): { stop: () => Promise<void> } {
  let isOver = false;
  const loops = Array.from({ length: 40 }, async (_, number) => {
    while (!isOver) {
      await connection.sequelize
        .transaction(async (transaction) => {
          await items.create({ number }, { transaction });
          await items.count({ transaction });
        })
        .catch(() => sleep(20));
    }
  });
  return {
    stop: async () => {
      isOver = true;
      await Promise.all(loops);
    },
  };
}

const isPrimary = ({ connection }: Service): Promise<unknown> =>
  waitFor(() => connection.getStatus().state === 'primary', { what: 'PostgreSQL to be active', timeoutMs: 20_000 });

const isLeft = ({ connection }: Service): Promise<unknown> =>
  waitFor(() => connection.getStatus().state !== 'primary', { what: 'the loss to be noticed', timeoutMs: 20_000 });

describe('the sessions of one process', () => {
  it('are the pool and one probe under full load, and at the end none', async () => {
    const service = await startService();
    const sessions = watchSessions();
    const work = load(service);
    await sleep(1_500);
    await work.stop();
    expect(await sessions.stop()).toEqual({ pool: POOL_MAX, probe: 1, lock: 0, all: POOL_MAX + 1 });
    await service.connection.close();
    await waitFor(async () => (await sessionsLeft()) === 0, { what: 'the sessions to end' });
  });

  it.each<[string, ResilientConfig['options']]>([
    ['with a fallback', {}],
    ['without one', { allowSQLiteFallback: false }],
  ])('are no more during and after an outage under full load, but for one that looks up COMMITs in doubt: %s', async (_, options) => {
    const service = await startService({ options: options ?? {} });
    const sessions = watchSessions();
    const work = load(service);
    await sleep(500);
    for (let outage = 0; outage < 2; outage++) {
      await proxy.refuse();
      await isLeft(service);
      await sleep(300);
      await proxy.restore();
      await isPrimary(service);
      await sleep(500);
    }
    await work.stop();
    const most = await sessions.stop();
    expect(most.pool).toBe(POOL_MAX);
    expect(most.probe).toBeLessThanOrEqual(2);
    expect(most.all).toBeLessThanOrEqual(POOL_MAX + 2);
  });

  it('are no more after a server that was killed under full load is back', async () => {
    const service = await startService();
    const sessions = watchSessions();
    const work = load(service);
    await sleep(500);
    await server.kill();
    await isLeft(service);
    await server.start();
    await isPrimary(service);
    await sleep(1_000);
    await work.stop();
    const most = await sessions.stop();
    expect(most.pool).toBe(POOL_MAX);
    expect(most.all).toBeLessThanOrEqual(POOL_MAX + 2);
  });

  it('are one more while migrations run', async () => {
    const sessions = watchSessions();
    const migration = {
      name: '1-rooms',
      up: async ({ context }: { context: { createTable: (name: string, columns: object) => Promise<void> } }) => {
        await context.createTable('rooms', { id: { type: DataTypes.INTEGER, primaryKey: true } });
        await sleep(300);
      },
    };
    await startService({ schema: { primary: { migrations: [migration] }, fallback: 'sync' } as unknown as ResilientConfig['schema'] });
    const most = await sessions.stop();
    expect(most).toMatchObject({ probe: 1, lock: 1 });
    expect(most.all).toBeLessThanOrEqual(POOL_MAX + 2);
  });
});
