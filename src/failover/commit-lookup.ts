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
  /** Asks the primary once. */
  readonly ask: (mark: TransactionMark, deadlineMs: number) => Promise<TransactionLookup>;
  /** Ends the connection that was asked on. */
  readonly drop: () => void;
}

/** Finds out what became of transactions whose COMMIT had no reply: asks the server as soon as it is back, for at most `maxWait`. */
export class CommitLookup {
  #open = 0;
  #stopped = false;
  readonly #whenIdle: (() => void)[] = [];

  constructor(private readonly parts: Parts) {}

  /** Resolves to what the server says, and to `'unknown'` where it can't say it in time. Never rejects. */
  async outcomeOf(mark: TransactionMark): Promise<Outcome> {
    this.#open += 1;
    try {
      return await this.#askUntilKnown(mark);
    } finally {
      this.#open -= 1;
      if (this.#open === 0) this.#allDone();
    }
  }

  /** Resolves when nothing is being looked up. */
  idle(): Promise<void> {
    return this.#open === 0 ? Promise.resolve() : new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  /** Answers everybody with what is known, which is nothing. */
  stop(): void {
    this.#stopped = true;
    this.parts.drop();
  }

  async #askUntilKnown(mark: TransactionMark): Promise<Outcome> {
    const { clock, maxWaitMs } = this.parts;
    const endsAtMs = clock.nowMs() + maxWaitMs;
    for (;;) {
      const leftMs = endsAtMs - clock.nowMs();
      if (leftMs <= 0 || this.#stopped) return 'unknown';
      const outcome = await this.#ask(mark, Math.min(leftMs, ASK_DEADLINE_MS));
      if (outcome !== undefined) return outcome;
      await this.#pause();
    }
  }

  /** `undefined` where the server can't be reached or doesn't know it yet. */
  async #ask(mark: TransactionMark, deadlineMs: number): Promise<Outcome | undefined> {
    try {
      return judgeTransaction(mark, await this.parts.ask(mark, deadlineMs));
    } catch {
      return undefined;
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => this.parts.clock.setTimer(resolve, ASK_AGAIN_MS, { holdsProcess: true }));
  }

  #allDone(): void {
    this.parts.drop();
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }
}
