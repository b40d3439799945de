import { ConnectionAcquireTimeoutError } from 'sequelize';
import { ResilienceError } from '../../errors.js';

/** Who holds the writer, or asks for it. */
export interface WriterUse {
  /** The unit of work that it belongs to. */
  readonly unit: object | undefined;
  /** The transaction that uses it; `undefined` for a single statement. */
  readonly transactionId: string | undefined;
}

/** How long the writer is waited for, in milliseconds. */
export interface WriterLimits {
  readonly acquireTimeoutMs: number;
  /** The limit while a transaction of the waiter's own unit holds it: most likely that transaction waits for the waiter. */
  readonly ownUnitTimeoutMs: number;
}

/** Gives the writer to the next in the queue. Only the first call does something. */
export type Release = () => void;

interface Waiter {
  readonly use: WriterUse;
  readonly serve: (release: Release) => void;
  readonly refuse: (error: Error) => void;
  readonly acquireTimer: NodeJS.Timeout;
  ownUnitTimer: NodeJS.Timeout | undefined;
}

/** Lends SQLite's one writer: first come, first served, and nobody waits without end. */
export class WriterQueue {
  readonly #limits: WriterLimits;
  /** In the order of arrival, which a Set keeps when one in the middle leaves. */
  readonly #waiting = new Set<Waiter>();
  /** Those of them whose own unit of work has the writer. */
  readonly #waitingForOwnUnit = new Set<Waiter>();
  #holder: WriterUse | undefined;
  #refusal: Error | undefined;

  constructor(limits: WriterLimits) {
    this.#limits = limits;
  }

  /** Who has the writer now. */
  get holder(): WriterUse | undefined {
    return this.#holder;
  }

  /** How many wait for it. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Resolves when it is the caller's turn.
   *
   * Rejects with Sequelize's `ConnectionAcquireTimeoutError`, or with a `ResilienceError` (`WRITE_OUTSIDE_TRANSACTION`)
   * where a transaction of the caller's own unit had the writer all the time.
   */
  acquire(use: WriterUse): Promise<Release> {
    if (this.#refusal !== undefined) return Promise.reject(this.#refusal);
    if (this.#holder === undefined) return Promise.resolve(this.#lend(use));
    return new Promise((serve, refuse) => this.#enqueue(use, serve, refuse));
  }

  /** Refuses everyone who waits, and everyone who comes later. The holder keeps the writer. */
  refuseAll(error: Error): void {
    this.#refusal ??= error;
    for (const waiter of [...this.#waiting]) this.#giveUp(waiter, this.#refusal);
  }

  #enqueue(use: WriterUse, serve: Waiter['serve'], refuse: Waiter['refuse']): void {
    const acquireTimer = setTimeout(() => this.#giveUp(waiter, this.#acquireTimeout()), this.#limits.acquireTimeoutMs);
    const waiter: Waiter = { use, serve, refuse, acquireTimer, ownUnitTimer: undefined };
    this.#waiting.add(waiter);
    this.#watchOwnUnit(waiter);
  }

  #lend(use: WriterUse): Release {
    this.#holder = use;
    // Single statements end by themselves, so only a transaction is worth looking through the queue for.
    if (use.transactionId !== undefined && use.unit !== undefined) for (const waiter of this.#waiting) this.#watchOwnUnit(waiter);
    let isHeld = true;
    return () => {
      if (isHeld) this.#serveNext();
      isHeld = false;
    };
  }

  #serveNext(): void {
    this.#holder = undefined;
    for (const waiter of this.#waitingForOwnUnit) this.#unwatchOwnUnit(waiter);
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#remove(next);
    next.serve(this.#lend(next.use));
  }

  /** Holders change while somebody waits, so the shorter limit begins with the holder that it is about. */
  #watchOwnUnit(waiter: Waiter): void {
    const holder = this.#holder;
    if (holder?.transactionId === undefined || holder.unit === undefined || holder.unit !== waiter.use.unit) return;
    const error = () => outsideTransaction(waiter.use, holder.transactionId, this.#limits.ownUnitTimeoutMs);
    waiter.ownUnitTimer = setTimeout(() => this.#giveUp(waiter, error()), this.#limits.ownUnitTimeoutMs);
    this.#waitingForOwnUnit.add(waiter);
  }

  #unwatchOwnUnit(waiter: Waiter): void {
    clearTimeout(waiter.ownUnitTimer);
    this.#waitingForOwnUnit.delete(waiter);
  }

  #giveUp(waiter: Waiter, error: Error): void {
    this.#remove(waiter);
    waiter.refuse(error);
  }

  #remove(waiter: Waiter): void {
    clearTimeout(waiter.acquireTimer);
    this.#unwatchOwnUnit(waiter);
    this.#waiting.delete(waiter);
  }

  #acquireTimeout(): Error {
    const id = this.#holder?.transactionId;
    const holder = id === undefined ? 'a single statement' : `transaction ${id}`;
    const message =
      `No turn to write on SQLite within ${this.#limits.acquireTimeoutMs} ms: ${holder} has the one writer, and ` +
      `${this.#waiting.size} wait for it. Nothing was sent. Keep transactions short, and end each one.`;
    return new ConnectionAcquireTimeoutError(new Error(message));
  }
}

function outsideTransaction(use: WriterUse, holderId: string | undefined, waitedMs: number): ResilienceError {
  const what = use.transactionId === undefined ? 'A statement' : `Transaction ${use.transactionId}`;
  const message =
    `${what} was started inside transaction ${holderId} but without { transaction }, and waited ${waitedMs} ms for it to end. ` +
    'SQLite has one writer, and that transaction has it, so neither can go on. Nothing was sent. ' +
    'Pass { transaction } to the call, or await the transaction first.';
  return new ResilienceError('WRITE_OUTSIDE_TRANSACTION', message);
}
