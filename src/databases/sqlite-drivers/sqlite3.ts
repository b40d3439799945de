import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { Database, RunResult, Statement } from 'sqlite3';
import { SQLiteDriverError } from '../../errors.js';
import type { SqliteDriver, SqliteHandle, SqliteParameters, SqliteRow } from './driver.js';
import { findNativeFile, nativeFileProblem } from './native-file.js';
import { StatementCache } from './statement-cache.js';
import { TurnQueue } from './turn-queue.js';

type Sqlite3Module = Pick<typeof import('sqlite3'), 'Database' | 'VERSION'>;

const REBUILD = 'npm rebuild sqlite3';

/**
 * Loads the package sqlite3, after its native file was examined.
 *
 * @param from - The file or file URL whose `node_modules` are searched. @default this library
 * @throws {SQLiteDriverError} where it is not installed, not built, or its native file can't be loaded here.
 */
export async function loadSqlite3(from: string = thisFile()): Promise<SqliteDriver> {
  const load = createRequire(from);
  await refuseBrokenFile(load);
  const sqlite3 = requireSqlite3(load);
  return { name: 'sqlite3', sqliteVersion: sqlite3.VERSION, open: (filename) => openHandle(sqlite3, filename) };
}

/** In CommonJS `__filename` first: tsup's stand-in for `import.meta.url` is wrong where a `document` exists (jsdom). */
function thisFile(): string {
  return typeof __filename === 'string' ? __filename : import.meta.url;
}

async function refuseBrokenFile(load: NodeJS.Require): Promise<void> {
  const path = await nativeFileOf(load);
  const problem = path === undefined ? undefined : await nativeFileProblem(path);
  if (problem !== undefined) throw new SQLiteDriverError('sqlite3', `${problem}: ${path}`, REBUILD);
}

async function nativeFileOf(load: NodeJS.Require): Promise<string | undefined> {
  try {
    return await findNativeFile(dirname(load.resolve('sqlite3/package.json')), 'node_sqlite3.node');
  } catch {
    // Not installed: loading it says so.
    return undefined;
  }
}

function requireSqlite3(load: NodeJS.Require): Sqlite3Module {
  try {
    return load('sqlite3') as Sqlite3Module;
  } catch (error) {
    throw loadFailure(error);
  }
}

/** Says in words what kept sqlite3 from loading, and which command mends it. */
export function loadFailure(error: unknown): SQLiteDriverError {
  const { code, message = String(error) } = error as { code?: string; message?: string };
  const failure = (reason: string, remedy: string) => new SQLiteDriverError('sqlite3', reason, remedy, { cause: error });
  if (isMissing(code, message)) return failure('the package is not installed', 'npm install sqlite3');
  if (message.startsWith('Could not locate the bindings file')) {
    const remedy = `${REBUILD} (npm 12 blocks install scripts; there: npm install-scripts approve sqlite3 && ${REBUILD})`;
    return failure('its native file was never built, because its install script did not run', remedy);
  }
  if (code === 'ERR_DLOPEN_FAILED') {
    return failure(`its native file does not load on this machine (${message})`, `${REBUILD} --build-from-source`);
  }
  return failure(message, 'npm install sqlite3');
}

const isMissing = (code: string | undefined, message: string): boolean =>
  (code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND') && message.includes("'sqlite3'");

function openHandle(sqlite3: Sqlite3Module, filename: string): Promise<SqliteHandle> {
  return new Promise((resolve, reject) => {
    const database = new sqlite3.Database(filename, (error) => {
      if (error) return reject(error);
      // One statement at a time: otherwise parallel statements of one handle fill libuv's four threads waiting for each other.
      database.serialize();
      resolve(new Sqlite3Handle(database));
    });
  });
}

class Sqlite3Handle implements SqliteHandle {
  readonly #database: Database;
  readonly #statements: StatementCache;
  /** Parallel statements of one handle would fill libuv's four threads waiting for each other. */
  readonly #turns = new TurnQueue();

  constructor(database: Database) {
    this.#database = database;
    this.#statements = new StatementCache(database);
  }

  all(sql: string, parameters: SqliteParameters = []): Promise<SqliteRow[]> {
    return this.#prepared(sql, (statement, answer: Answer<SqliteRow[]>) => {
      if (statement === undefined) this.#database.all<SqliteRow>(sql, bindable(parameters), answer);
      else statement.all<SqliteRow>(bindable(parameters), answer);
    });
  }

  run(sql: string, parameters: SqliteParameters = []): Promise<{ lastID: number; changes: number }> {
    return this.#prepared(sql, (statement, answer: Answer<{ lastID: number; changes: number }>) => {
      // Of a text that can't be prepared the driver tells without a `this`.
      const done = function (this: RunResult | undefined, error: Error | null) {
        answer(error, { lastID: this?.lastID ?? 0, changes: this?.changes ?? 0 });
      };
      if (statement === undefined) this.#database.run(sql, bindable(parameters), done);
      else statement.run(bindable(parameters), done);
    });
  }

  async exec(sql: string): Promise<void> {
    await this.#inTurn<undefined>((answer) => this.#database.exec(sql, answer));
  }

  interrupt(): void {
    this.#database.interrupt();
  }

  async close(): Promise<void> {
    await this.#inTurn<undefined>((answer) => this.#statements.finalizeAll(() => answer(null)));
    await this.#inTurn<undefined>((answer) => this.#database.close(answer));
  }

  #prepared<T>(sql: string, work: (statement: Statement | undefined, answer: Answer<T>) => void): Promise<T> {
    return this.#inTurn((answer) => {
      const use = (statement: Statement | undefined) => attempt(() => work(statement, answer), answer);
      this.#statements.with(sql, use, answer);
    });
  }

  #inTurn<T>(work: (answer: Answer<T>) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const answer: Answer<T> = (error, result) => {
        this.#turns.end();
        if (error) reject(error);
        else resolve(result as T);
      };
      this.#turns.take(() => attempt(() => work(answer), answer));
    });
  }
}

type Answer<T> = (error: Error | null, result?: T) => void;

/** Values that can't be bound are refused before the driver is asked. */
function attempt(work: () => void, answer: Answer<never>): void {
  try {
    work();
  } catch (error) {
    answer(error as Error);
  }
}

function bindable(parameters: SqliteParameters): unknown[] | Record<string, unknown> {
  if (Array.isArray(parameters)) return parameters.map(bindableValue);
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, bindableValue(value)]));
}

/** sqlite3 binds NULL for a bigint, as it does for `undefined`, and the text '[object Object]' for an object: data would be lost. */
function bindableValue(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null || value instanceof Date || ArrayBuffer.isView(value)) return value;
  if (value instanceof RegExp) return String(value);
  throw new TypeError('SQLite can not store an object as it is. Bind JSON.stringify(value) instead.');
}
