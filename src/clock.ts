/** Time, injected where logic depends on it. Times are milliseconds of one clock that never goes back. */
export interface Clock {
  nowMs(): number;
  /** Calls back after `delayMs`. `holdsProcess` is false for what runs in the background. */
  setTimer(callback: () => void, delayMs: number, options: { holdsProcess: boolean }): Timer;
  /** A number from 0 up to, but not including, 1. */
  random(): number;
}

export interface Timer {
  cancel(): void;
}

/** The process's own time. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  random: Math.random,
  setTimer: (callback, delayMs, { holdsProcess }) => {
    const timeout = setTimeout(callback, delayMs);
    if (!holdsProcess) timeout.unref();
    return { cancel: () => clearTimeout(timeout) };
  },
};

/** So much may two readings of the same two clocks differ. */
const READING_MS = 100;

/**
 * When a clock stood at 0, in milliseconds since 1970. It answers the same until the machine's time is set, or it slept: then instants
 * that are told are those of the new time.
 */
export function wallClockOf(clock: Pick<Clock, 'nowMs'>, wallMs: () => number = Date.now): () => number {
  let startedAtMs = wallMs() - clock.nowMs();
  return () => {
    const readMs = wallMs() - clock.nowMs();
    if (Math.abs(readMs - startedAtMs) > READING_MS) startedAtMs = readMs;
    return startedAtMs;
  };
}
