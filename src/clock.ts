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
