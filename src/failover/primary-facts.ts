/** What is known of the primary from probes. Times are the clock's. */
export interface PrimaryFacts {
  reachable: boolean | null;
  lastProbeAtMs: number | null;
  lastProbeMs: number | null;
  /** Failed probes since the last good one. */
  consecutiveFailures: number;
  /** The models' tables that it lacked when it was to be made ready. */
  missingTables: readonly string[];
}

/** Before the first probe. */
export const nothingKnown = (): PrimaryFacts => ({
  reachable: null,
  lastProbeAtMs: null,
  lastProbeMs: null,
  consecutiveFailures: 0,
  missingTables: [],
});
