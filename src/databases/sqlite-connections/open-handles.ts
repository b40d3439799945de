import { setTimeout as sleep } from 'node:timers/promises';
import type { SqliteDriver, SqliteHandle } from '../sqlite-drivers/driver.js';

const BUSY_TIMEOUT_MS = 5_000;

/** PRAGMAs belong to a handle, not to the file: each handle gets all of them. */
const SETTINGS = `PRAGMA busy_timeout=${BUSY_TIMEOUT_MS}; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;`;

/** All handles that one database has open. It gives each its settings, and closes them all. */
export class OpenHandles {
  readonly #driver: SqliteDriver;
  readonly #storage: string;
  readonly #open = new Set<SqliteHandle>();
  /** Handles that are being opened or closed just now. */
  readonly #changing = new Set<Promise<unknown>>();
  #closed = false;

  constructor(driver: SqliteDriver, storage: string) {
    this.#driver = driver;
    this.#storage = storage;
  }

  /** Opens a handle that may write, and says whether readers beside it are possible (write-ahead log). */
  openWriter(): Promise<{ handle: SqliteHandle; hasReadersBeside: boolean }> {
    const prepare = async (handle: SqliteHandle) => {
      await handle.exec(SETTINGS);
      return { handle, hasReadersBeside: await switchToWriteAheadLog(handle) };
    };
    return this.#track(this.#openWith(prepare));
  }

  /** Opens a handle that SQLite itself keeps from writing. */
  openReader(): Promise<SqliteHandle> {
    const prepare = async (handle: SqliteHandle) => {
      await handle.exec(`${SETTINGS} PRAGMA query_only=ON;`);
      return handle;
    };
    return this.#track(this.#openWith(prepare));
  }

  /** Ends what is running on any of them. */
  interrupt(): void {
    for (const handle of this.#open) handle.interrupt();
  }

  /** Closes a handle; SQLite rolls back what is open on it. */
  async close(handle: SqliteHandle): Promise<void> {
    if (this.#open.delete(handle)) await this.#track(handle.close());
  }

  /** Closes every handle, those still being opened too; none can be opened afterwards. */
  async closeAll(): Promise<void> {
    this.#closed = true;
    await this.#settled();
    const failures: unknown[] = [];
    // The writer was opened first and is closed last: the last one to close moves the log into the file and removes it.
    for (const handle of [...this.#open].reverse()) {
      await this.close(handle).catch((error: unknown) => failures.push(error));
    }
    // Borrowers close the handles that reached them too late.
    await this.#settled();
    if (failures.length > 0) throw failures[0];
  }

  async #settled(): Promise<void> {
    while (this.#changing.size > 0) await Promise.allSettled(this.#changing);
  }

  #track<T>(change: Promise<T>): Promise<T> {
    const forget = () => this.#changing.delete(change);
    this.#changing.add(change);
    change.then(forget, forget);
    return change;
  }

  async #openWith<T>(prepare: (handle: SqliteHandle) => Promise<T>): Promise<T> {
    if (this.#closed) throw new Error(`The SQLite database ${this.#storage} is closed.`);
    const handle = await this.#driver.open(this.#storage);
    this.#open.add(handle);
    try {
      return await prepare(handle);
    } catch (error) {
      await this.close(handle).catch(() => undefined);
      throw error;
    }
  }
}

/** The switch needs the file for itself and does not wait by `busy_timeout`: another process that opens it is waited for here. */
async function switchToWriteAheadLog(handle: SqliteHandle): Promise<boolean> {
  const deadline = Date.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      const [row] = await handle.all('PRAGMA journal_mode=WAL', []);
      return row?.['journal_mode'] === 'wal';
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'SQLITE_BUSY' || Date.now() >= deadline) throw error;
      await sleep(20);
    }
  }
}
