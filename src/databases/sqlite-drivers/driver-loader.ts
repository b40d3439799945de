import { SQLiteDriverError } from '../../errors.js';
import type { SqliteDriver } from './driver.js';
import { loadSqlite3 } from './sqlite3.js';

/** Loads the SQLite driver at its first use and tells when that fails. */
export class DriverLoader {
  #driver: SqliteDriver | undefined;

  constructor(private readonly onMissing: (error: SQLiteDriverError) => void) {}

  get name(): string | null {
    return this.#driver?.name ?? null;
  }

  async load(): Promise<SqliteDriver> {
    try {
      return (this.#driver ??= await loadSqlite3());
    } catch (error) {
      if (error instanceof SQLiteDriverError) this.onMissing(error);
      throw error;
    }
  }
}
