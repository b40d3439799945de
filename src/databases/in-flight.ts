/** The statements that one database instance has not answered yet, oldest first. */
export class InFlight {
  readonly #startedAtMs = new Map<number, number>();
  readonly #whenIdle: (() => void)[] = [];
  #lastTicket = 0;
  #lastAnswerAtMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly nowMs: () => number) {}

  get size(): number {
    return this.#startedAtMs.size;
  }

  /** When the last statement was answered; `-Infinity` before the first. An error that the server sent is an answer too. */
  get lastAnswerAtMs(): number {
    return this.#lastAnswerAtMs;
  }

  /** When the oldest unanswered statement was given; `undefined` where there is none. */
  get oldestStartedAtMs(): number | undefined {
    // A Map keeps the order of insertion, so the first entry is the oldest.
    for (const startedAtMs of this.#startedAtMs.values()) return startedAtMs;
    return undefined;
  }

  /** Notes that a statement is on its way; the ticket ends it. */
  begin(): number {
    const ticket = ++this.#lastTicket;
    this.#startedAtMs.set(ticket, this.nowMs());
    return ticket;
  }

  /** Notes that a statement is over; `answered` says whether the database said anything. */
  end(ticket: number, answered: boolean): void {
    this.#startedAtMs.delete(ticket);
    if (answered) this.#lastAnswerAtMs = this.nowMs();
    if (this.#startedAtMs.size > 0) return;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  /** Resolves when every statement is over. */
  idle(): Promise<void> {
    return this.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#whenIdle.push(resolve));
  }
}
