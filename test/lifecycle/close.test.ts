import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DataTypes } from 'sequelize';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ResilientConfig, ResilientConnection } from '../../src/index.js';
import { type FaultProxy, startProxy } from '../support/fault-proxy.js';
import { closedPort } from '../support/free-port.js';
import { leakGuard } from '../support/leak-guard.js';
import { type MuteServer, startMuteServer } from '../support/mute-server.js';
import { openSqliteFiles } from '../support/open-files.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { tempFolder } from '../support/temp-folder.js';
import { waitFor } from '../support/wait-for.js';

leakGuard();

const CLOSE_TIMEOUT_MS = 300;
/** What the deadline, the closing of sockets and a busy machine may take together. */
const BOUND_MS = 4000;
/** Stands for work of the program that never ends. */
const never = () => new Promise<never>(() => undefined);

let postgres: PostgresServer;
let proxy: FaultProxy;
let mute: MuteServer;
let storageDir: string;
const connections: ResilientConnection[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.dispose());
beforeEach(async () => {
  [proxy, mute] = await Promise.all([startProxy(postgres), startMuteServer()]);
  storageDir = join(tempFolder(), 'sqlite');
});
afterEach(async () => {
  // A close() that never ends has failed its test already.
  await Promise.all(
    connections.splice(0).map((connection) => Promise.race([connection.close({ timeout: 0 }), sleep(2000, undefined, { ref: false })])),
  );
  await Promise.all([proxy.close(), mute.close(), postgres.thaw()]);
});

function open({ primary, ...config }: Partial<ResilientConfig> = {}): ResilientConnection {
  const { user: username, password, database } = postgres;
  const connection = new ResilientConnection({
    serviceName: 'closer',
    primary: { host: proxy.host, port: proxy.port, username, password, database, logging: false, ...primary },
    fallback: { storageDir },
    options: { allowSQLiteFallback: true, connectTimeout: 10_000, maxRetries: 0 },
    logger: false,
    ...config,
  });
  connections.push(connection);
  connection.sequelize.define('items', { name: DataTypes.STRING }, { timestamps: false });
  return connection;
}

const isIn = (connection: ResilientConnection, state: string) =>
  waitFor(() => connection.getStatus().state === state, { timeoutMs: 15_000, what: `the state ${state}` });

/** Makes a connection in a state. */
const STATES: Record<string, () => Promise<ResilientConnection>> = {
  'connecting to a mute host': async () => {
    const connection = open({ primary: { host: mute.host, port: mute.port } });
    await waitFor(() => mute.connectionCount > 0, { what: 'the connect' });
    return connection;
  },
  primary: async () => {
    const connection = await open().ready;
    await connection.sequelize.query('SELECT 1');
    return connection;
  },
  fallback: async () => {
    await proxy.refuse();
    const connection = await open().ready;
    await connection.sequelize.model('items').create({ name: 'lamp' });
    return connection;
  },
  unavailable: async () => {
    await proxy.refuse();
    const connection = open({ options: { allowSQLiteFallback: false, maxRetries: 0 } });
    await isIn(connection, 'unavailable');
    return connection;
  },
  'on a primary whose network swallows everything': async () => {
    const connection = await open().ready;
    await Promise.all([connection.sequelize.query('SELECT 1'), connection.sequelize.query('SELECT pg_sleep(0.1)')]);
    await proxy.blackhole();
    connection.sequelize.query('SELECT 1').catch(() => undefined);
    return connection;
  },
  'on a frozen primary': async () => {
    const connection = await open().ready;
    await connection.sequelize.query('SELECT 1');
    await postgres.freeze();
    connection.sequelize.query('SELECT 1').catch(() => undefined);
    return connection;
  },
};

async function inState(name: string): Promise<ResilientConnection> {
  return await (STATES[name] as () => Promise<ResilientConnection>)();
}

/** Closes, and fails where that takes longer than anybody would wait. */
async function closesInTime(connection: ResilientConnection, timeout = CLOSE_TIMEOUT_MS): Promise<void> {
  const closed = connection.close({ timeout }).then(() => 'closed');
  expect(await Promise.race([closed, sleep(BOUND_MS, 'still open', { ref: false })])).toBe('closed');
}

const errorOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe.each(Object.keys(STATES))('close() of a connection %s', (state) => {
  it('ends in time, once, and refuses everything afterwards', async () => {
    const connection = await inState(state);
    let closedEvents = 0;
    connection.on('closed', () => void (closedEvents += 1));
    await Promise.all([closesInTime(connection), closesInTime(connection)]);
    await closesInTime(connection);
    expect(closedEvents).toBe(1);
    expect(connection.getStatus()).toMatchObject({ state: 'closed', connected: false, dialect: null, inFlight: 0, queued: 0 });

    const { sequelize } = connection;
    const calls: Record<string, () => Promise<unknown>> = {
      query: () => sequelize.query('SELECT 1'),
      model: () => sequelize.model('items').findAll(),
      transaction: () => sequelize.transaction(),
      'managed transaction': () => sequelize.transaction(() => Promise.resolve()),
      authenticate: () => sequelize.authenticate(),
      sync: () => sequelize.sync(),
      'query interface': () => sequelize.getQueryInterface().showAllTables(),
      unit: () => connection.unit(() => sequelize.query('SELECT 1')),
      reconnect: () => connection.reconnect(),
      failover: () => connection.failover('test'),
    };
    const codes = Object.entries(calls).map(async ([name, call]) => [
      name,
      ((await errorOf(call())) as { code?: string } | undefined)?.code,
    ]);
    expect(Object.fromEntries(await Promise.all(codes))).toEqual(
      Object.fromEntries(Object.keys(calls).map((name) => [name, 'CONNECTION_CLOSED'])),
    );
    expect(openSqliteFiles(tempFolderOf(storageDir))).toEqual([]);
  });
});

const tempFolderOf = (path: string) => join(path, '..');

describe('close() and those who wait', () => {
  it('turns away calls that wait for the start, and rejects ready', async () => {
    const connection = await inState('connecting to a mute host');
    const waiting = errorOf(connection.sequelize.query('SELECT 1'));
    await waitFor(() => connection.getStatus().queued === 1, { what: 'the call to wait' });
    await closesInTime(connection);
    expect(await waiting).toMatchObject({ code: 'CONNECTION_CLOSED' });
    expect(await errorOf(connection.ready)).toMatchObject({ code: 'CONNECTION_CLOSED' });
  });

  it('turns away calls that wait while no database is available', async () => {
    const connection = await inState('unavailable');
    const waiting = errorOf(connection.sequelize.query('SELECT 1'));
    await closesInTime(connection);
    expect(await waiting).toMatchObject({ code: 'CONNECTION_CLOSED' });
  });
});

describe.each(['primary', 'fallback'])('close() of a connection on its %s', (state) => {
  it('lets a statement in flight end within the timeout', async () => {
    const connection = await inState(state);
    const slow =
      state === 'primary'
        ? 'SELECT count(*) AS n FROM (SELECT pg_sleep(0.5)) AS slept'
        : 'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 300000) SELECT 1 AS n FROM (SELECT count(*) FROM c)';
    const work = connection.sequelize.query(slow);
    await waitFor(() => connection.getStatus().inFlight === 1, { what: 'the statement to be on its way' });
    await connection.close({ timeout: 5000 });
    expect((await work)[0]).toEqual([{ n: state === 'primary' ? '1' : 1 }]);
  });

  it('lets a transaction in progress end within the timeout', async () => {
    const connection = await inState(state);
    const { sequelize } = connection;
    await sequelize.query('CREATE TABLE IF NOT EXISTS items (id INTEGER, name TEXT)');
    const begun = sequelize.transaction(async (transaction) => {
      await sequelize.query("INSERT INTO items (id, name) VALUES (100, 'desk')", { transaction });
      void connection.close({ timeout: 5000 });
      await sleep(200);
      const [rows] = await sequelize.query('SELECT name FROM items WHERE id = 100', { transaction });
      return rows;
    });
    expect(await begun).toEqual([{ name: 'desk' }]);
    await closesInTime(connection);
    await postgres.query('DROP TABLE IF EXISTS items');
  });

  it('ends in time where a transaction is never ended', async () => {
    const connection = await inState(state);
    const transaction = await connection.sequelize.transaction();
    await connection.sequelize.query('SELECT 1', { transaction });
    await closesInTime(connection);
    expect(await errorOf(connection.sequelize.query('SELECT 1', { transaction }))).toBeInstanceOf(Error);
  });

  it('ends in time where a managed transaction never ends', async () => {
    const connection = await inState(state);
    let isBegun = false;
    const work = connection.sequelize.transaction(async (transaction) => {
      await connection.sequelize.query('SELECT 1', { transaction });
      isBegun = true;
      await never();
    });
    work.catch(() => undefined);
    await waitFor(() => isBegun, { what: 'the transaction to begin' });
    await closesInTime(connection);
  });

  it('ends in time where a unit of work never ends', async () => {
    const connection = await inState(state);
    void connection.unit(async () => {
      await connection.sequelize.query('SELECT 1');
      await never();
    });
    await sleep(50);
    await closesInTime(connection);
  });
});

describe('close() ends in time', () => {
  it('where a unit of work on a database that was lost never ends', async () => {
    const connection = await inState('primary');
    void connection.unit(async () => {
      await connection.sequelize.query('SELECT 1');
      await never();
    });
    await sleep(50);
    await proxy.refuse();
    await isIn(connection, 'fallback');
    await closesInTime(connection);
  });

  it('where a transaction on a database that was lost never ends', async () => {
    const connection = await inState('primary');
    const work = connection.sequelize.transaction(async (transaction) => {
      await connection.sequelize.query('SELECT 1', { transaction });
      await never();
    });
    work.catch(() => undefined);
    await sleep(50);
    await proxy.refuse();
    await isIn(connection, 'fallback');
    await closesInTime(connection);
  });

  it('where a database that was left still drains', async () => {
    const connection = await inState('fallback');
    connection.sequelize.modelManager.removeModel(connection.sequelize.model('items'));
    const transaction = await connection.sequelize.transaction();
    await connection.sequelize.query('SELECT 1', { transaction });
    await proxy.restore();
    await isIn(connection, 'primary');
    await closesInTime(connection);
  });

  it('where a schema step never ends', async () => {
    let isRunning = false;
    const connection = open({
      schema: {
        primary: () => {
          isRunning = true;
          return never();
        },
      },
    });
    await waitFor(() => isRunning, { what: 'the schema step' });
    await closesInTime(connection);
  });

  it('where PostgreSQL falls silent under a schema step', async () => {
    let isRunning = false;
    const connection = open({
      schema: {
        primary: async ({ sequelize }) => {
          await sequelize.query('SELECT 1');
          await proxy.blackhole();
          isRunning = true;
          await sequelize.query('SELECT 1');
        },
      },
    });
    await waitFor(() => isRunning, { what: 'the schema step' });
    await closesInTime(connection);
  });

  it('where SQLite computes for long', async () => {
    const connection = await inState('fallback');
    const counted = 'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 30000000) SELECT count(*) FROM c';
    const work = errorOf(connection.sequelize.query(counted));
    await waitFor(() => connection.getStatus().inFlight === 1, { what: 'the statement to be on its way' });
    await closesInTime(connection);
    expect(await work).toBeInstanceOf(Error);
  }, 60_000);
});

describe('a process', () => {
  const idlePool = { max: 2, idle: 300, evict: 100 };
  const primary = () => ({
    host: postgres.host,
    port: postgres.port,
    username: postgres.user,
    password: postgres.password,
    database: postgres.database,
    logging: false,
    pool: idlePool,
  });
  const lively = { allowSQLiteFallback: true, healthCheckInterval: 100, connectTimeout: 500 };

  it('ends by itself after close()', async () => {
    const { exitCode } = await runIdle({ primary: { ...primary(), pool: { ...idlePool, idle: 600_000 } }, options: lively }, 'close');
    expect(exitCode).toBe(0);
  });

  it('is held by an open connection on PostgreSQL no longer than by a plain Sequelize', async () => {
    const [plain, resilient] = await Promise.all([
      runIdle({ primary: primary(), options: lively }, 'plain'),
      runIdle({ primary: primary(), options: lively }, 'open'),
    ]);
    expect(plain.exitCode).toBe(0);
    expect(resilient.exitCode).toBe(0);
    expect(resilient.heldForMs - plain.heldForMs).toBeLessThan(3000);
  });

  it('is not held by an open connection on SQLite that probes a refusing host', async () => {
    const { exitCode, heldForMs } = await runIdle({ primary: { ...primary(), port: await closedPort() }, options: lively }, 'open');
    expect(exitCode).toBe(0);
    expect(heldForMs).toBeLessThan(3000);
  });

  it('is not held by an open connection on SQLite that probes a mute host', async () => {
    const { exitCode, heldForMs } = await runIdle({ primary: { ...primary(), port: mute.port }, options: lively }, 'open');
    expect(exitCode).toBe(0);
    expect(heldForMs).toBeLessThan(3000);
  });

  it('lives until its start is decided', async () => {
    const options = { ...lively, allowSQLiteFallback: false, maxRetries: 1, retryDelay: 100 };
    const { exitCode, printed } = await runIdle({ primary: { ...primary(), port: mute.port }, options }, 'open');
    expect(exitCode).toBe(0);
    expect(printed).toContain('PRIMARY_UNAVAILABLE');
  });
});

/** Connects, queries, and is idle after that, in a process of its own: `close`d, left `open`, or with a `plain` Sequelize. */
async function runIdle(config: Partial<ResilientConfig>, how: 'close' | 'open' | 'plain') {
  const program = `
    import { Sequelize } from 'sequelize';
    import { createResilientConnection } from './src/index.ts';
    const { config, how } = JSON.parse(process.env.INPUT);
    const { database, username, password, ...rest } = config.primary;
    if (how === 'plain') {
      await new Sequelize(database, username, password, { ...rest, dialect: 'postgres' }).query('SELECT 1');
    } else {
      try {
        const connection = await createResilientConnection(config);
        await Promise.all([1, 2].map(() => connection.sequelize.query('SELECT 1')));
        await new Promise((resolve) => setTimeout(resolve, 300));
        if (how === 'close') await connection.close();
      } catch (error) {
        console.log(error.code);
      }
    }
    console.log('idle');
  `;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: {
      PATH: process.env['PATH'],
      INPUT: JSON.stringify({ how, config: { serviceName: 'idler', logger: false, fallback: { storageDir }, ...config } }),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  let idleAt = Number.NaN;
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
    if (printed.includes('idle')) idleAt = performance.now();
  });
  const killer = setTimeout(() => child.kill('SIGKILL'), 20_000);
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearTimeout(killer);
  return { exitCode, printed, heldForMs: performance.now() - idleAt };
}
