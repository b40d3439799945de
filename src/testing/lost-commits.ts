import type { LostCommitMode } from './outage-controller.js';

/** One COMMIT that was sent and is to be lost. */
export interface CommitClaim {
  readonly mode: LostCommitMode;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** How many COMMITs are still to be lost: one count for all connections through a proxy. */
export class LostCommits {
  #left = 0;
  #lost = 0;
  #mode: LostCommitMode = 'after-commit';
  readonly #claims = new Set<CommitClaim>();
  #waiters: Waiter[] = [];
  #unseen: Error | undefined;

  /** How many were lost since the start. */
  get lost(): number {
    return this.#lost;
  }

  arm(count: number, mode: LostCommitMode): void {
    this.#claims.clear();
    this.#left = count;
    this.#mode = mode;
    this.#unseen = undefined;
  }

  /** Loses none any more, also none that were claimed; whoever waits for one gets the error. */
  disarm(error: Error): void {
    this.#claims.clear();
    this.#left = 0;
    this.#reject(error);
  }

  /** Claims the loss of a COMMIT that was just sent, where one is left. */
  claim(): CommitClaim | undefined {
    if (this.#left === 0) return undefined;
    const claim: CommitClaim = { mode: this.#mode };
    this.#left -= 1;
    this.#claims.add(claim);
    return claim;
  }

  /** Returns a claim whose COMMIT did not become one. */
  giveBack(claim: CommitClaim): void {
    if (this.#claims.delete(claim)) this.#left += 1;
  }

  /** Counts a claimed COMMIT as lost, or answers false where the fault was ended meanwhile. */
  lose(claim: CommitClaim): boolean {
    if (!this.#claims.delete(claim)) return false;
    this.#lost += 1;
    if (!this.#pending) for (const { resolve } of this.#waiters.splice(0)) resolve();
    return true;
  }

  /** Hears of a connection whose COMMITs can't be seen. */
  noteUnseen(error: Error): void {
    if (!this.#pending) return;
    this.#unseen = error;
    this.#reject(error);
  }

  /** Resolves when none is left to be lost. */
  untilAllLost(): Promise<void> {
    if (!this.#pending) return Promise.resolve();
    if (this.#unseen !== undefined) return Promise.reject(this.#unseen);
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
    });
  }

  get #pending(): boolean {
    return this.#left + this.#claims.size > 0;
  }

  #reject(error: Error): void {
    for (const { reject } of this.#waiters.splice(0)) reject(error);
  }
}
