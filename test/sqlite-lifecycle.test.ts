import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { QueryTypes } from 'sequelize';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SqliteConnections } from '../src/databases/sqlite-connections/sqlite-connections.js';
import type { SqliteDriver, SqliteHandle } from '../src/databases/sqlite-drivers/driver.js';
import { loadSqlite3 } from '../src/databases/sqlite-drivers/sqlite3.js';
import { closeFixtures, openFilesBelow, openFixture } from './sqlite-fixture.js';
import { tempFolder } from './support/temp-folder.js';

beforeEach(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
});

afterEach(async () => {
  vi.restoreAllMocks();
  await closeFixtures();
});

const open = async (storage: string, driver?: SqliteDriver) =>
  SqliteConnections.open({ driver: driver ?? (await loadSqlite3()), storage, currentUnit: () => undefined, parserOf: () => String });

const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

/** The real driver, with a word to say before each `exec` and `all`. */
async function watchedDriver(
  before: (sql: string, handle: SqliteHandle) => void,
): Promise<SqliteDriver & { handles: SqliteHandle[]; stillOpen: Set<SqliteHandle> }> {
  const driver = await loadSqlite3();
  const handles: SqliteHandle[] = [];
  const stillOpen = new Set<SqliteHandle>();
  const watch = (handle: SqliteHandle): SqliteHandle => ({
    all: async (sql, parameters) => (before(sql, handle), handle.all(sql, parameters)),
    run: (sql, parameters) => handle.run(sql, parameters),
    interrupt: () => handle.interrupt(),
    exec: async (sql) => (before(sql, handle), handle.exec(sql)),
    close: async () => {
      // Those that come after the two kept ones take their time, so that a close that does not wait for them is seen.
      if (handles.indexOf(handle) > 1) await sleep(50);
      await handle.close();
      stillOpen.delete(handle);
    },
  });
  const openWatched = async (filename: string) => {
    const handle = await driver.open(filename);
    handles.push(handle);
    stillOpen.add(handle);
    return watch(handle);
  };
  return { name: driver.name, sqliteVersion: driver.sqliteVersion, handles, stillOpen, open: openWatched };
}

describe.runIf(process.platform !== 'win32')('the files', () => {
  it('are for their owner only, also the directory that was made and the files beside', async () => {
    const storage = join(tempFolder(), 'made', 'here', 'a.sqlite');
    const connections = await open(storage);
    const connection = await connections.getConnection();
    await connection.query('CREATE TABLE t (a int)');
    expect(mode(dirname(storage))).toBe('700');
    expect(mode(dirname(dirname(storage)))).toBe('700');
    expect([storage, `${storage}-wal`, `${storage}-shm`].map(mode)).toEqual(['600', '600', '600']);
    await connections.close();
  });

  it('keep the mode that somebody else gave them', async () => {
    const storage = join(tempFolder(), 'a.sqlite');
    writeFileSync(storage, '', { mode: 0o640 });
    chmodSync(storage, 0o640);
    await (await open(storage)).close();
    expect(mode(storage)).toBe('640');
  });
});

describe('each handle', () => {
  it('has a write-ahead log, synchronous NORMAL, a busy timeout and foreign keys', async () => {
    const seen: Record<string, unknown>[] = [];
    const driver = await watchedDriver(() => undefined);
    const { sequelize, accounts } = await openFixture({ driver });
    const reading = await sequelize.transaction({ readOnly: true });
    await accounts.count({ transaction: reading });
    for (const handle of driver.handles) {
      const ask = async (name: string) => Object.values((await handle.all(`PRAGMA ${name}`, []))[0] ?? {})[0];
      seen.push({
        log: await ask('journal_mode'),
        sync: await ask('synchronous'),
        busy: await ask('busy_timeout'),
        keys: await ask('foreign_keys'),
      });
    }
    await reading.rollback();
    expect(seen).toEqual(Array(3).fill({ log: 'wal', sync: 1, busy: 5_000, keys: 1 }));
  });
});

describe('an open that fails', () => {
  it.each<[string, (folder: string) => string, RegExp]>([
    ['because the path is a directory', (folder) => (mkdirSync(join(folder, 'd')), join(folder, 'd')), /SQLITE_CANTOPEN/],
    ['because a parent is a file', (folder) => (writeFileSync(join(folder, 'f'), ''), join(folder, 'f', 'a.sqlite')), /ENOTDIR|EEXIST/],
    [
      'because the file is no database',
      (folder) => (writeFileSync(join(folder, 'g'), 'x'.repeat(4096)), join(folder, 'g')),
      /SQLITE_NOTADB/,
    ],
  ])('says why and leaves nothing open: %s', async (_, spoil, reason) => {
    const folder = tempFolder();
    const storage = spoil(folder);
    await expect(open(storage)).rejects.toMatchObject({ code: 'DATABASE_NOT_OPENED', message: expect.stringMatching(reason) as string });
    expect(openFilesBelow(folder)).toEqual([]);
  });

  it('closes the writer where the reader can not be opened', async () => {
    const folder = tempFolder();
    const driver = await watchedDriver((sql) => {
      if (sql.includes('query_only')) throw new Error('SQLITE_NOMEM: out of memory');
    });
    await expect(open(join(folder, 'a.sqlite'), driver)).rejects.toThrow(/out of memory/);
    expect(openFilesBelow(folder)).toEqual([]);
  });

  it('is not what comes of two processes that make the same file at once', async () => {
    const folder = tempFolder();
    let refusals = 2;
    // Seen in one of 32 opens: the switch to the write-ahead log is refused at once, whatever the busy timeout.
    const driver = await watchedDriver((sql) => {
      if (sql.includes('journal_mode') && refusals-- > 0)
        throw Object.assign(new Error('SQLITE_BUSY: database is locked'), { code: 'SQLITE_BUSY' });
    });
    await (await open(join(folder, 'a.sqlite'), driver)).close();
    expect(refusals).toBe(-1);
  });

  it('does not spoil the next one', async () => {
    const storage = join(tempFolder(), 'a.sqlite');
    writeFileSync(storage, 'x'.repeat(4096));
    await expect(open(storage)).rejects.toThrow(/can't be opened/);
    renameSync(storage, `${storage}.broken`);
    const connections = await open(storage);
    await connections.check();
    await connections.close();
  });
});

describe('the check', () => {
  it('passes on a database that can be used, beside readers and after a writer', async () => {
    const { sequelize, accounts, connections } = await openFixture();
    const reading = await sequelize.transaction({ readOnly: true });
    await accounts.count({ transaction: reading });
    await connections.check();
    await reading.rollback();
    await accounts.create({ name: 'a' });
    await connections.check();
  });

  it('fails when the file is gone or was replaced', async () => {
    const { connections, storage } = await openFixture();
    renameSync(storage, `${storage}.moved`);
    await expect(connections.check()).rejects.toMatchObject({ code: 'ENOENT' });
    writeFileSync(storage, '');
    await expect(connections.check()).rejects.toThrow(/was replaced/);
  });

  it('fails when the header was overwritten', async () => {
    const { sequelize, connections, storage } = await openFixture();
    await sequelize.query('PRAGMA wal_checkpoint(TRUNCATE)');
    const bytes = readFileSync(storage);
    writeFileSync(storage, Buffer.concat([Buffer.alloc(100, 'x'), bytes.subarray(100)]));
    await expect(connections.check()).rejects.toThrow(/SQLITE_NOTADB/);
  });

  it('fails when another process keeps the write lock', async () => {
    const driver = await loadSqlite3();
    const { connections, storage, sequelize } = await openFixture();
    const other = await driver.open(storage);
    await other.exec('BEGIN IMMEDIATE');
    await sequelize.query('PRAGMA busy_timeout=50');
    await expect(connections.check()).rejects.toMatchObject({ code: 'SQLITE_BUSY' });
    await other.exec('ROLLBACK');
    await connections.check();
    await other.close();
  });
});

describe('a BEGIN that fails', () => {
  it("rejects with Sequelize's error, without noise, and frees the turn", async () => {
    const { sequelize, accounts, storage } = await openFixture();
    const other = await (await loadSqlite3()).open(storage);
    await other.exec('BEGIN IMMEDIATE');
    await sequelize.query('PRAGMA busy_timeout=10');
    const attempt = sequelize.transaction((transaction) => accounts.count({ transaction }));
    await expect(attempt).rejects.toMatchObject({ name: 'SequelizeTimeoutError' });
    expect(console.warn).not.toHaveBeenCalled();
    await other.exec('ROLLBACK');
    await other.close();
    await sequelize.transaction((transaction) => accounts.create({ name: 'a' }, { transaction }));
  });
});

describe('a transaction that SQLite rolled back by itself', () => {
  it('takes no more statements, so that none is committed alone', async () => {
    const { sequelize, accounts } = await openFixture();
    const [pages] = await sequelize.query<{ page_count: number }>('PRAGMA page_count', { type: QueryTypes.SELECT });
    await sequelize.query(`PRAGMA max_page_count=${pages?.page_count ?? 0}`);
    const broken = sequelize.transaction(async (transaction) => {
      await accounts.create({ name: 'a' }, { transaction });
      const full = accounts.bulkCreate(
        Array.from({ length: 500 }, (_, index) => ({ name: `${index}`.padEnd(250, 'x') })),
        { transaction },
      );
      await expect(full).rejects.toMatchObject({ parent: { code: 'SQLITE_FULL' } });
      await expect(accounts.create({ name: 'b' }, { transaction })).rejects.toMatchObject({ code: 'TRANSACTION_BROKEN' });
    });
    await expect(broken).rejects.toMatchObject({ code: 'TRANSACTION_BROKEN' });
    await sequelize.query('PRAGMA max_page_count=1000000');
    expect(await accounts.count()).toBe(0);
    await accounts.create({ name: 'c' });
  });
});

describe('a ROLLBACK that fails', () => {
  it('costs the handle, and the next turn begins with a new one', async () => {
    let failing = false;
    const driver = await watchedDriver((sql) => {
      if (failing && sql.startsWith('ROLLBACK')) throw new Error('SQLITE_IOERR: disk I/O error');
    });
    const { sequelize, accounts } = await openFixture({ driver });
    failing = true;
    let next: Promise<unknown> | undefined;
    const attempt = sequelize.transaction(async (transaction) => {
      await accounts.create({ name: 'lost' }, { transaction });
      next = accounts.create({ name: 'next' });
      throw new Error('no');
    });
    await expect(attempt).rejects.toThrow('no');
    failing = false;
    await next;
    expect((await accounts.findAll()).map(({ name }) => name)).toEqual(['next']);
    expect(driver.handles).toHaveLength(3);
  });

  it('and a new handle that can not be opened fail only who asks meanwhile', async () => {
    let failing = false;
    const driver = await watchedDriver((sql) => {
      if (failing && /^ROLLBACK|journal_mode/.test(sql)) throw new Error('SQLITE_IOERR: disk I/O error');
    });
    const { connections, accounts } = await openFixture({ driver });
    const connection = await connections.getConnection({ uuid: 'x' });
    await connection.query('BEGIN; SELECT 1');
    failing = true;
    await connections.destroyConnection(connection);
    await expect(accounts.create({ name: 'a' })).rejects.toThrow(/disk I\/O/);
    // Only the reader is left.
    expect(driver.stillOpen.size).toBe(1);
    failing = false;
    await accounts.create({ name: 'b' });
  });
});

describe('transactions that only read', () => {
  it('leave no files open behind them', async () => {
    const { sequelize, accounts, storage } = await openFixture();
    const read = () => sequelize.transaction({ readOnly: true }, (transaction) => accounts.count({ transaction }));
    await read();
    const before = openFilesBelow(dirname(storage)).length;
    for (let count = 0; count < 20; count += 1) await read();
    // A release is not awaited, so one may still be closing, and SQLite keeps a file that it closed for the next handle.
    expect(openFilesBelow(dirname(storage)).length).toBeLessThanOrEqual(before + 3);
  });
});

describe('abort', () => {
  it('answers who waits, who asks, and the open transaction, all with its error', async () => {
    const { sequelize, accounts, connections } = await openFixture();
    const lost = new Error('the database was left');
    const holder = await sequelize.transaction();
    await accounts.create({ name: 'a' }, { transaction: holder });
    const reading = await sequelize.transaction({ readOnly: true });
    const waiting = [accounts.create({ name: 'b' }), sequelize.transaction()];
    const answers = Promise.all(waiting.map((work) => expect(work).rejects.toBe(lost)));
    connections.abort(lost);
    await answers;
    await expect(accounts.findAll()).rejects.toBe(lost);
    await expect(sequelize.transaction()).rejects.toBe(lost);
    await expect(accounts.create({ name: 'c' }, { transaction: holder })).rejects.toBe(lost);
    await expect(accounts.count({ transaction: reading })).rejects.toBe(lost);
    await expect(holder.commit()).rejects.toBe(lost);
    await expect(connections.check()).rejects.toBe(lost);
  });
});

describe('abort, while a connection is on its way', () => {
  it('answers with its error and closes the handle that came too late', async () => {
    const driver = await watchedDriver(() => undefined);
    const { connections } = await openFixture({ driver });
    const lost = new Error('lost');
    const connection = await connections.getConnection({ uuid: 'x', type: 'SELECT' });
    const reading = connection.query('BEGIN; SELECT 1');
    connections.abort(lost);
    await expect(reading).rejects.toBe(lost);
    await connections.destroyConnection(connection);
    expect(driver.handles).toHaveLength(3);
    expect(driver.stillOpen.size).toBe(2);
  });
});

describe('close', () => {
  it('waits for handles that are just being opened or closed', async () => {
    const driver = await watchedDriver(() => undefined);
    const { connections, storage } = await openFixture({ driver });
    const reading = await connections.getConnection({ uuid: 'x', type: 'SELECT' });
    const opening = Promise.allSettled([connections.getConnection({ uuid: 'y', type: 'SELECT' })]);
    connections.releaseConnection(reading);
    await connections.close();
    expect(driver.stillOpen.size).toBe(0);
    expect(openFilesBelow(dirname(storage))).toEqual([]);
    await opening;
  });

  it('waits for what runs, rolls back what is open, and leaves no file open', async () => {
    const { sequelize, accounts, connections, storage } = await openFixture();
    await accounts.create({ name: 'kept' });
    const open = await sequelize.transaction();
    await accounts.create({ name: 'open' }, { transaction: open });
    await accounts.count({ transaction: await sequelize.transaction({ readOnly: true }) });
    const opening = sequelize.transaction({ readOnly: true });
    const running = accounts.findAll();
    const [closed, , found] = await Promise.allSettled([sequelize.close(), opening, running]);
    expect(closed.status).toBe('fulfilled');
    expect(found.status === 'fulfilled' ? found.value.length : found.reason).toSatisfy((is: unknown) => is === 1 || is instanceof Error);
    await connections.close();
    expect(openFilesBelow(dirname(storage))).toEqual([]);
    expect(existsSync(`${storage}-wal`)).toBe(false);
    await expect(accounts.findAll()).rejects.toMatchObject({ code: 'DATABASE_CLOSED' });
    await expect(accounts.count({ transaction: open })).rejects.toMatchObject({ code: 'DATABASE_CLOSED' });
    const again = await openFixture({ storage });
    expect((await again.accounts.findAll()).map(({ name }) => name)).toEqual(['kept']);
  });

  it('lets a write that was given before finish', async () => {
    const { accounts, connections, storage } = await openFixture();
    const writing = accounts.create({ name: 'given' });
    await new Promise((resolve) => setImmediate(resolve));
    await connections.close();
    const [written] = await Promise.allSettled([writing]);
    const again = await openFixture({ storage });
    expect(await again.accounts.count()).toBe(written.status === 'fulfilled' ? 1 : 0);
  });

  it('after abort leaves no file open either', async () => {
    const { sequelize, accounts, connections, storage } = await openFixture();
    const transaction = await sequelize.transaction();
    await accounts.create({ name: 'a' }, { transaction });
    connections.abort(new Error('lost'));
    await Promise.all([connections.close(), connections.close()]);
    expect(openFilesBelow(dirname(storage))).toEqual([]);
  });

  it('ends a COMMIT that is on its way, whichever way it goes', async () => {
    const { sequelize, accounts, connections, storage } = await openFixture();
    const transaction = await sequelize.transaction();
    await accounts.create({ name: 'a' }, { transaction });
    const committing = transaction.commit();
    const [committed] = await Promise.allSettled([committing, connections.close()]);
    const again = await openFixture({ storage });
    expect(await again.accounts.count()).toBe(committed.status === 'fulfilled' ? 1 : 0);
  });
});

describe('what a program asks of SQLite itself', () => {
  it('is answered: its schema, its version, its PRAGMAs', async () => {
    const { sequelize } = await openFixture();
    const [tables] = await sequelize.query(`SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'Accounts'`);
    expect(tables).toEqual([{ name: 'Accounts' }]);
    const [mode] = await sequelize.query('PRAGMA journal_mode');
    expect(mode).toEqual([{ journal_mode: 'wal' }]);
    const [[version]] = (await sequelize.query('SELECT sqlite_version() AS version')) as [{ version: string }[], unknown];
    expect(version?.version).toMatch(/^3\./);
  });
});
