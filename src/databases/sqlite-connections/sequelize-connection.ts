import type { SqliteHandle, SqliteParameters, SqliteRow } from '../sqlite-drivers/driver.js';

/** What a callback gets as `this`: what its statement changed. */
export class Statement {
  constructor(
    readonly lastID?: number,
    readonly changes?: number,
  ) {}
}
// Sequelize compares `constructor.name` to find the ids of a bulkCreate, and a bundler may rename a class.
Object.defineProperty(Statement, 'name', { value: 'Statement' });

type Callback<Result extends unknown[]> = (this: Statement, error: Error | null, ...result: Result | []) => void;

/** Runs one statement's text on the handle that its connection chose. */
export type Work<T> = (handle: SqliteHandle, sql: string) => Promise<T>;

/**
 * A connection as the SQLite dialect of Sequelize 6 uses it (lib/dialects/sqlite/query.js): the callback methods of sqlite3's `Database`.
 *
 * Callbacks are called later, never at once, and in the caller's async context. No method throws: Sequelize would wait for ever.
 */
export abstract class SequelizeConnection {
  readonly filename: string;
  /** Belongs to Sequelize: its transaction writes its id here and removes it. */
  uuid: string | undefined;

  constructor(filename: string) {
    this.filename = filename;
  }

  /** Chooses the handle for a statement and runs it there. Never throws at once. */
  protected abstract execute<T>(sql: string, work: Work<T>): Promise<T>;

  protected rows(sql: string, parameters: SqliteParameters): Promise<SqliteRow[]> {
    return this.execute(sql, (handle, text) => handle.all(text, parameters));
  }

  /** Statements of one handle are in order anyway. */
  serialize(work: () => void): void {
    work();
  }

  all(sql: string, parameters: SqliteParameters, callback: Callback<[SqliteRow[]]>): void;
  all(sql: string, callback: Callback<[SqliteRow[]]>): void;
  all(sql: string, ...rest: [SqliteParameters, Callback<[SqliteRow[]]>] | [Callback<[SqliteRow[]]>]): void {
    const [parameters, callback] = withParameters(rest);
    answer(this.rows(sql, parameters), callback, (found) => callback.call(new Statement(), null, found));
  }

  get(sql: string, parameters: SqliteParameters, callback: Callback<[SqliteRow | undefined]>): void;
  get(sql: string, callback: Callback<[SqliteRow | undefined]>): void;
  get(sql: string, ...rest: [SqliteParameters, Callback<[SqliteRow | undefined]>] | [Callback<[SqliteRow | undefined]>]): void {
    const [parameters, callback] = withParameters(rest);
    // Not the driver's `get`: a statement that stops at its first row keeps its read open.
    answer(this.rows(sql, parameters), callback, ([first]) => callback.call(new Statement(), null, first));
  }

  run(sql: string, parameters: SqliteParameters, callback: Callback<[]>): void;
  run(sql: string, callback: Callback<[]>): void;
  run(sql: string, ...rest: [SqliteParameters, Callback<[]>] | [Callback<[]>]): void {
    const [parameters, callback] = withParameters(rest);
    const result = this.execute(sql, (handle, text) => handle.run(text, parameters));
    answer(result, callback, ({ lastID, changes }) => callback.call(new Statement(lastID, changes), null));
  }

  exec(sql: string, callback: Callback<[]>): void {
    const done = this.execute(sql, (handle, text) => handle.exec(text));
    answer(done, callback, () => callback.call(new Statement(), null));
  }

  /** Does nothing: handles belong to the connections that lent them. */
  close(callback?: (error: Error | null) => void): void {
    if (callback) process.nextTick(callback, null);
  }
}

function withParameters<C>(rest: [SqliteParameters, C] | [C]): [SqliteParameters, C] {
  return rest.length === 1 ? [[], rest[0]] : rest;
}

/** A promise's continuation runs in the async context that asked, which the driver's own callback does not. */
function answer<T, R extends unknown[]>(result: Promise<T>, callback: Callback<R>, succeed: (value: T) => void): void {
  void result.then(succeed, (error: unknown) => callback.call(new Statement(), error as Error));
}
