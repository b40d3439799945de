import { exitCodeOf, type StopSignal } from './exit-codes.js';

const SIGNALS: readonly StopSignal[] = ['SIGINT', 'SIGTERM'];

/** Waits for SIGINT and SIGTERM in place of ending the process; a second one ends it at once. */
export interface StopWatch {
  /** Settles at the first one. */
  readonly signalled: Promise<StopSignal>;
  /** Signals do again what they did before. */
  release(): void;
}

export function watchStopSignals(): StopWatch {
  let settle: (signal: StopSignal) => void = () => undefined;
  const signalled = new Promise<StopSignal>((resolve) => (settle = resolve));
  let isSecond = false;
  const hear = (signal: StopSignal): void => {
    if (isSecond) process.exit(exitCodeOf(signal));
    isSecond = true;
    settle(signal);
  };
  for (const signal of SIGNALS) process.on(signal, hear);
  return { signalled, release: () => SIGNALS.forEach((signal) => process.off(signal, hear)) };
}
