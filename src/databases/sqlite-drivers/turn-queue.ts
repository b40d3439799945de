/** Gives callers their turns one after the other, in the order of asking. Written without promises: each statement passes here. */
export class TurnQueue {
  readonly #waiting: (() => void)[] = [];
  #isTaken = false;

  /** Calls `work` when it is its turn, which lasts until `end`. */
  take(work: () => void): void {
    if (this.#isTaken) {
      this.#waiting.push(work);
      return;
    }
    this.#isTaken = true;
    work();
  }

  end(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#isTaken = false;
    else next();
  }
}
