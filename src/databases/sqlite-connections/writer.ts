import type { SqliteHandle } from '../sqlite-drivers/driver.js';
import type { WriterQueue, WriterUse } from './writer-queue.js';

/** The writer while it is somebody's turn. */
export interface BorrowedWriter {
  readonly handle: SqliteHandle;
  /** Ends the turn. */
  readonly giveBack: () => void;
  /** Ends the turn and closes a handle whose state nobody knows; the next turn begins with a new one. */
  readonly discard: () => Promise<void>;
}

/** How the writer's handle is made and thrown away. */
export interface WriterSource {
  open(): Promise<SqliteHandle>;
  close(handle: SqliteHandle): Promise<void>;
}

/** The one kept handle that writes, for one borrower at a time. */
export class Writer {
  readonly #queue: WriterQueue;
  readonly #source: WriterSource;
  #handle: SqliteHandle | undefined;
  #foreignKeysMayBeOff = false;

  constructor(queue: WriterQueue, source: WriterSource, handle: SqliteHandle) {
    this.#queue = queue;
    this.#source = source;
    this.#handle = handle;
  }

  /** The handle, where a transaction of this unit of work has it. */
  lentTo(unit: object | undefined): SqliteHandle | undefined {
    const { holder } = this.#queue;
    const isOwn = unit !== undefined && holder?.transactionId !== undefined && holder.unit === unit;
    return isOwn ? this.#handle : undefined;
  }

  /** Waits for its turn. Rejects as `WriterQueue.acquire` does, or where a new handle was needed and can't be opened. */
  async borrow(use: WriterUse): Promise<BorrowedWriter> {
    const release = await this.#queue.acquire(use);
    try {
      const handle = (this.#handle ??= await this.#source.open());
      if (use.transactionId !== undefined) await this.#foreignKeysOn(handle);
      return { handle, giveBack: release, discard: () => this.#discard(handle).finally(release) };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Says that a statement may turn foreign keys off. */
  foreignKeysChanged(): void {
    this.#foreignKeysMayBeOff = true;
  }

  /** With Sequelize's own connections each transaction has a fresh handle, and so foreign keys on. */
  async #foreignKeysOn(handle: SqliteHandle): Promise<void> {
    if (!this.#foreignKeysMayBeOff) return;
    await handle.exec('PRAGMA foreign_keys=ON');
    this.#foreignKeysMayBeOff = false;
  }

  async #discard(handle: SqliteHandle): Promise<void> {
    this.#handle = undefined;
    await this.#source.close(handle).catch(() => undefined);
  }
}
