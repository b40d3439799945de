import { ResilienceError } from '../../errors.js';
import type { SqliteHandle } from '../sqlite-drivers/driver.js';
import { SequelizeConnection, type Work } from './sequelize-connection.js';
import { transactionControl } from './statement-kind.js';

/** After these SQLite may have rolled back by itself, and each later statement would commit alone. */
const ROLLS_BACK: ReadonlySet<unknown> = new Set(['SQLITE_FULL', 'SQLITE_IOERR', 'SQLITE_NOMEM', 'SQLITE_INTERRUPT', 'SQLITE_CORRUPT']);

/** A statement without rows, in place of a ROLLBACK that has nothing to do. */
const NOTHING = 'SELECT 1 WHERE 0';

/** What a transaction runs on. */
export interface TransactionHandle {
  readonly handle: SqliteHandle;
  /** Whether SQLite keeps the handle from writing. */
  readonly isReadOnly: boolean;
}

/** The connection of one transaction, on a handle that nobody else uses meanwhile. */
export class TransactionConnection extends SequelizeConnection {
  readonly transactionId: string;
  readonly #handle: SqliteHandle;
  readonly #isReadOnly: boolean;
  #mayBeOpen = false;
  /** Whether COMMIT or ROLLBACK was sent, after which only these two are of use. */
  #isEnding = false;
  #isEnded = false;
  /** Why there is nothing to commit any more. */
  #broken: Error | undefined;
  /** Why everything is refused. */
  #refusal: Error | undefined;

  constructor(filename: string, transactionId: string, { handle, isReadOnly }: TransactionHandle) {
    super(filename);
    this.transactionId = transactionId;
    this.#handle = handle;
    this.#isReadOnly = isReadOnly;
  }

  /** Whether SQLite may hold an open transaction, so that `end` has something to do. */
  get mayBeOpen(): boolean {
    return this.#mayBeOpen;
  }

  /** Refuses every statement from now on. The first reason stays. */
  refuse(reason: Error): void {
    this.#refusal ??= reason;
  }

  /** Refuses every statement from now on and rolls back what was left open. Rejects where that fails. */
  async end(): Promise<void> {
    this.#isEnded = true;
    if (this.#mayBeOpen) await this.#rollback('ROLLBACK', (handle, sql) => handle.exec(sql));
  }

  protected override async execute<T>(sql: string, work: Work<T>): Promise<T> {
    this.#refuseAfterTheEnd();
    switch (transactionControl(sql)) {
      case 'begin':
        return this.#begin(work);
      case 'commit':
        return this.#commit(sql, work);
      case 'rollback':
        this.#isEnding = true;
        return this.#rollback(sql, work);
      default:
        return this.#ordinary(sql, work);
    }
  }

  /** IMMEDIATE takes the write lock at once: of two that read first and write then, one would get SQLITE_BUSY. */
  async #begin<T>(work: Work<T>): Promise<T> {
    this.#mayBeOpen = true;
    try {
      return await work(this.#handle, this.#isReadOnly ? 'BEGIN DEFERRED' : 'BEGIN IMMEDIATE');
    } catch (error) {
      this.#mayBeOpen = false;
      throw error;
    }
  }

  async #commit<T>(sql: string, work: Work<T>): Promise<T> {
    if (this.#broken !== undefined) throw this.#broken;
    this.#isEnding = true;
    const result = await work(this.#handle, sql);
    this.#mayBeOpen = false;
    return result;
  }

  /** Sequelize rolls back a transaction whose BEGIN failed too, and SQLite's own rollback may have come first: both are fine. */
  async #rollback<T>(sql: string, work: Work<T>): Promise<T> {
    try {
      const result = await work(this.#handle, sql);
      this.#mayBeOpen = false;
      return result;
    } catch (error) {
      if (!isNothingToRollBack(error)) throw error;
      this.#mayBeOpen = false;
      return work(this.#handle, NOTHING);
    }
  }

  async #ordinary<T>(sql: string, work: Work<T>): Promise<T> {
    if (this.#broken !== undefined) throw this.#broken;
    if (this.#isEnding)
      throw this.#error('TRANSACTION_ENDED', 'is ending: this statement came after its end was sent. Await each statement.');
    try {
      return await work(this.#handle, sql);
    } catch (error) {
      throw this.#judge(error);
    }
  }

  #judge(error: unknown): unknown {
    const { code } = error as { code?: unknown };
    if (ROLLS_BACK.has(code)) {
      this.#broken = this.#error('TRANSACTION_BROKEN', `was rolled back by SQLite (${String(code)}). Run all of it again.`, error);
    }
    if (!this.#isReadOnly || code !== 'SQLITE_READONLY') return error;
    return this.#error(
      'WRITE_IN_READ_ONLY_TRANSACTION',
      'was begun with { readOnly: true }, so it can not write. Leave the option out.',
      error,
    );
  }

  // Errors are made when they are needed: one for each transaction that ends well, with its stack, was seen in the profile.
  #refuseAfterTheEnd(): void {
    if (this.#refusal !== undefined) throw this.#refusal;
    if (this.#isEnded)
      throw this.#error('TRANSACTION_ENDED', 'has ended. Its connection can not be used any more: begin a new transaction.');
  }

  #error(code: string, what: string, cause?: unknown): ResilienceError {
    return new ResilienceError(code, `Transaction ${this.transactionId} ${what}`, { cause });
  }
}

const isNothingToRollBack = (error: unknown): boolean => error instanceof Error && error.message.includes('no transaction is active');
