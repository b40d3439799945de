import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds that pass under vitest's fake timers too, which replace the methods of `performance` and `Date` later on. */
export const realNow = performance.now.bind(performance);

/** How long to wait, and for what. */
export interface WaitOptions {
  /** @default 10000 */
  timeoutMs?: number;
  /** Completes the sentence "waited 10000 ms for ...". */
  what: string;
}

/**
 * Asks every 10 ms until the answer is truthy, and resolves to that answer.
 *
 * A predicate that throws or rejects counts as "not yet"; its last error becomes the `cause` when time runs out.
 */
export async function waitFor<T>(predicate: () => T | Promise<T>, options: WaitOptions): Promise<NonNullable<T>> {
  const { timeoutMs = 10_000, what } = options;
  const deadline = realNow() + timeoutMs;
  let lastError: unknown;
  do {
    try {
      const answer = await predicate();
      if (answer) return answer;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    await sleep(10);
  } while (realNow() < deadline);
  throw new Error(`waited ${timeoutMs} ms for ${what}`, lastError === undefined ? undefined : { cause: lastError });
}
