/** A lock that one process at a time has. It ends with the process, however that ends. */
export interface DatabaseLock {
  /** Takes it where nobody else has it, and says whether it has. Never waits. */
  tryTake(): Promise<boolean>;
  /** Rejects where it may have been lost since it was taken: its connection ended. */
  check(): Promise<void>;
  /** Gives it back, where it was taken, and closes what it was held by. Never rejects. */
  close(): Promise<void>;
}
