import type { Clock } from '../clock.js';
import { judgeTransaction, type TransactionLookup, type TransactionMark } from '../databases/transaction-mark.js';
import type { Outcome } from '../words.js';

/** Between two questions to a server that is away or still at it. */
const ASK_AGAIN_MS = 100;
/** One question, its connection included, takes no longer. */
const ASK_DEADLINE_MS = 1_000;

interface Parts {
  readonly clock: Clock;
  readonly maxWaitMs: number;
  /** Asks the primary once what became of some transactions, in their order. */
  readonly ask: (marks: readonly TransactionMark[], deadlineMs: number) => Promise<TransactionLookup[]>;
  /** Ends the connection that was asked on. */
  readonly drop: () => void;
}

/**
 * Finds out what became of transactions whose COMMIT had no reply: asks the server as soon as it is back, for at most `maxWait`
 * each, and for all of them at once.
 */
export class CommitLookup {
  readonly #open = new Map<TransactionMark, (outcome: Outcome) => void>();
  #isAsking = false;
  #isStopped = false;
  readonly #whenIdle: (() => void)[] = [];

  constructor(private readonly parts: Parts) {}

  /** Resolves to what the server says, and to `'unknown'` where it can't say it in time. Never rejects. */
  outcomeOf(mark: TransactionMark): Promise<Outcome> {
    if (this.#isStopped) return Promise.resolve('unknown');
    const { clock, maxWaitMs } = this.parts;
    return new Promise<Outcome>((resolve) => {
      const timer = clock.setTimer(() => this.#settle(mark, 'unknown'), maxWaitMs, { holdsProcess: true });
      this.#open.set(mark, (outcome) => {
        timer.cancel();
        resolve(outcome);
      });
      if (!this.#isAsking) void this.#askUntilKnown();
    });
  }

  /** Resolves when nothing is being looked up. */
  idle(): Promise<void> {
    return this.#open.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  /** Answers everybody with what is known, which is nothing. */
  stop(): void {
    this.#isStopped = true;
    for (const mark of [...this.#open.keys()]) this.#settle(mark, 'unknown');
  }

  async #askUntilKnown(): Promise<void> {
    this.#isAsking = true;
    await this.#ask();
    while (this.#open.size > 0) {
      await this.#pause();
      await this.#ask();
    }
    this.#isAsking = false;
  }

  /** A server that can't be reached is asked again. */
  async #ask(): Promise<void> {
    const marks = [...this.#open.keys()];
    if (marks.length === 0) return;
    try {
      const found = await this.parts.ask(marks, ASK_DEADLINE_MS);
      for (const [index, mark] of marks.entries()) {
        const lookup = found[index];
        const outcome = lookup === undefined ? undefined : judgeTransaction(mark, lookup);
        if (outcome !== undefined) this.#settle(mark, outcome);
      }
    } catch {
      // Nothing was learnt.
    }
  }

  #settle(mark: TransactionMark, outcome: Outcome): void {
    this.#open.get(mark)?.(outcome);
    this.#open.delete(mark);
    if (this.#open.size > 0) return;
    this.parts.drop();
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => this.parts.clock.setTimer(resolve, ASK_AGAIN_MS, { holdsProcess: false }));
  }
}
