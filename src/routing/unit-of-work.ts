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
  /** The unit that this one runs in. */
  readonly within: UnitOfWork | undefined;
  /** True while the library does work of its own in it. */
  quiet: boolean;
  /** True once a statement was given to the instance. */
  sent: boolean;
  /** True once one was given that is more than a read. */
  wrote: boolean;
  /** True once the outermost call settled. What still runs in its async context then opens units of its own. */
  ended: boolean;
}

/** What a unit is opened for. */
export interface Terms {
  readonly explicit?: boolean;
  readonly hostsProgram?: boolean;
}

export const NO_TERMS: Terms = {};

/** Says which instance new work goes to. */
export interface Gate {
  /** The instance to begin on right now, or `undefined` where the work has to wait. */
  open(): DatabaseInstance | undefined;
  /** Resolves to an instance when there is one, and rejects when waiting is over. */
  wait(): Promise<DatabaseInstance>;
  /** Resolves to whether an instance is lost, now that work on it failed with this error. */
  isLost(instance: DatabaseInstance, error: unknown): Promise<boolean>;
}

export const newUnit = (
  instance: DatabaseInstance,
  { explicit = false, hostsProgram = false }: Terms = NO_TERMS,
  within?: UnitOfWork,
): UnitOfWork => ({
  instance,
  explicit,
  hostsProgram,
  within,
  quiet: within?.quiet ?? false,
  sent: false,
  wrote: false,
  ended: false,
});
