import type { DatabaseInstance } from '../databases/database.js';

/** The outermost model call, query or transaction: it runs on one database from start to end. */
export interface UnitOfWork {
  instance: DatabaseInstance;
  /** True for `connection.unit(fn)`: several calls of a program's that belong together. */
  readonly explicit: boolean;
  /**
   * True where a program's own code runs in it (`unit(fn)`, a transaction's callback). Its calls get units within this one, on the
   * same instance: one that the program does not await stays on its database when this one has ended.
   */
  readonly hostsProgram: boolean;
  /** True where it belongs to one instance for good (`withDatabase`): nothing in it is given again. */
  readonly fixed: boolean;
  /** True for a read that is a unit of its own: it is run again as a whole, not statement by statement. */
  readonly isRead: boolean;
  /** The unit that this one runs in. */
  readonly within: UnitOfWork | undefined;
  /** True while the library does work of its own in it. */
  quiet: boolean;
  /** True once a statement of it was answered: from then on it stays on its database. */
  answered: boolean;
  /** How many statements that are more than a read were sent, or are about to be. */
  writes: number;
  /** True once the outermost call settled. What still runs in its async context then opens units of its own. */
  ended: boolean;
}

/** What a unit is opened for. */
export interface Terms {
  readonly explicit?: boolean;
  readonly hostsProgram?: boolean;
  readonly fixed?: boolean;
  readonly isRead?: boolean;
}

export const NO_TERMS: Terms = {};

export const newUnit = (
  instance: DatabaseInstance,
  { explicit = false, hostsProgram = false, fixed = false, isRead = false }: Terms = NO_TERMS,
  within?: UnitOfWork,
): UnitOfWork => ({
  instance,
  explicit,
  hostsProgram,
  fixed: fixed || within?.fixed === true,
  isRead,
  within,
  quiet: within?.quiet ?? false,
  answered: false,
  writes: 0,
  ended: false,
});

/** Notes a statement of a unit that is more than a read; `by` is -1 where it turns out that it was not sent. */
export function countWrite(unit: UnitOfWork, by: 1 | -1): void {
  for (let at: UnitOfWork | undefined = unit; at !== undefined; at = at.within) at.writes += by;
}

/** Notes that a statement of a unit was answered. */
export function noteAnswer(unit: UnitOfWork): void {
  for (let at: UnitOfWork | undefined = unit; at !== undefined && !at.answered; at = at.within) at.answered = true;
}

/** True while a unit may still go to another database: nothing was written, and it has seen nothing of this one. */
export function canMove(unit: UnitOfWork): boolean {
  for (let at: UnitOfWork | undefined = unit; at !== undefined; at = at.within) {
    if (at.fixed || at.answered || at.writes > 0) return false;
  }
  return true;
}

/** The `connection.unit(fn)` that a unit is in. */
export function explicitUnitOf(unit: UnitOfWork | undefined): UnitOfWork | undefined {
  for (let at = unit; at !== undefined; at = at.within) if (at.explicit) return at;
  return undefined;
}

/** Whether a call that failed may be made once more: after its instance was `'lost'`, on the `'same'` one, or `'no'`. */
export type Recovery = 'lost' | 'same' | 'no';

/** Says which instance new work goes to. */
export interface Gate {
  /** The instance to begin on right now, or `undefined` where the work has to wait. */
  open(): DatabaseInstance | undefined;
  /** Resolves to an instance when there is one, and rejects when waiting is over. */
  wait(): Promise<DatabaseInstance>;
  /**
   * Finds out what a failure on an instance means for a call that may be made again, and waits a little before the same
   * instance is used again. Rejects with the failure where nobody can find out.
   */
  recover(instance: DatabaseInstance, error: unknown, repetition: { attempt: number; firstAtMs: number | undefined }): Promise<Recovery>;
}
