import type { PrimaryFacts } from '../failover/primary-facts.js';
import type { State } from '../failover/state.js';
import type { Engine, Reason } from '../words.js';

/** What a connection says of itself. Plain data without secrets: it can be sent as JSON. */
export interface Status {
  /** True while a database is active. */
  readonly connected: boolean;
  /** The active database's engine; null while `connecting` or `unavailable`. */
  readonly dialect: Engine | null;
  /** True while the SQLite fallback is active. */
  readonly fallback: boolean;
  readonly serviceName: string;
  /** Failed attempts to reach the primary since it last answered. */
  readonly retryAttempts: number;
  readonly state: State['name'];
  /** When the state was entered. */
  readonly since: Date;
  /** Counts activations; 0 before the first. */
  readonly epoch: number;
  /** Why the state is what it is; null where there is nothing to say. */
  readonly reason: Reason | null;
  /** A sentence for people; null where all is well. */
  readonly warning: string | null;
  /** The SQLite driver in use, or null before it was loaded. */
  readonly driver: string | null;
  readonly primary: {
    /** What the last probe said; null before the first. */
    readonly reachable: boolean | null;
    readonly lastProbeAt: Date | null;
    /** How long the last probe took, in milliseconds. */
    readonly lastProbeMs: number | null;
    readonly consecutiveFailures: number;
  };
  /** Statements without an answer yet. */
  readonly inFlight: number;
  /** Calls that wait for a database. */
  readonly queued: number;
}

export interface StatusFacts {
  readonly serviceName: string;
  readonly state: State;
  readonly primary: PrimaryFacts;
  readonly driver: string | null;
  readonly inFlight: number;
  readonly queued: number;
  /** What was decided at the start and stays true, e.g. a fallback that was allowed in a test. */
  readonly standingWarning: string | null;
  /** The instant at which the clock stood at 0. */
  readonly clockStartedAtMs: number;
}

/** Says in one sentence for people what is not as it should be. */
export const FALLBACK_WARNING = 'Running in fallback mode - PostgreSQL unavailable';

/** Puts the facts together. */
export function statusOf(facts: StatusFacts): Status {
  const { state, primary } = facts;
  const at = (ms: number): Date => new Date(Math.round(facts.clockStartedAtMs + ms));
  return {
    connected: state.name === 'primary' || state.name === 'fallback',
    dialect: engineOf(state),
    fallback: state.name === 'fallback',
    serviceName: facts.serviceName,
    retryAttempts: primary.consecutiveFailures,
    state: state.name,
    since: at(state.sinceMs),
    epoch: state.epoch,
    reason: reasonOf(state),
    warning: warningOf(facts),
    driver: facts.driver,
    primary: {
      reachable: primary.reachable,
      lastProbeAt: primary.lastProbeAtMs === null ? null : at(primary.lastProbeAtMs),
      lastProbeMs: primary.lastProbeMs === null ? null : Math.round(primary.lastProbeMs * 10) / 10,
      consecutiveFailures: primary.consecutiveFailures,
    },
    inFlight: facts.inFlight,
    queued: facts.queued,
  };
}

function engineOf(state: State): Engine | null {
  if (state.name === 'primary') return 'postgres';
  return state.name === 'fallback' ? 'sqlite' : null;
}

function reasonOf(state: State): Reason | null {
  if (state.name === 'primary') return state.degradedBy ?? null;
  return 'reason' in state ? (state.reason ?? null) : null;
}

function warningOf({ state, primary: { missingTables }, standingWarning }: StatusFacts): string | null {
  const warnings = [
    state.name === 'fallback' ? FALLBACK_WARNING : null,
    state.name === 'fallback' && state.held ? 'SQLite is held by hand until reconnect()' : null,
    state.name === 'fallback' && missingTables.length > 0 ? `PostgreSQL is back but lacks ${missingTables.join(', ')}` : null,
    state.name === 'unavailable' ? 'No database is available' : null,
    state.name === 'primary' && state.degradedBy !== undefined ? `PostgreSQL is degraded: ${state.degradedBy}` : null,
    standingWarning,
  ].filter((warning) => warning !== null);
  return warnings.length === 0 ? null : warnings.join('; ');
}
