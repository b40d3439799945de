import { rename, rm } from 'node:fs/promises';
import { Sequelize, type Options } from 'sequelize';
import { META_TABLE, useFallbackDialect } from '../dialect/fallback-dialect.js';
import { within } from '../within.js';
import { isStorageFailure } from './connection-failure.js';
import type { Database, DatabaseInstance } from './database.js';
import { InFlight } from './in-flight.js';
import { withoutInitHooks } from './private-sequelize.js';
import { SqliteConnections } from './sqlite-connections/sqlite-connections.js';
import { isFileGone } from './sqlite-connections/storage-file.js';
import { sqliteDialectModule, useConnections } from './sqlite-connections/use-connections.js';
import type { SqliteDriver } from './sqlite-drivers/driver.js';

/** The format of the file. A file with a newer one is refused. */
export const STORAGE_FORMAT = 1;

export interface SqliteDatabaseOptions {
  /** An absolute path, or `':memory:'`. */
  readonly storage: string;
  readonly logging: Options['logging'];
  /** The options that Sequelize reads only when it is made. */
  readonly options: Pick<Options, 'operatorsAliases' | 'typeValidation'>;
  /** The driver, loaded at the first use: a program that never falls back never loads one. */
  readonly loadDriver: () => Promise<SqliteDriver>;
  /** The unit of work that the running code belongs to. */
  readonly currentUnit: () => object | undefined;
  readonly nowMs: () => number;
}

/** The fallback on SQLite: one file (or memory), one instance at a time. */
export function createSqliteDatabase(options: SqliteDatabaseOptions): Database {
  return {
    role: 'fallback',
    engine: 'sqlite',
    createInstance: () => new SqliteInstance(options),
    setAside: () => setAside(options.storage),
  };
}

class SqliteInstance implements DatabaseInstance {
  readonly role = 'fallback';
  readonly engine = 'sqlite';
  readonly losesAnswers = false;
  readonly sequelize: Sequelize;
  readonly inFlight: InFlight;
  #connections: SqliteConnections | undefined;
  #lost: Error | undefined;
  #closing: Promise<void> | undefined;
  /** Changes of our own, in the meta table. */
  #ownChanges = 0;

  constructor(private readonly options: SqliteDatabaseOptions) {
    this.inFlight = new InFlight(options.nowMs);
    this.sequelize = withoutInitHooks(() => newSequelize(options));
    useFallbackDialect(this.sequelize);
  }

  get lost(): Error | undefined {
    return this.#lost;
  }

  async open(): Promise<void> {
    const { storage, currentUnit, loadDriver } = this.options;
    const connections = await SqliteConnections.open({ driver: await loadDriver(), storage, currentUnit });
    this.#connections = connections;
    useConnections(this.sequelize, connections);
    await this.#refuseNewerFormat();
  }

  async madeBy(): Promise<string | undefined> {
    return await this.#meta('made_by');
  }

  async noteMadeBy(maker: string): Promise<void> {
    await this.#setMeta('made_by', maker);
  }

  async check(): Promise<void> {
    try {
      await this.#connections?.check();
    } catch (error) {
      // A lock that another process or a long transaction of our own holds is no broken file.
      if (this.#lost === undefined && (isStorageFailure(error) || isFileGone(error))) throw error;
    }
  }

  async rowsWritten(): Promise<number> {
    // It counts per handle, and only one handle writes.
    const [row] = (await this.#run('SELECT total_changes() AS changes')) as { changes: number }[];
    return Math.max(0, (row?.changes ?? 0) - this.#ownChanges);
  }

  abort(reason: Error): void {
    this.#lost ??= reason;
    this.#connections?.abort(reason);
    this.#connections?.interrupt();
  }

  close(timeoutMs: number): Promise<void> {
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  async #close(timeoutMs: number): Promise<void> {
    if (timeoutMs > 0 && this.inFlight.size > 0) await within(timeoutMs, this.inFlight.idle());
    this.abort(new Error(`The SQLite database ${this.options.storage} was closed.`));
    await this.#connections?.close();
  }

  async #refuseNewerFormat(): Promise<void> {
    await this.#run(`CREATE TABLE IF NOT EXISTS ${META_TABLE} (key TEXT PRIMARY KEY, value TEXT NOT NULL)`);
    const format = Number((await this.#meta('format')) ?? STORAGE_FORMAT);
    if (format > STORAGE_FORMAT) {
      throw new Error(
        `${this.options.storage} was written by a newer sequelize-resilient (format ${format}; this one knows ${STORAGE_FORMAT}). Update the package, or move the file away.`,
      );
    }
    await this.#setMeta('format', String(STORAGE_FORMAT));
  }

  async #meta(key: string): Promise<string | undefined> {
    const [row] = (await this.#run(`SELECT value FROM ${META_TABLE} WHERE key = $1`, [key])) as { value: string }[];
    return row?.value;
  }

  async #setMeta(key: string, value: string): Promise<void> {
    this.#ownChanges += 1;
    await this.#run(`INSERT INTO ${META_TABLE} (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, [
      key,
      value,
    ]);
  }

  /** Past Sequelize: no hook and no query log of the program is to see this. */
  async #run(sql: string, parameters: readonly unknown[] = []): Promise<unknown[]> {
    if (this.#connections === undefined) throw new Error('The SQLite database is not open.');
    return await this.#connections.query(sql, parameters);
  }
}

function newSequelize({ storage, logging, options }: SqliteDatabaseOptions): Sequelize {
  return new Sequelize({
    ...options,
    dialect: 'sqlite',
    dialectModule: sqliteDialectModule,
    storage,
    logging: logging ?? false,
    // Sequelize refuses any other for SQLite; the one that was asked for stays with PostgreSQL.
    timezone: '+00:00',
  });
}

/** Renames the file with what belongs to it; nothing is deleted. */
async function setAside(storage: string): Promise<string> {
  if (storage === ':memory:') return storage;
  const kept = `${storage}.bak-${new Date().toISOString().replaceAll(':', '-')}`;
  await rename(storage, kept);
  // Without their database these two are of no use; closing the last handle has emptied them.
  for (const suffix of ['-wal', '-shm']) await rename(storage + suffix, kept + suffix).catch(() => rm(storage + suffix, { force: true }));
  return kept;
}
