/** A statement that is on its way. */
export interface Ticket {
  readonly startedAtMs: number;
  before: Ticket | undefined;
  after: Ticket | undefined;
}

/** The statements that one database instance has not answered yet: a linked list, oldest first, because each statement passes here. */
export class InFlight {
  #oldest: Ticket | undefined;
  #newest: Ticket | undefined;
  #size = 0;
  #lastAnswerAtMs = Number.NEGATIVE_INFINITY;
  readonly #whenIdle: (() => void)[] = [];

  constructor(private readonly nowMs: () => number) {}

  get size(): number {
    return this.#size;
  }

  /** When the last statement was answered; `-Infinity` before the first. An error that the server sent is an answer too. */
  get lastAnswerAtMs(): number {
    return this.#lastAnswerAtMs;
  }

  /** When the oldest unanswered statement was given; `undefined` where there is none. */
  get oldestStartedAtMs(): number | undefined {
    return this.#oldest?.startedAtMs;
  }

  /** Notes that a statement is on its way; the ticket ends it, once. */
  begin(): Ticket {
    const ticket: Ticket = { startedAtMs: this.nowMs(), before: this.#newest, after: undefined };
    if (this.#newest === undefined) this.#oldest = ticket;
    else this.#newest.after = ticket;
    this.#newest = ticket;
    this.#size += 1;
    return ticket;
  }

  /** Notes that a statement is over; `answered` says whether the database said anything. */
  end(ticket: Ticket, answered: boolean): void {
    const { before, after } = ticket;
    if (before === undefined) this.#oldest = after;
    else before.after = after;
    if (after === undefined) this.#newest = before;
    else after.before = before;
    this.#size -= 1;
    if (answered) this.#lastAnswerAtMs = this.nowMs();
    if (this.#size === 0) for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  /** Resolves when every statement is over. */
  idle(): Promise<void> {
    return this.#size === 0 ? Promise.resolve() : new Promise((resolve) => this.#whenIdle.push(resolve));
  }
}
