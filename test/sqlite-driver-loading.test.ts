import { lookup } from 'node:dns/promises';
import { copyFileSync, cpSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { findNativeFile, nativeFileProblem } from '../src/databases/sqlite-drivers/native-file.js';
import { loadFailure, loadSqlite3 } from '../src/databases/sqlite-drivers/sqlite3.js';
import { SQLiteDriverError } from '../src/errors.js';
import { tempFolder } from './support/temp-folder.js';

const installed = dirname(createRequire(import.meta.url).resolve('sqlite3/package.json'));
const nativeFile = join(installed, 'build/Release/node_sqlite3.node');
const size = readFileSync(nativeFile).length;

/** A project whose sqlite3 is the installed one, with a native file that `spoil` may change. */
function project(spoil: (nativeFile: string) => void): string {
  const folder = tempFolder();
  const copy = join(folder, 'node_modules/sqlite3');
  cpSync(join(installed, 'lib'), join(copy, 'lib'), { recursive: true });
  copyFileSync(join(installed, 'package.json'), join(copy, 'package.json'));
  for (const name of ['bindings', 'file-uri-to-path']) symlinkSync(join(dirname(installed), name), join(folder, 'node_modules', name));
  mkdirSync(join(copy, 'build/Release'), { recursive: true });
  spoil(join(copy, 'build/Release/node_sqlite3.node'));
  return join(folder, 'index.js');
}

function spoiled(change: (bytes: Buffer) => Buffer): string {
  const path = join(tempFolder(), 'spoiled.node');
  writeFileSync(path, change(readFileSync(nativeFile)));
  return path;
}

const withByte = (offset: number, value: number) => (bytes: Buffer) => {
  bytes[offset] = value;
  return bytes;
};

describe.runIf(process.platform === 'linux')('the native file, examined before it is loaded', () => {
  it('passes when it is whole', async () => {
    expect(await nativeFileProblem(nativeFile)).toBeUndefined();
  });

  it.each([0, 30, 1_000, 100_000, Math.floor(size / 2), size - 1])('is refused when only %i bytes are left', async (left) => {
    expect(await nativeFileProblem(spoiled((bytes) => bytes.subarray(0, left)))).toMatch(/truncated/);
  });

  it('is refused when it was built for another system or processor', async () => {
    expect(await nativeFileProblem(spoiled(withByte(0, 0xcf)))).toMatch(/not built for Linux/);
    expect(await nativeFileProblem(spoiled(withByte(4, 1)))).toMatch(/64-bit/);
    expect(await nativeFileProblem(spoiled(withByte(18, 0xf3)))).toMatch(/another processor/);
  });

  it('is not judged on other platforms or unknown processors', async () => {
    const path = spoiled((bytes) => bytes.subarray(0, 100));
    expect(await nativeFileProblem(path, 'darwin')).toBeUndefined();
    expect(await nativeFileProblem(path, 'linux', 's390x')).toBeUndefined();
  });

  it('is found where bindings looks for it', async () => {
    expect(await findNativeFile(installed, 'node_sqlite3.node')).toBe(nativeFile);
    expect(await findNativeFile(tempFolder(), 'node_sqlite3.node')).toBeUndefined();
  });
});

describe('loading sqlite3', () => {
  it('answers with the driver and the version of SQLite inside', async () => {
    const driver = await loadSqlite3();
    expect(driver.name).toBe('sqlite3');
    expect(driver.sqliteVersion).toMatch(/^3\.\d+/);
  });

  const refusal = async (from: string): Promise<SQLiteDriverError> => {
    const error: unknown = await loadSqlite3(from).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SQLiteDriverError);
    return error as SQLiteDriverError;
  };

  it.runIf(process.platform === 'linux')('refuses a truncated native file instead of dying of it', async () => {
    const error = await refusal(
      project((path) => {
        copyFileSync(nativeFile, path);
        truncateSync(path, 100_000);
      }),
    );
    expect(error).toMatchObject({ code: 'SQLITE_DRIVER', driver: 'sqlite3', remedy: 'npm rebuild sqlite3' });
    expect(error.message).toContain('truncated');
  });

  it('says when the package is not installed', async () => {
    const error = await refusal(join(tempFolder(), 'index.js'));
    expect(error.remedy).toBe('npm install sqlite3');
    expect(error.cause).toMatchObject({ code: 'MODULE_NOT_FOUND' });
  });

  it('says when the native file was never built, and how npm 12 is told to build it', async () => {
    const error = await refusal(project(() => undefined));
    expect(error.message).toContain('never built');
    expect(error.remedy).toContain('npm install-scripts approve sqlite3 && npm rebuild sqlite3');
  });

  it('says when the system refuses the native file', async () => {
    // A whole ELF file of this processor that is no addon of Node.
    const error = await refusal(project((path) => copyFileSync(process.execPath, path)));
    expect(error.message).toContain('does not load on this machine');
    expect(error.remedy).toBe('npm rebuild sqlite3 --build-from-source');
  });

  it('knows the code of a missing package in ESM too, and keeps what it does not know', () => {
    const missing = Object.assign(new Error("Cannot find package 'sqlite3' imported from /x"), { code: 'ERR_MODULE_NOT_FOUND' });
    expect(loadFailure(missing).remedy).toBe('npm install sqlite3');
    const odd = new Error('something new');
    expect(loadFailure(odd)).toMatchObject({ cause: odd, message: expect.stringContaining('something new') as string });
  });
});

describe('a handle', () => {
  it('stores undefined as NULL and a bigint exactly, and refuses an object instead of storing [object Object]', async () => {
    const handle = await (await loadSqlite3()).open(':memory:');
    await handle.exec('CREATE TABLE t (a INTEGER, b TEXT, c BLOB)');
    await handle.run('INSERT INTO t VALUES ($1, $2, $3)', { $1: 9007199254740993n, $2: undefined, $3: Buffer.from('x') });
    expect(await handle.all('SELECT CAST(a AS TEXT) AS a, b, c FROM t', [])).toEqual([
      { a: '9007199254740993', b: null, c: Buffer.from('x') },
    ]);
    expect(await handle.all('SELECT ? AS a, ? AS b', [undefined, true])).toEqual([{ a: null, b: 1 }]);
    await expect(handle.run('INSERT INTO t (b) VALUES (?)', [{ a: 1 }])).rejects.toThrow(/JSON\.stringify/);
    await handle.close();
  });

  it("take one libuv thread of a handle at most, so that others' work goes on", async () => {
    const handle = await (await loadSqlite3()).open(':memory:');
    const slow = handle.all(
      'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT count(*) AS count FROM n',
      [],
    );
    let isSlowOver = false;
    void slow.then(() => (isSlowOver = true));
    const others = Array.from({ length: 8 }, () => handle.all('SELECT 1', []));
    // Long enough for each statement to reach the thread pool, if it may.
    await sleep(50);
    await lookup('localhost');
    expect(isSlowOver).toBe(false);
    expect(await slow).toEqual([{ count: 3_000_000 }]);
    await Promise.all(others);
    await handle.close();
  });

  it("keeps the driver's error, with its code and message", async () => {
    const handle = await (await loadSqlite3()).open(':memory:');
    await expect(handle.all('SELECT * FROM nowhere', [])).rejects.toMatchObject({
      code: 'SQLITE_ERROR',
      message: 'SQLITE_ERROR: no such table: nowhere',
    });
    await handle.close();
  });
});
