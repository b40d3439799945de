import type { Clock } from '../clock.js';
import type { DatabaseInstance } from '../databases/database.js';

interface Waiter {
  readonly resolve: (instance: DatabaseInstance) => void;
  readonly reject: (error: Error) => void;
}

/** Calls that wait for a database to become active, in the order they came. */
export class WaitingRoom {
  readonly #waiters = new Set<Waiter>();

  constructor(private readonly clock: Clock) {}

  get size(): number {
    return this.#waiters.size;
  }

  /** Waits for `admit`, for at most `maxWaitMs` (`undefined`: for as long as it takes); then rejects with what `tooLate` makes. */
  wait(maxWaitMs: number | undefined, tooLate: () => Error): Promise<DatabaseInstance> {
    return new Promise<DatabaseInstance>((resolve, reject) => {
      const timer =
        maxWaitMs === undefined
          ? undefined
          : // A caller waits for this answer: the process must not end before it.
            this.clock.setTimer(() => settle(() => reject(tooLate())), maxWaitMs, { holdsProcess: true });
      const settle = (answer: () => void): void => {
        this.#waiters.delete(waiter);
        timer?.cancel();
        answer();
      };
      const waiter: Waiter = {
        resolve: (instance) => settle(() => resolve(instance)),
        reject: (error) => settle(() => reject(error)),
      };
      this.#waiters.add(waiter);
    });
  }

  /** Lets everyone go on, on this instance. */
  admit(instance: DatabaseInstance): void {
    for (const waiter of [...this.#waiters]) waiter.resolve(instance);
  }

  /** Turns everyone away. */
  refuse(error: () => Error): void {
    for (const waiter of [...this.#waiters]) waiter.reject(error());
  }
}
