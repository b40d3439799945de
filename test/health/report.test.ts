import { describe, expect, it } from 'vitest';
import { nothingKnown, type PrimaryFacts } from '../../src/failover/primary-facts.js';
import type { State } from '../../src/failover/state.js';
import { FALLBACK_WARNING, statusOf, type StatusFacts } from '../../src/health/report.js';

const CLOCK_STARTED_AT_MS = Date.UTC(2027, 0, 1);
const since = { sinceMs: 1_000, epoch: 3, failoversAtMs: [] };

const STATES = {
  connecting: { name: 'connecting', ...since, epoch: 0, attempts: 0 },
  'connecting after a failure': { name: 'connecting', ...since, epoch: 0, attempts: 1, reason: 'tls', preparing: 'fallback' },
  primary: { name: 'primary', ...since, failures: 0 },
  'primary, degraded': { name: 'primary', ...since, failures: 1, firstFailureAtMs: 900, degradedBy: 'too-many-connections' },
  fallback: { name: 'fallback', ...since, reason: 'black-hole', goodProbes: 1, held: false },
  unavailable: { name: 'unavailable', ...since, reason: 'fallback-failed', lostBy: 'server-down', held: false },
  closed: { name: 'closed', ...since },
} as const satisfies Record<string, State>;

const PRIMARY: PrimaryFacts = { ...nothingKnown(), reachable: true, lastProbeAtMs: 2_500, lastProbeMs: 3.14159 };

function factsOf(state: State, changed: Partial<StatusFacts> = {}): StatusFacts {
  return {
    serviceName: 'shop',
    state,
    primary: PRIMARY,
    driver: null,
    inFlight: 0,
    queued: 0,
    standingWarning: null,
    clockStartedAtMs: CLOCK_STARTED_AT_MS,
    ...changed,
  };
}

describe('a status', () => {
  it.each([
    ['connecting', 'connecting', false, null, false, null, null],
    ['connecting after a failure', 'connecting', false, null, false, 'tls', null],
    ['primary', 'primary', true, 'postgres', false, null, null],
    ['primary, degraded', 'primary', true, 'postgres', false, 'too-many-connections', 'PostgreSQL is degraded: too-many-connections'],
    ['fallback', 'fallback', true, 'sqlite', true, 'black-hole', FALLBACK_WARNING],
    ['unavailable', 'unavailable', false, null, false, 'fallback-failed', 'No database is available'],
    ['closed', 'closed', false, null, false, null, null],
  ] as const)('of %s', (name, state, connected, dialect, fallback, reason, warning) => {
    expect(statusOf(factsOf(STATES[name]))).toMatchObject({ state, connected, dialect, fallback, reason, warning });
  });

  it('has all facts, with the clock turned into dates', () => {
    const primary = { ...PRIMARY, reachable: false, lastProbeAtMs: 2_500.4, lastProbeMs: 500.26, consecutiveFailures: 2 };
    const changed = { primary, driver: 'sqlite3', inFlight: 4, queued: 5 };
    expect(statusOf(factsOf(STATES.fallback, changed))).toStrictEqual({
      connected: true,
      dialect: 'sqlite',
      fallback: true,
      serviceName: 'shop',
      retryAttempts: 2,
      state: 'fallback',
      since: new Date('2027-01-01T00:00:01.000Z'),
      epoch: 3,
      reason: 'black-hole',
      warning: 'Running in fallback mode - PostgreSQL unavailable',
      driver: 'sqlite3',
      primary: { reachable: false, lastProbeAt: new Date('2027-01-01T00:00:02.500Z'), lastProbeMs: 500.3, consecutiveFailures: 2 },
      inFlight: 4,
      queued: 5,
    });
  });

  it('knows nothing of the primary before the first probe', () => {
    expect(statusOf(factsOf(STATES.connecting, { primary: nothingKnown() })).primary).toStrictEqual({
      reachable: null,
      lastProbeAt: null,
      lastProbeMs: null,
      consecutiveFailures: 0,
    });
  });

  it('survives JSON', () => {
    const status = statusOf(factsOf(STATES.fallback));
    expect(JSON.parse(JSON.stringify(status))).toMatchObject({ since: '2027-01-01T00:00:01.000Z', dialect: 'sqlite' });
  });
});

describe('the warning', () => {
  const primary = { ...PRIMARY, missingTables: ['"users"', '"orders"'] };

  it('names the tables that keep a service on the fallback', () => {
    expect(statusOf(factsOf(STATES.fallback, { primary })).warning).toBe(
      `${FALLBACK_WARNING}; PostgreSQL is back but lacks "users", "orders"`,
    );
  });

  it('says that somebody holds it', () => {
    const held: State = { name: 'fallback', sinceMs: 0, epoch: 2, failoversAtMs: [], reason: 'manual', goodProbes: 0, held: true };
    expect(statusOf(factsOf(held)).warning).toBe(`${FALLBACK_WARNING}; SQLite is held by hand until reconnect()`);
  });

  it.each(['primary', 'unavailable', 'connecting'] as const)('does not name them in state %s', (name) => {
    expect(statusOf(factsOf(STATES[name], { primary })).warning ?? '').not.toContain('users');
  });

  it('keeps what was decided at the start, in every state', () => {
    const standingWarning = 'The fallback is allowed in a test';
    const warnings = Object.values(STATES).map((state) => statusOf(factsOf(state, { standingWarning })).warning);
    expect(warnings).toEqual([
      standingWarning,
      standingWarning,
      standingWarning,
      `PostgreSQL is degraded: too-many-connections; ${standingWarning}`,
      `${FALLBACK_WARNING}; ${standingWarning}`,
      `No database is available; ${standingWarning}`,
      standingWarning,
    ]);
  });
});
