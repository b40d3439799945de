/** A time in which PostgreSQL did not answer everybody, measured from outside the service; milliseconds since the run began. */
export interface Outage {
  readonly startedMs: number;
  readonly endedMs: number;
}

/**
 * How long the outage was that a call met, next to `maxWait`: `border` is less than a probe's interval shorter, so that the service
 * may only hear of the return when the wait is over. A call that met none counts as `short`: nothing excuses its failure.
 */
export type OutageClass = 'short' | 'border' | 'long';

/** Outages that follow each other closer than this are one to a service that needs a probe to see the end of the first. */
const APART_MS = 1_500;
/** While the primary is lost it is probed every second, with jitter. */
const PROBE_INTERVAL_MS = 1_200;

/** Joins outages that are one to the service. */
export function joined(outages: readonly Outage[]): Outage[] {
  const result: Outage[] = [];
  for (const outage of [...outages].sort((one, other) => one.startedMs - other.startedMs)) {
    const last = result.at(-1);
    if (last !== undefined && outage.startedMs - last.endedMs < APART_MS) {
      result[result.length - 1] = { startedMs: last.startedMs, endedMs: Math.max(last.endedMs, outage.endedMs) };
    } else result.push(outage);
  }
  return result;
}

/** The worst class of the outages that a time span met; one that was over less than a probe's interval before counts as met. */
export function outageClass(outages: readonly Outage[], span: Outage, maxWaitMs: number): OutageClass {
  const met = outages.filter(({ startedMs, endedMs }) => startedMs <= span.endedMs && endedMs + PROBE_INTERVAL_MS >= span.startedMs);
  const longestMs = Math.max(0, ...met.map(({ startedMs, endedMs }) => endedMs - startedMs));
  if (longestMs >= maxWaitMs) return 'long';
  return longestMs >= maxWaitMs - PROBE_INTERVAL_MS ? 'border' : 'short';
}
