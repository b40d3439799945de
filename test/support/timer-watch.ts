import { createHook } from 'node:async_hooks';

/** The timers made since `watchTimers` was called. */
export interface TimerWatch {
  /** Where each timer was made that still holds the event loop, e.g. `connect (/src/pool.ts:12:5)`. */
  running(): string[];
  stop(): void;
}

/** Watches all timers of the process, with the place where each is made. vitest's own and those of `waitFor` are left out. */
export function watchTimers(): TimerWatch {
  const timers = new Map<number, { timer: NodeJS.Timeout; stack: string }>();
  const hook = createHook({
    init(id, type, _trigger, resource) {
      if (type === 'Timeout') timers.set(id, { timer: resource as NodeJS.Timeout, stack: new Error().stack ?? '' });
    },
    destroy: (id) => void timers.delete(id),
  }).enable();
  return {
    // A timer that has fired or was cleared answers hasRef() with null before its destroy hook is called.
    running: () => [...timers.values()].filter(({ timer }) => timer.hasRef()).flatMap(({ stack }) => madeAt(stack)),
    stop: () => void hook.disable(),
  };
}

function madeAt(stack: string): string[] {
  const frames = stack
    .split('\n')
    .slice(1)
    .map((line) => line.trim().replace(/^at /, ''));
  const [first, second] = frames.filter((frame) => !/node:|<anonymous>\)|timer-watch\.ts/.test(frame));
  if (first === undefined || /node_modules\/(@vitest|vitest)\/|wait-for\.ts/.test(first)) return [];
  return [second === undefined ? first : `${first}, called by ${second}`];
}
