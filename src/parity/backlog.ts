/** So long is looked at the backlog at a time, and so long is then left to the program. */
const SLICE_MS = 4;
const PAUSE_MS = 40;

type Job = () => void;

/** Small jobs for when the program has time. Its timer keeps no process alive, and no job fails. */
export class Backlog {
  readonly #jobs: Job[] = [];
  #isWaiting = false;

  constructor(private readonly isOver: () => boolean) {}

  add(job: Job): void {
    this.#jobs.push(job);
    this.#wait();
  }

  addOnce(job: Job): void {
    if (!this.#jobs.includes(job)) this.add(job);
  }

  /** Before all others. */
  addFirst(job: Job): void {
    this.#jobs.unshift(job);
    this.#wait();
  }

  /** Does all that is waiting now. */
  finish(): void {
    while (this.#jobs.length > 0) this.#next();
  }

  #next(): void {
    try {
      this.#jobs.shift()?.();
    } catch {
      // A defect of ours in a job that the program did not ask for: it must not end the program.
    }
  }

  #wait(): void {
    if (this.#isWaiting || this.#jobs.length === 0) return;
    this.#isWaiting = true;
    setTimeout(() => this.#slice(), PAUSE_MS).unref();
  }

  #slice(): void {
    this.#isWaiting = false;
    if (this.isOver()) this.#jobs.splice(0);
    const endMs = performance.now() + SLICE_MS;
    while (this.#jobs.length > 0 && performance.now() < endMs) this.#next();
    this.#wait();
  }
}
