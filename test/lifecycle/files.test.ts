import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataTypes } from 'sequelize';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSqlite3 } from '../../src/databases/sqlite-drivers/sqlite3.js';
import { ConfigurationError, createResilientConnection, type ResilientConfig, ResilientConnection } from '../../src/index.js';
import { closedPort } from '../support/free-port.js';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { type FaultProxy, startProxy } from '../support/fault-proxy.js';
import { tempFolder } from '../support/temp-folder.js';
import { waitFor } from '../support/wait-for.js';

leakGuard();

let folder: string;
let log: string[];
const connections: ResilientConnection[] = [];

beforeEach(() => {
  folder = tempFolder();
  log = [];
});
afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.close({ timeout: 500 })));
});

/** A connection whose PostgreSQL is away, unless one is given. */
async function open(storageDir: string, config: Partial<ResilientConfig> = {}): Promise<ResilientConnection> {
  const line = (text: string) => void log.push(text);
  const connection = new ResilientConnection({
    serviceName: 'filer',
    primary: { host: '127.0.0.1', port: await closedPort(), logging: false },
    fallback: { storageDir },
    options: { allowSQLiteFallback: true, connectTimeout: 2000, maxWait: 200 },
    logger: { info: line, warn: line, error: line },
    ...config,
  });
  connections.push(connection);
  connection.sequelize.define('items', { name: DataTypes.STRING }, { timestamps: false, freezeTableName: true });
  return connection;
}

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
const isIn = (connection: ResilientConnection, state: string) =>
  waitFor(() => connection.getStatus().state === state, { what: `the state ${state}` });
const errorOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('the files of the fallback', () => {
  it('are for their owner only, whatever the umask allows', async () => {
    const before = process.umask(0);
    try {
      const connection = await (await open(join(folder, 'data', 'sqlite'))).ready;
      await connection.sequelize.model('items').create({ name: 'lamp' });
      expect(modeOf(join(folder, 'data', 'sqlite'))).toBe('700');
      const files = readdirSync(join(folder, 'data', 'sqlite')).filter((name) => name.startsWith('filer'));
      expect(files).toEqual(expect.arrayContaining(['filer.sqlite', 'filer.sqlite-wal']));
      for (const file of files) expect(`${file} ${modeOf(join(folder, 'data', 'sqlite', file))}`).toBe(`${file} 600`);
    } finally {
      process.umask(before);
    }
  });

  it('stay in the folder that the program has made, as that is', async () => {
    const storageDir = join(folder, 'own');
    mkdirSync(storageDir, { mode: 0o755 });
    await (await open(storageDir)).ready;
    expect(modeOf(storageDir)).toBe('755');
    expect(modeOf(join(storageDir, 'filer.sqlite'))).toBe('600');
    expect(existsSync(join(storageDir, '.gitignore'))).toBe(false);
  });

  it('are kept from git in a folder that the library makes', async () => {
    const storageDir = join(folder, 'sqlite');
    await (await open(storageDir)).ready;
    expect(readFileSync(join(storageDir, '.gitignore'), 'utf8')).toMatch(/^\*$/m);
  });

  it.each(['../up', 'a/b', 'a\\b', '/etc/passwd', '..', '.hidden', 'a..b', 'Upper', '', ' ', 'nul\0', 'a b', 'x'.repeat(65)])(
    'take no name that could lead elsewhere: %j',
    async (serviceName) => {
      const storageDir = join(folder, 'sqlite');
      const error = await errorOf(open(storageDir, { serviceName }));
      expect(error).toBeInstanceOf(ConfigurationError);
      expect(error).toMatchObject({ option: 'serviceName' });
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  it('are not made in memory', async () => {
    const connection = await (await open(folder, { fallback: { storage: ':memory:' } })).ready;
    await connection.sequelize.model('items').create({ name: 'lamp' });
    expect(await connection.sequelize.model('items').count()).toBe(1);
    expect(readdirSync(folder)).toEqual([]);
    expect(existsSync(':memory:')).toBe(false);
  });
});

/** What keeps the fallback from opening: how it is put in its way, and taken away again. */
const OBSTACLES: Record<string, { put(): void; take(): void }> = {
  'a storageDir that can not be made': {
    put: () => writeFileSync(join(folder, 'sqlite'), 'a file where a folder is to be'),
    take: () => rmSync(join(folder, 'sqlite')),
  },
  'a folder where the file is to be': {
    put: () => mkdirSync(join(folder, 'sqlite', 'filer.sqlite'), { recursive: true }),
    take: () => rmSync(join(folder, 'sqlite', 'filer.sqlite'), { recursive: true }),
  },
  'a file that is garbage': {
    put: () => {
      mkdirSync(join(folder, 'sqlite'));
      writeFileSync(join(folder, 'sqlite', 'filer.sqlite'), 'garbage '.repeat(2000));
    },
    take: () => rmSync(join(folder, 'sqlite', 'filer.sqlite')),
  },
};

describe.each(Object.keys(OBSTACLES))('%s', (name) => {
  const obstacle = () => OBSTACLES[name] as (typeof OBSTACLES)[string];

  it('makes a start fail with an error that names both databases', async () => {
    obstacle().put();
    const startedAt = performance.now();
    const error = await errorOf(
      createResilientConnection({
        serviceName: 'filer',
        primary: { host: '127.0.0.1', port: await closedPort(), logging: false },
        fallback: { storageDir: join(folder, 'sqlite') },
        options: { allowSQLiteFallback: true },
        logger: false,
      }),
    );
    expect(performance.now() - startedAt).toBeLessThan(5000);
    expect(error).toMatchObject({ code: 'PRIMARY_UNAVAILABLE', attempts: 1, cause: expect.any(Error) as unknown });
    expect((error as Error).message).toContain('ECONNREFUSED');
    expect((error as Error).message).toContain(join(folder, 'sqlite', 'filer.sqlite'));
  });

  it('leaves the connection unavailable until it is gone', async () => {
    obstacle().put();
    const connection = await open(join(folder, 'sqlite'));
    await expect(connection.ready).rejects.toMatchObject({ code: 'PRIMARY_UNAVAILABLE' });
    expect(connection.getStatus()).toMatchObject({ state: 'unavailable', reason: 'fallback-failed', connected: false, dialect: null });
    expect(log).toContainEqual(expect.stringContaining("The SQLite fallback can't be used"));
    const refused = await errorOf(connection.sequelize.model('items').count());
    expect(refused).toMatchObject({ code: 'DATABASE_UNAVAILABLE', outcome: 'not-sent', retryAfterMs: expect.any(Number) as unknown });
    expect((refused as Error & { cause?: unknown }).cause).toBeInstanceOf(Error);

    obstacle().take();
    expect(await waitFor(() => connection.sequelize.model('items').create({ name: 'lamp' }), { what: 'a new try' })).toBeDefined();
    expect(connection.getStatus()).toMatchObject({ state: 'fallback', dialect: 'sqlite', reason: 'server-down' });
  });
});

describe('a file that can not be used', () => {
  it('is kept as it is where it is garbage', async () => {
    OBSTACLES['a file that is garbage']?.put();
    const connection = await open(join(folder, 'sqlite'));
    await errorOf(connection.ready);
    expect(readFileSync(join(folder, 'sqlite', 'filer.sqlite'), 'utf8')).toBe('garbage '.repeat(2000));
    expect(readdirSync(join(folder, 'sqlite')).filter((name) => name.includes('.bak-'))).toEqual([]);
  });

  it('is refused, and kept, where a newer version of the library wrote it', async () => {
    const storageDir = join(folder, 'sqlite');
    const connection = await (await open(storageDir)).ready;
    await connection.close();
    const handle = await (await loadSqlite3()).open(join(storageDir, 'filer.sqlite'));
    await handle.exec("UPDATE sequelize_resilient_meta SET value = '99' WHERE key = 'format'");
    await handle.close();
    const older = await open(storageDir);
    const error = (await errorOf(older.ready)) as Error;
    expect(error.message).toMatch(/filer\.sqlite was written by a newer sequelize-resilient \(format 99/);
    expect(readdirSync(storageDir).filter((name) => name.startsWith('filer'))).toEqual(['filer.sqlite']);
  });
});

describe('a fallback that fails at run time', () => {
  let postgres: PostgresServer;
  let proxy: FaultProxy;
  beforeEach(async () => {
    postgres = await startPostgres();
    proxy = await startProxy(postgres);
    return async () => {
      await proxy.close();
      await postgres.dispose();
    };
  });
  const primary = () => {
    const { user: username, password, database } = postgres;
    return { host: proxy.host, port: proxy.port, username, password, database, logging: false } as const;
  };

  it('leaves the connection unavailable, and is tried again', async () => {
    OBSTACLES['a storageDir that can not be made']?.put();
    const connection = await (await open(join(folder, 'sqlite'), { primary: primary() })).ready;
    expect(connection.getStatus().state).toBe('primary');
    const disconnected: unknown[] = [];
    connection.on('disconnected', (payload) => void disconnected.push(payload));
    await proxy.refuse();
    await waitFor(() => connection.getStatus().reason === 'fallback-failed', { what: 'the fallback to fail' });
    expect(connection.getStatus()).toMatchObject({ state: 'unavailable', dialect: null });
    expect(disconnected).toEqual([{ dialect: 'postgres', reason: 'server-down' }]);
    OBSTACLES['a storageDir that can not be made']?.take();
    await waitFor(() => connection.sequelize.model('items').count().then(String), { what: 'the fallback' });
    expect(connection.getStatus()).toMatchObject({ state: 'fallback', reason: 'server-down' });
  });

  it('gives way to PostgreSQL when that is back first', async () => {
    OBSTACLES['a storageDir that can not be made']?.put();
    const connection = await (await open(join(folder, 'sqlite'), { primary: primary() })).ready;
    const recovered: unknown[] = [];
    connection.on('recovered', (payload) => void recovered.push(payload));
    await proxy.refuse();
    await waitFor(() => connection.getStatus().reason === 'fallback-failed', { what: 'the fallback to fail' });
    await proxy.restore();
    await isIn(connection, 'primary');
    expect(recovered).toEqual([{ from: null, to: 'postgres', epoch: 2, downtimeMs: expect.any(Number) as unknown }]);
    expect(await connection.sequelize.query('SELECT 1 AS one')).toEqual([[{ one: 1 }], expect.anything()]);
  });

  it('is left when it can not be written to, and a fresh one is tried at the next call', async () => {
    const connection = await (await open(join(folder, 'sqlite'))).ready;
    const { sequelize } = connection;
    const items = sequelize.model('items');
    await items.create({ name: 'lamp' });
    const states: string[] = [];
    connection.on('disconnected', ({ reason }) => void states.push(reason));
    // The limit belongs to the handle, as a full disk does not; the error is the same.
    await sequelize.query('PRAGMA max_page_count = 1');
    const full = await errorOf(items.bulkCreate(Array.from({ length: 2000 }, (_, n) => ({ name: String(n).padEnd(200) }))));
    expect(String(full)).toContain('SQLITE_FULL');
    await waitFor(() => states.length > 0, { timeoutMs: 3000, what: 'the fallback to be left' });
    expect(states).toEqual(['fallback-failed']);
    await waitFor(() => items.create({ name: 'desk' }), { what: 'a fresh one' });
    expect(await items.count()).toBe(2);
  });
});
