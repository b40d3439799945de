import type { Database, Statement } from 'sqlite3';

const MAX_STATEMENTS = 200;
/** A longer text, a bulk insert most likely, does not come again. */
const MAX_CHARACTERS = 10_000;
/** Others are control and definitions, which may not stay prepared or are not worth it. */
const KEEPABLE = /^(?:select|insert|update|delete|with) /i;

/**
 * Keeps the statements of one handle prepared that come again. SQLite prepares them anew by itself where tables have changed.
 *
 * A statement that is asked for the second time is kept: most of those that come once only never come again.
 */
export class StatementCache {
  /** In the order of use, oldest first; `undefined` for a text that came once. */
  readonly #statements = new Map<string, Statement | undefined>();

  constructor(private readonly database: Database) {}

  /** Calls `use` with the prepared statement, or with none where it is none to keep, or not yet; `fail` where it can't be prepared. */
  with(sql: string, use: (statement: Statement | undefined) => void, fail: (error: Error) => void): void {
    const known = this.#statements.get(sql);
    if (known === undefined && !this.#statements.has(sql)) {
      if (sql.length <= MAX_CHARACTERS && KEEPABLE.test(sql)) this.#keep(sql, undefined);
      return use(undefined);
    }
    if (known !== undefined) {
      this.#keep(sql, known);
      return use(known);
    }
    // sqlite3 answers nothing to what is asked of a statement that could not be prepared.
    const statement = this.database.prepare(sql, (error: Error | null) => {
      if (error) return fail(error);
      this.#keep(sql, statement);
      use(statement);
    });
  }

  /** A handle with statements left can not be closed. */
  finalizeAll(done: () => void): void {
    const left = [...this.#statements.values()].filter((statement) => statement !== undefined);
    this.#statements.clear();
    if (left.length === 0) return done();
    let open = left.length;
    for (const statement of left) {
      statement.finalize(() => {
        open -= 1;
        if (open === 0) done();
      });
    }
  }

  #keep(sql: string, statement: Statement | undefined): void {
    this.#statements.delete(sql);
    this.#statements.set(sql, statement);
    if (this.#statements.size <= MAX_STATEMENTS) return;
    const [[oldest, unused] = ['', undefined]] = this.#statements;
    this.#statements.delete(oldest);
    unused?.finalize();
  }
}
