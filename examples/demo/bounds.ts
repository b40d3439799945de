import { setTimeout as sleep } from 'node:timers/promises';
import { nowMs } from './narrator.js';

/** Far more than any step takes, so that only a step that does not happen runs into it. */
const BOUND_MS = 30_000;

/** Waits until the answer is no longer `undefined`. */
export async function until<T>(what: () => string, answer: () => T | undefined): Promise<T> {
  const deadlineMs = nowMs() + BOUND_MS;
  for (;;) {
    const value = answer();
    if (value !== undefined) return value;
    if (nowMs() > deadlineMs) throw notSeen(what());
    await sleep(10);
  }
}

/** Waits for work that must end within the bound. */
export async function inTime<T>(what: string, work: Promise<T>): Promise<T> {
  const settled = new AbortController();
  const late = sleep(BOUND_MS, undefined, { signal: settled.signal }).then(() => Promise.reject(notSeen(what)));
  try {
    return await Promise.race([work, late]);
  } finally {
    settled.abort();
    late.catch(() => undefined);
  }
}

/** Ends the demo where something is not as it was promised. */
export function expect(what: string, isTrue: boolean): void {
  if (!isTrue) throw new Error(`This was expected, and it is not so: ${what}.`);
}

const notSeen = (what: string): Error => new Error(`This did not happen within ${BOUND_MS / 1000} s: ${what}.`);
