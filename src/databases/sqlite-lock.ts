import { hasCode } from './connection-failure.js';
import type { DatabaseLock } from './database-lock.js';
import { prepareStorage } from './sqlite-connections/storage-file.js';
import type { SqliteDriver } from './sqlite-drivers/driver.js';

/**
 * A file beside the database is locked: SQLite's own lock on it, which the operating system ends with the process, so that nothing is
 * left over of one that was killed.
 */
export async function openFileLock(driver: SqliteDriver, storage: string, name: string): Promise<DatabaseLock> {
  const path = `${storage}.${name.replace(/[^\w.-]/g, '_')}.lock`;
  await prepareStorage(path);
  const handle = await driver.open(path);
  return {
    tryTake: async () => {
      try {
        await handle.exec('PRAGMA busy_timeout=0; BEGIN EXCLUSIVE');
        return true;
      } catch (error) {
        if (hasCode(error, 'SQLITE_BUSY')) return false;
        throw error;
      }
    },
    check: () => Promise.resolve(),
    // The file itself stays: removing it could take away the lock that another process has just got.
    close: () => handle.close().catch(() => undefined),
  };
}

/** The lock of a database in memory, which nobody else can reach; `taken` are the names of those that are held. */
export function memoryLock(taken: Set<string>, name: string): DatabaseLock {
  let isOurs = false;
  return {
    tryTake: () => {
      if (taken.has(name)) return Promise.resolve(false);
      taken.add(name);
      isOurs = true;
      return Promise.resolve(true);
    },
    check: () => Promise.resolve(),
    close: () => {
      if (isOurs) taken.delete(name);
      return Promise.resolve();
    },
  };
}
