/** A lock that one process at a time has, for as long as it holds it. It ends with the process, however that ends. */
export interface DatabaseLock {
  /** Rejects where the lock may have been lost: its connection ended. */
  check(): Promise<void>;
  /** Gives it back. Never rejects. */
  release(): Promise<void>;
}

/** Tries to take the lock of this name once: `undefined` where another one has it. */
export type TryLock = (name: string) => Promise<DatabaseLock | undefined>;
