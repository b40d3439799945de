import type { Clock, Timer } from '../../src/clock.js';

interface PendingTimer {
  readonly dueAtMs: number;
  readonly holdsProcess: boolean;
  readonly callback: () => void;
}

/** Lets everything run that waits for promises only. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Time that passes only when a test says so, and random numbers that a test chooses. */
export class FakeClock implements Clock {
  readonly #timers = new Set<PendingTimer>();
  readonly #startedAtMs: number;
  readonly #randoms: number[] = [];
  #nowMs: number;
  /** What `random` gives when no number was handed to `nextRandoms`. In the middle, a jittered delay is the delay itself. */
  usualRandom = 0.5;

  /** Starts late, so that a duration which forgets to subtract its start is seen. */
  constructor(startsAtMs = 100_000) {
    this.#startedAtMs = this.#nowMs = startsAtMs;
  }

  /** Milliseconds since this clock was made. */
  get elapsedMs(): number {
    return this.#nowMs - this.#startedAtMs;
  }

  /** How long the timers that are set have to go, the earliest first. */
  get timersMs(): number[] {
    return this.#pending().map(({ dueAtMs }) => dueAtMs - this.#nowMs);
  }

  /** The same of the timers that hold the process. */
  get holdingTimersMs(): number[] {
    return this.#pending().flatMap(({ dueAtMs, holdsProcess }) => (holdsProcess ? [dueAtMs - this.#nowMs] : []));
  }

  nextRandoms(...numbers: number[]): void {
    this.#randoms.push(...numbers);
  }

  nowMs(): number {
    return this.#nowMs;
  }

  random(): number {
    return this.#randoms.shift() ?? this.usualRandom;
  }

  setTimer(callback: () => void, delayMs: number, { holdsProcess }: { holdsProcess: boolean }): Timer {
    const timer = { callback, holdsProcess, dueAtMs: this.#nowMs + delayMs };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  /** Lets time pass. Each timer fires at its own moment, and what it began runs before the next one fires. */
  async advance(byMs: number): Promise<void> {
    const endMs = this.#nowMs + byMs;
    await settled();
    for (let [next] = this.#pending(); next !== undefined && next.dueAtMs <= endMs; [next] = this.#pending()) {
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.dueAtMs);
      next.callback();
      await settled();
    }
    this.#nowMs = endMs;
  }

  #pending(): PendingTimer[] {
    return [...this.#timers].sort((one, other) => one.dueAtMs - other.dueAtMs);
  }
}
