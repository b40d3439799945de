import type { Call } from './outages-calls.js';

const LONG_MS = 5_000;

/** When what happened, on the clock of `performance.now`. */
export interface Moments {
  readonly faultBeganMs: number;
  /** When the fault had taken hold: who calls later meets it. */
  readonly faultDoneMs: number;
  /** Undefined where nothing was repaired; else when the repair began and was done. */
  readonly repair: { readonly beganMs: number; readonly doneMs: number } | undefined;
  readonly endMs: number;
}

/** What one side did in one outage; times in milliseconds, undefined for what did not happen. */
export interface Figures {
  readonly noticedMs: number | undefined;
  readonly firstGoodMs: number | undefined;
  readonly callsMade: number;
  readonly failed: number;
  readonly errors: readonly string[];
  /** Calls that took more than 5 s, those included that had no answer at the end. */
  readonly long: number;
  readonly backMs: number | undefined;
  /** How long was looked for `noticedMs` and `firstGoodMs`. */
  readonly boundMs: number;
}

/** @param lostAtMs when the library told the loss; where it is undefined the first failed call counts as notice */
export function figuresOf(calls: readonly Call[], moments: Moments, lostAtMs: number | 'first error' | undefined): Figures {
  const { faultBeganMs, faultDoneMs, endMs } = moments;
  const met = calls.filter(({ endedMs = endMs }) => endedMs >= faultBeganMs);
  const failed = met.filter(({ error }) => error !== undefined);
  const good = met.filter(({ endedMs, error }) => endedMs !== undefined && error === undefined);
  const noticedAtMs = lostAtMs === 'first error' ? earliest(failed) : lostAtMs;
  const firstGoodAtMs = earliest(good.filter(({ startedMs }) => startedMs >= faultDoneMs));
  return {
    noticedMs: since(faultBeganMs, noticedAtMs),
    firstGoodMs: since(faultBeganMs, firstGoodAtMs),
    ...{ callsMade: met.length, failed: failed.length, errors: failed.map(({ error = '' }) => error) },
    long: met.filter(({ startedMs, endedMs = endMs }) => endedMs - startedMs > LONG_MS).length,
    backMs: backMs(good, moments),
    boundMs: endMs - faultBeganMs,
  };
}

/** From the end of the repair until PostgreSQL answered a read; 0 for an answer that came while it was going on. */
export function backMs(calls: readonly Call[], { repair }: Pick<Moments, 'repair'>): number | undefined {
  if (repair === undefined) return undefined;
  const back = calls.filter(({ fromPostgres, endedMs = 0 }) => fromPostgres === true && endedMs >= repair.beganMs);
  const backAtMs = earliest(back);
  return backAtMs === undefined ? undefined : Math.max(0, backAtMs - repair.doneMs);
}

const since = (beganMs: number, atMs: number | undefined): number | undefined => (atMs === undefined ? undefined : atMs - beganMs);

function earliest(calls: readonly Call[]): number | undefined {
  const ends = calls.flatMap(({ endedMs }) => (endedMs === undefined ? [] : [endedMs]));
  return ends.length === 0 ? undefined : Math.min(...ends);
}
