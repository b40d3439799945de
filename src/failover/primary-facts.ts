/** What is known of the primary from probes. Times are the clock's. */
export interface PrimaryFacts {
  reachable: boolean | null;
  lastProbeAtMs: number | null;
  lastProbeMs: number | null;
  /** Failed probes since the last good one. */
  consecutiveFailures: number;
}
