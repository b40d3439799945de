import type { Distribution } from '../health/distribution.js';
import type { Snapshot } from '../health/snapshot.js';
import type { FailureKind, State } from '../index.js';

/** One line of a metric. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Spread {
  readonly labels: Readonly<Record<string, string>>;
  readonly distribution: Distribution;
}

interface Described {
  /** Without the prefix. */
  readonly name: string;
  readonly help: string;
  /** Beside `service`, which all have. */
  readonly labels: readonly string[];
}

/** A gauge or a counter. */
export interface NumberFamily extends Described {
  readonly type: 'gauge' | 'counter';
  /** How the workers of a cluster are put together. */
  readonly aggregator: 'sum' | 'max' | 'min' | 'first';
  readonly read: (snapshot: Snapshot) => readonly Sample[];
}

export interface HistogramFamily extends Described {
  readonly type: 'histogram';
  readonly read: (snapshot: Snapshot) => readonly Spread[];
}

export type Family = NumberFamily | HistogramFamily;

const STATES: readonly State['name'][] = ['connecting', 'primary', 'fallback', 'unavailable', 'closed'];

/** What keeps PostgreSQL from answering as it should while it stays active (`degradedBy` of src/failover/state.ts). */
const DEGRADED_BY: readonly FailureKind[] = [
  'server-down',
  'black-hole',
  'starting-up',
  'not-primary',
  'authentication',
  'password-unavailable',
  'tls',
  'missing-database',
  'too-many-connections',
];

const one = (value: number): readonly Sample[] => [{ labels: {}, value }];

const by = (label: string, values: Readonly<Record<string, number>>): readonly Sample[] =>
  Object.entries(values).map(([key, value]) => ({ labels: { [label]: key }, value }));

/** Every metric there is. Dashboards and alert rules rely on the names. */
export const FAMILIES: readonly Family[] = [
  {
    type: 'gauge',
    name: 'database_fallback_active',
    help: '1 while the SQLite fallback is active, else 0, also while no database is (see database_state)',
    labels: [],
    aggregator: 'max',
    read: ({ status }) => one(status.fallback ? 1 : 0),
  },
  {
    type: 'gauge',
    name: 'database_state',
    help: '1 for the state that the connection is in, 0 for the others',
    labels: ['state'],
    aggregator: 'sum',
    read: ({ status }) => STATES.map((state) => ({ labels: { state }, value: status.state === state ? 1 : 0 })),
  },
  {
    type: 'gauge',
    name: 'database_primary_reachable',
    help: '1 if the last probe of PostgreSQL passed, else 0, also before the first one',
    labels: [],
    aggregator: 'min',
    read: ({ status }) => one(status.primary.reachable === true ? 1 : 0),
  },
  {
    type: 'gauge',
    name: 'database_primary_degraded',
    help: '1 for the reason why PostgreSQL, which is active, does not answer as it should (not-primary: it is read-only), 0 for the others',
    labels: ['reason'],
    aggregator: 'sum',
    read: ({ status: { state, reason: why } }) =>
      DEGRADED_BY.map((reason) => ({ labels: { reason }, value: state === 'primary' && reason === why ? 1 : 0 })),
  },
  {
    type: 'gauge',
    name: 'database_last_probe_timestamp_seconds',
    help: 'When the last probe of PostgreSQL ended, in seconds since 1970; 0 before the first one',
    labels: [],
    aggregator: 'min',
    read: ({ status }) => one((status.primary.lastProbeAt?.getTime() ?? 0) / 1000),
  },
  {
    type: 'gauge',
    name: 'database_info',
    help: 'Always 1; tells the version of sequelize-resilient, the SQLite driver (none before it was needed) and the environment (NODE_ENV)',
    labels: ['version', 'driver', 'environment'],
    aggregator: 'first',
    read: ({ version, environment, status }) => [{ labels: { version, driver: status.driver ?? 'none', environment }, value: 1 }],
  },
  {
    type: 'gauge',
    name: 'database_pool_connections',
    help: 'Connections of the active database by what they do; on SQLite the one that writes',
    labels: ['state'],
    aggregator: 'sum',
    read: ({ pool: { idle, used, connecting } }) => by('state', { idle, used, connecting }),
  },
  {
    type: 'gauge',
    name: 'database_pool_waiting',
    help: 'Calls that wait for a connection of the active database',
    labels: [],
    aggregator: 'sum',
    read: ({ pool }) => one(pool.waiting),
  },
  {
    type: 'gauge',
    name: 'database_queued_calls',
    help: 'Calls that wait for a database to become active',
    labels: [],
    aggregator: 'sum',
    read: ({ status }) => one(status.queued),
  },
  {
    type: 'gauge',
    name: 'database_fallback_unmerged_rows',
    help: 'Row changes that this process wrote to the SQLite fallback and that are not in PostgreSQL',
    labels: [],
    aggregator: 'sum',
    read: ({ unmergedRows }) => one(unmergedRows),
  },
  {
    type: 'counter',
    name: 'database_switches_total',
    help: 'Changes of the active database (postgres, sqlite or none) by reason; recovered for a way back',
    labels: ['from', 'to', 'reason'],
    aggregator: 'sum',
    read: ({ totals }) => totals.switches.map(({ from, to, reason, count }) => ({ labels: { from, to, reason }, value: count })),
  },
  {
    type: 'counter',
    name: 'database_retry_attempts_total',
    help: 'Failed attempts to reach PostgreSQL',
    labels: [],
    aggregator: 'sum',
    read: ({ totals }) => one(totals.failedAttempts),
  },
  {
    type: 'counter',
    name: 'database_inflight_outcomes_total',
    help: 'Reads, writes and transactions that were in flight when their database was lost, by what became of them',
    labels: ['outcome'],
    aggregator: 'sum',
    read: ({ totals }) => by('outcome', totals.outcomes),
  },
  {
    type: 'counter',
    name: 'database_fallback_seconds_total',
    help: 'The time on the SQLite fallback in seconds, the current stay included',
    labels: [],
    aggregator: 'sum',
    read: ({ totals }) => one(totals.fallbackSeconds),
  },
  {
    type: 'histogram',
    name: 'database_probe_duration_seconds',
    help: 'How long probes of PostgreSQL took, by result',
    labels: ['result'],
    read: ({ totals: { probes } }) =>
      (['passed', 'failed'] as const).map((result) => ({ labels: { result }, distribution: probes[result] })),
  },
  {
    type: 'histogram',
    name: 'database_outage_duration_seconds',
    help: 'How long PostgreSQL was away, each time it was active again; switches by hand are no outage',
    labels: [],
    read: ({ totals }) => [{ labels: {}, distribution: totals.outages }],
  },
];
