import { hasCode } from './connection-failure.js';
import type { DatabaseLock } from './database-lock.js';
import { prepareStorage } from './sqlite-connections/storage-file.js';
import type { SqliteDriver } from './sqlite-drivers/driver.js';

/** In memory nobody else can be. */
const NOBODY_ELSE: DatabaseLock = { check: () => Promise.resolve(), release: () => Promise.resolve() };

/**
 * Tries to lock a file beside the database: SQLite's own lock on it, which the operating system ends with the process, so that nothing
 * is left over of one that was killed.
 */
export async function trySqliteLock(driver: SqliteDriver, storage: string, name: string): Promise<DatabaseLock | undefined> {
  if (storage === ':memory:') return NOBODY_ELSE;
  const path = `${storage}.${name.replace(/[^\w.-]/g, '_')}.lock`;
  await prepareStorage(path);
  const handle = await driver.open(path);
  try {
    await handle.exec('PRAGMA busy_timeout=0; BEGIN EXCLUSIVE');
  } catch (error) {
    await handle.close().catch(() => undefined);
    if (hasCode(error, 'SQLITE_BUSY')) return undefined;
    throw error;
  }
  // The file itself stays: removing it could take away the lock that another process has just got.
  return { check: () => Promise.resolve(), release: () => handle.close().catch(() => undefined) };
}
