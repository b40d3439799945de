import type { Transaction } from 'sequelize';
import type { DatabaseInstance, MarkResult } from '../databases/database.js';
import { transactionInternals } from '../sequelize-internals.js';

/** What is known of one transaction. */
export interface TransactionState {
  readonly instance: DatabaseInstance;
  /** True until BEGIN was answered: nothing of the program's has run in it. */
  isBeginning: boolean;
  /** True once a statement of it that is more than a read was sent. */
  wrote: boolean;
  /** What it can be recognised by afterwards, on its way or known. */
  mark: Promise<MarkResult> | undefined;
  /** Why it is lost, once it is. */
  lost: unknown;
  /** True while its COMMIT is on its way. */
  isCommitting: boolean;
  /** What its COMMIT is to say in the end, where that was lost. */
  failure: Error | undefined;
}

/** Remembers which instance a transaction lives on, also after its end: a late use is refused and goes nowhere else. */
export class OpenTransactions {
  readonly #states = new WeakMap<Transaction, TransactionState>();

  begin(transaction: Transaction, instance: DatabaseInstance): TransactionState {
    const state: TransactionState = {
      instance,
      isBeginning: true,
      wrote: false,
      mark: undefined,
      lost: undefined,
      isCommitting: false,
      failure: undefined,
    };
    this.#states.set(transaction, state);
    return state;
  }

  /** The state of the transaction, a savepoint's being its outermost one's. */
  of(transaction: Transaction): TransactionState | undefined {
    const own = this.#states.get(transaction);
    const { parent } = transactionInternals(transaction);
    return parent ? (this.of(parent) ?? own) : own;
  }

  /** Notes that a statement which may write is being sent. */
  noteSending(transaction: Transaction): void {
    const state = this.of(transaction);
    if (state !== undefined && !state.isBeginning) state.wrote = true;
  }

  /**
   * Notes that such a statement was answered, and asks what the transaction can be recognised by: now, while the program does its
   * own work, because a question of its own before COMMIT costs a tenth of the throughput.
   */
  noteAnswer(transaction: Transaction): void {
    const state = this.of(transaction);
    const { connection } = transactionInternals(transaction);
    if (state === undefined || state.isBeginning || state.isCommitting || connection === undefined) return;
    if (state.mark !== undefined || state.instance.markTransaction === undefined) return;
    const mark = state.instance.markTransaction(connection);
    state.mark = mark;
    void mark.then((result) => {
      // A statement beside it had failed, so the server refused this one: the next write asks again.
      if (result === 'refused' && state.mark === mark) state.mark = undefined;
    });
  }
}
