import { setTimeout as sleep } from 'node:timers/promises';

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
  const deadline = Date.now() + timeoutMs;
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
  } while (Date.now() < deadline);
  throw new Error(`waited ${timeoutMs} ms for ${what}`, lastError === undefined ? undefined : { cause: lastError });
}
