import { lookup } from 'node:dns/promises';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from './statistics.js';

const PAUSE_MS = 2;

/**
 * Looks `localhost` up again and again while some work runs, and answers with how long each took, ascending, in milliseconds.
 *
 * A lookup needs one of libuv's four threads, so these times show whether the work leaves any free. One that is under way when
 * the work ends is counted with the time it has taken so far.
 */
export async function lookupTimesDuring(work: () => Promise<unknown>): Promise<number[]> {
  const timesMs: number[] = [];
  const over = new AbortController();
  let startedAtMs: number | undefined;
  const looking = (async () => {
    while (!over.signal.aborted) {
      startedAtMs = performance.now();
      await lookup('localhost');
      timesMs.push(performance.now() - startedAtMs);
      startedAtMs = undefined;
      await sleep(PAUSE_MS);
    }
  })();
  const worked = work().finally(() => over.abort());
  await Promise.race([worked, looking]);
  if (startedAtMs !== undefined) timesMs.push(performance.now() - startedAtMs);
  return [...timesMs].sort((a, b) => a - b);
}

/** `p50 0.2, p99 1.4, max 3.0 ms (n 812)` */
export function describeTimes(sortedMs: readonly number[]): string {
  const [p50, p99, max] = [0.5, 0.99, 1].map((share) => quantile(sortedMs, share).toFixed(1));
  return `p50 ${p50}, p99 ${p99}, max ${max} ms (n ${sortedMs.length})`;
}
