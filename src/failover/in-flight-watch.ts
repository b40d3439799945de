import type { Clock, Timer } from '../clock.js';

/**
 * Looks at the oldest unanswered statement: one timer for all of them, so that a statement costs nothing.
 *
 * Each time one has had no answer for `suspectAfterMs` it calls `suspect`, again after as long: a long query is no outage, and
 * the probe that is called clears it.
 */
export class InFlightWatch {
  #timer: Timer | undefined;
  #suspectedAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly clock: Clock,
    private readonly suspectAfterMs: number,
    private readonly oldestStartedAtMs: () => number | undefined,
    private readonly suspect: () => void,
  ) {}

  start(): void {
    this.stop();
    this.#timer = this.clock.setTimer(() => this.#look(), this.suspectAfterMs / 4, { holdsProcess: false });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #look(): void {
    const nowMs = this.clock.nowMs();
    const oldest = this.oldestStartedAtMs();
    this.start();
    if (oldest === undefined || nowMs - Math.max(oldest, this.#suspectedAtMs) < this.suspectAfterMs) return;
    this.#suspectedAtMs = nowMs;
    this.suspect();
  }
}
