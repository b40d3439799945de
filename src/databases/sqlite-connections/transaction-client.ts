import { FallbackClient } from '../../dialect/client/fallback-client.js';
import type { PgResult } from '../../dialect/client/pg-result.js';
import { type OwnHandle, type Request, Session, type Shared } from '../../dialect/client/session.js';
import { PgError } from '../../dialect/pg-error.js';
import { ResilienceError } from '../../errors.js';
import { endsTransaction } from './ends-transaction.js';

/** After these SQLite may have rolled back by itself, and each later statement would commit alone. */
const ROLLS_BACK: ReadonlySet<unknown> = new Set(['SQLITE_FULL', 'SQLITE_IOERR', 'SQLITE_NOMEM', 'SQLITE_INTERRUPT', 'SQLITE_CORRUPT']);

/** What a transaction runs on. */
export interface TransactionHandle {
  readonly own: OwnHandle;
  /** Whether SQLite keeps its handle from writing. */
  readonly isReadOnly: boolean;
}

/** The connection of one transaction. It has a handle that nobody else uses from its first statement until it ends. Its texts run one after the other, as in `pg`. */
export class TransactionClient extends FallbackClient {
  readonly #session: Session;
  #running = 0;
  #last: Promise<unknown> = Promise.resolve();
  /** Whether COMMIT or ROLLBACK was given, after which only these two are of use. */
  #isEnding = false;
  #isEnded = false;
  /** Why there is nothing to commit any more. */
  #broken: Error | undefined;
  /** Why everything is refused. */
  #refusal: Error | undefined;

  constructor(
    readonly transactionId: string,
    private readonly where: TransactionHandle,
    shared: Shared,
  ) {
    super();
    this.#session = new Session(where.own, shared, where.isReadOnly);
  }

  /** Whether a transaction may be open, so that `finish` has something to do. */
  get mayBeOpen(): boolean {
    return this.#running > 0 || this.#session.isInBlock;
  }

  protected override get isInBlock(): boolean {
    return this.#session.isInBlock;
  }

  /** Refuses every statement from now on. The first reason stays. */
  refuse(reason: Error): void {
    this.#refusal ??= reason;
  }

  /** Refuses every statement from now on and rolls back what was left open. Rejects where that fails. */
  async finish(): Promise<void> {
    this.#isEnded = true;
    await this.#last;
    if (this.#session.isInBlock) await this.#session.rollBack();
  }

  protected override run(request: Request): Promise<PgResult[]> {
    // Errors are made when they are needed: one for each transaction that ends well, with its stack, was seen in the profile.
    const refusal = this.#refused(request.text);
    if (refusal !== undefined) return Promise.reject(refusal);
    this.#running += 1;
    const answer = this.#running === 1 ? this.#judged(request) : this.#last.then(() => this.#judged(request));
    this.#last = answer.then(this.#done, this.#done);
    return answer;
  }

  readonly #done = (): void => {
    this.#running -= 1;
  };

  #refused(text: string): Error | undefined {
    if (this.#refusal !== undefined) return this.#refusal;
    if (this.#isEnded)
      return this.#error('TRANSACTION_ENDED', 'has ended. Its connection can not be used any more: begin a new transaction.');
    const isEnd = endsTransaction(text);
    if (this.#isEnding && !isEnd) {
      return this.#error('TRANSACTION_ENDED', 'is ending: this statement came after its end was sent. Await each statement.');
    }
    this.#isEnding ||= isEnd;
    return undefined;
  }

  async #judged(request: Request): Promise<PgResult[]> {
    if (this.#refusal !== undefined) throw this.#refusal;
    if (this.#broken !== undefined && !isRollback(request.text)) throw this.#broken;
    try {
      return await this.#session.run(request);
    } catch (error) {
      throw this.#judge(error);
    }
  }

  #judge(error: unknown): unknown {
    const { code } = error as { code?: unknown };
    if (ROLLS_BACK.has(code)) {
      this.#broken = this.#error('TRANSACTION_BROKEN', `was rolled back by SQLite (${String(code)}). Run all of it again.`, error);
    }
    if (!this.where.isReadOnly || code !== 'SQLITE_READONLY') return error;
    return new PgError('25006', 'cannot execute a statement that writes in a read-only transaction', { cause: error });
  }

  #error(code: string, what: string, cause?: unknown): ResilienceError {
    return new ResilienceError(code, `Transaction ${this.transactionId} ${what}`, { cause });
  }
}

const isRollback = (text: string): boolean => /^\s*rollback\b/i.test(text);
