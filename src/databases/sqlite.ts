import { rename, rm } from 'node:fs/promises';
import { Sequelize, type Options } from 'sequelize';
import type { StoredCatalog } from '../dialect/catalog/catalog-store.js';
import type { Parser, ParserLookup } from '../dialect/client/program-parsers.js';
import type { SessionStart } from '../dialect/client/session-start.js';
import { META_TABLE, useFallbackDialect } from '../dialect/fallback-dialect.js';
import { internalsOf } from '../sequelize-internals.js';
import { within } from '../within.js';
import { isStorageFailure } from './connection-failure.js';
import type { DatabaseLock } from './database-lock.js';
import type { Database, DatabaseInstance, PoolFigures } from './database.js';
import { InFlight } from './in-flight.js';
import { withoutInitHooks } from './private-sequelize.js';
import { SqliteConnections } from './sqlite-connections/sqlite-connections.js';
import { memoryLock, openFileLock } from './sqlite-lock.js';
import { isFileGone } from './sqlite-connections/storage-file.js';
import { useConnections } from './sqlite-connections/use-connections.js';
import type { SqliteDriver } from './sqlite-drivers/driver.js';

/**
 * The format of the file. A file with a newer one is refused, and one with an older one is set aside: format 1 was that of
 * Sequelize's own SQLite dialect.
 */
export const STORAGE_FORMAT = 2;

const NO_CONNECTIONS: PoolFigures = { idle: 0, used: 0, connecting: 0, waiting: 0 };

const IN_MEMORY = ':memory:';
/** PostgreSQL as the fallback emulates it. */
const EMULATED_VERSION = '15.0.0';
/** So that Sequelize doesn't ask for one: the handle's own stands in its place later. */
const DATABASE_NAME = 'postgres';

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
  /** How sessions begin, where the program's configuration says so. */
  readonly start?: SessionStart | undefined;
}

/** The fallback on SQLite: one file (or memory), one instance at a time. */
export function createSqliteDatabase(options: SqliteDatabaseOptions): Database {
  let rowsWritten = 0;
  const noteRowsWritten = (count: number): void => void (rowsWritten += count);
  return {
    role: 'fallback',
    engine: 'sqlite',
    isVolatile: options.storage === IN_MEMORY,
    rowsWritten: () => rowsWritten,
    createInstance: () => new SqliteInstance({ ...options, noteRowsWritten }),
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
  #outdated: string | undefined;
  readonly #locks = new Set<string>();

  constructor(private readonly options: SqliteDatabaseOptions & { readonly noteRowsWritten: (count: number) => void }) {
    this.inFlight = new InFlight(options.nowMs);
    this.sequelize = withoutInitHooks(() => newSequelize(options));
    useFallbackDialect(this.sequelize);
  }

  get lost(): Error | undefined {
    return this.#lost;
  }

  get pool(): PoolFigures {
    return this.#connections?.pool ?? NO_CONNECTIONS;
  }

  get outdated(): string | undefined {
    return this.#outdated;
  }

  async open(): Promise<void> {
    const { storage, currentUnit, loadDriver } = this.options;
    const connections = await SqliteConnections.open({
      driver: await loadDriver(),
      storage,
      currentUnit,
      parserOf: parserOf(this.sequelize),
      start: this.options.start,
      noteRowsWritten: this.options.noteRowsWritten,
    });
    this.#connections = connections;
    useConnections(this.sequelize, connections);
    await this.#checkFormat();
  }

  async openLock(name: string): Promise<DatabaseLock> {
    const { loadDriver, storage } = this.options;
    return storage === IN_MEMORY ? memoryLock(this.#locks, name) : await openFileLock(await loadDriver(), storage, name);
  }

  async madeBy(): Promise<string | undefined> {
    return await this.#meta('made_by');
  }

  async noteMadeBy(maker: string): Promise<void> {
    await this.#setMeta('made_by', maker);
  }

  async catalog(): Promise<StoredCatalog> {
    if (this.#connections === undefined) throw new Error('The SQLite database is not open.');
    return await this.#connections.catalog();
  }

  async check(): Promise<void> {
    try {
      await this.#connections?.check();
    } catch (error) {
      // A lock that another process or a long transaction of our own holds is no broken file.
      if (this.#lost === undefined && (isStorageFailure(error) || isFileGone(error))) throw error;
    }
  }

  rowsWritten(): Promise<number> {
    return Promise.resolve(this.#connections?.rowsWritten ?? 0);
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

  async #checkFormat(): Promise<void> {
    const format = await this.#format();
    if (format > STORAGE_FORMAT) {
      throw new Error(
        `${this.options.storage} was written by a newer sequelize-resilient (format ${format}; this one knows ${STORAGE_FORMAT}). Update the package, or move the file away.`,
      );
    }
    if (format < STORAGE_FORMAT) {
      this.#outdated = `it has the older format ${format}, and this version of sequelize-resilient writes format ${STORAGE_FORMAT}`;
      return;
    }
    await this.#run(`CREATE TABLE IF NOT EXISTS ${META_TABLE} (key TEXT PRIMARY KEY, value TEXT NOT NULL)`);
    await this.#setMeta('format', String(STORAGE_FORMAT));
  }

  /** A file that says nothing of itself and has tables was made by Sequelize's own dialect, or by something like it. */
  async #format(): Promise<number> {
    const tables = await this.#run("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'");
    if (tables.length === 0) return STORAGE_FORMAT;
    if (!tables.some((table) => (table as { name: string }).name === META_TABLE)) return 1;
    return Number((await this.#meta('format')) ?? 1);
  }

  async #meta(key: string): Promise<string | undefined> {
    const [row] = (await this.#run(`SELECT value FROM ${META_TABLE} WHERE key = $1`, [key])) as { value: string }[];
    return row?.value;
  }

  async #setMeta(key: string, value: string): Promise<void> {
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

/** It speaks PostgreSQL to the emulation. */
function newSequelize({ storage, logging, options }: SqliteDatabaseOptions): Sequelize {
  const given = {
    ...options,
    dialect: 'postgres',
    database: DATABASE_NAME,
    databaseVersion: EMULATED_VERSION,
    storage,
    logging: logging ?? false,
    // The emulation's only one; the one that was asked for stays with PostgreSQL.
    timezone: '+00:00',
  } satisfies Options & { databaseVersion: string };
  return new Sequelize(given);
}

/** The parsers that the program has given `pg` and Sequelize (lib/dialects/postgres/connection-manager.js of sequelize 6.37.8). */
function parserOf(sequelize: Sequelize): ParserLookup {
  const manager = internalsOf(sequelize).connectionManager as unknown as { getTypeParser(oid: number): Parser };
  return (oid) => manager.getTypeParser(oid);
}

/** Renames the file with what belongs to it; nothing is deleted. */
async function setAside(storage: string): Promise<string> {
  if (storage === IN_MEMORY) return storage;
  const kept = `${storage}.bak-${new Date().toISOString().replaceAll(':', '-')}`;
  await rename(storage, kept);
  // Without their database these two are of no use; closing the last handle has emptied them.
  for (const suffix of ['-wal', '-shm']) await rename(storage + suffix, kept + suffix).catch(() => rm(storage + suffix, { force: true }));
  return kept;
}
