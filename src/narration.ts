import { withoutValues } from './dialect/examiner.js';
import { textOf } from './error-text.js';
import type { ResilientEvents } from './events.js';
import type { State } from './failover/state.js';
import type { Log } from './log.js';
import { type HostAddress, shownHost } from './options/primary-hosts.js';
import type { ResolvedConfig } from './options/resolve-config.js';
import { type ParityFinding, whereOf } from './parity/finding.js';
import type { FailureKind, Reason, Role } from './words.js';

/** After the first, a probe that keeps failing is worth a line a minute. */
const STILL_FAILING_MS = 60_000;

/** Says in log lines what the supervisor does. */
export class Narration {
  constructor(
    private readonly log: Log,
    private readonly config: ResolvedConfig,
  ) {}

  starting(): void {
    const { fallback, primary } = this.config;
    const where = primary.hosts.map(shownHost).join(', ');
    const allowed = fallback.allowed ? 'allowed' : 'not allowed';
    this.log.line('info', 'starting', `Connecting to PostgreSQL at ${where}; the SQLite fallback is ${allowed} (${fallback.decidedBy})`);
    if (fallback.warning !== null) this.log.line('warn', 'fallback-warning', fallback.warning);
  }

  attemptFailed(error: Error, failure: FailureKind, nextInMs: number | undefined): void {
    const next = nextInMs === undefined ? '' : `; next attempt in ${nextInMs} ms`;
    this.log.line('warn', `attempt:${failure}`, `PostgreSQL could not be reached (${failure}): ${textOf(error)}${next}`);
  }

  probeFailed(error: Error, failure: FailureKind, consecutive: number, state: State): void {
    if (state.name === 'connecting') return;
    if (consecutive === 1) this.log.forget('probe-failed');
    this.log.line(
      'warn',
      'probe-failed',
      `PostgreSQL health check failed (${failure}, ${consecutive} in a row): ${textOf(error)}`,
      STILL_FAILING_MS,
    );
  }

  onFallback(reason: Reason): void {
    this.log.line('warn', 'fallback', '⚠️  Using SQLite fallback - Limited features', 0);
    this.log.line('warn', 'fallback:production', 'Production deployment requires PostgreSQL', 0);
    this.log.line(
      'warn',
      'fallback:where',
      `Data is not synchronized with PostgreSQL; it is kept in ${this.config.fallback.storage} (reason: ${reason})`,
      0,
    );
  }

  /** Where there are several. */
  usesHost(address: HostAddress): void {
    this.log.line('info', `host:${shownHost(address)}`, `PostgreSQL at ${shownHost(address)} is used`, STILL_FAILING_MS);
  }

  strangeHost(error: Error): void {
    this.log.line('error', `strange:${error.message}`, error.message, STILL_FAILING_MS);
  }

  onPrimary(): void {
    this.log.line('info', 'primary', '✓ Connected to PostgreSQL', 0);
  }

  degraded(kind: FailureKind): void {
    this.log.line('warn', `degraded:${kind}`, `PostgreSQL is degraded (${kind}): it stays active, and some calls may fail`);
  }

  recovering(): void {
    this.log.line('info', 'recovering', '✓ PostgreSQL recovered! Switching from SQLite...', 0);
  }

  recovered(): void {
    this.log.line('info', 'recovered', 'Full PostgreSQL functionality restored', 0);
  }

  rowsKept(rows: number): void {
    const where = this.config.fallback.storage;
    if (rows === 0) return;
    this.log.line(
      'warn',
      'rows-kept',
      `${rows} row changes were written to SQLite meanwhile; they are kept in ${where}, not copied to PostgreSQL`,
      0,
    );
  }

  unavailable(reason: Reason, error: unknown): void {
    this.log.line('error', `unavailable:${reason}`, `No database is available (${reason}): ${textOf(error)}`);
  }

  primaryNotReady(error: unknown, isOnFallback: boolean): void {
    this.log.line(
      'error',
      'primary-not-ready',
      `PostgreSQL answers but can't be used yet: ${textOf(error)}${isOnFallback ? '. Staying on SQLite' : ''}`,
      STILL_FAILING_MS,
    );
  }

  fallbackFailed(error: unknown): void {
    this.log.line('error', 'fallback-failed', `The SQLite fallback can't be used: ${textOf(error)}`);
  }

  modelsNotReady(error: unknown): void {
    this.log.line('error', 'models', `Tables of newly defined models could not be made: ${textOf(error)}`);
  }

  setAside(where: string, why: string): void {
    this.log.line(
      'warn',
      'set-aside',
      `The SQLite file could not be used: ${why}. It was set aside as ${where}, and a new one was made`,
      0,
    );
  }

  parity(finding: ParityFinding): void {
    const { feature, workaround, foundIn, statement } = finding;
    const where = whereOf(finding);
    const said = statement === null ? '' : ` In: ${statement}`;
    this.log.line(
      'warn',
      `parity:${foundIn}:${where ?? ''}:${feature}`,
      `${feature} is not available on the SQLite fallback${where === undefined ? '' : ` (${where})`}. ${workaround}${said}`,
    );
  }

  migrationsBegin(database: Role, direction: 'up' | 'down', count: number): void {
    const what = count === 1 ? '1 migration' : `${count} migrations`;
    this.log.line('info', `migrations:${database}`, `Running ${what} (${direction}) on the ${database}`, 0);
  }

  migrationsImpossible(error: unknown): void {
    this.log.line('error', 'migrations-impossible', textOf(error), 0);
  }

  migrationsWait(database: Role): void {
    this.log.line('info', `migrations-wait:${database}`, `Another process migrates the ${database}: waiting for it`, STILL_FAILING_MS);
  }

  migrationGoesOn(database: Role, name: string, forMs: number): void {
    const seconds = Math.round(forMs / 1000);
    this.log.line(
      'info',
      `migration-goes-on:${database}:${name}`,
      `Migration ${name} (${database}) is still running after ${seconds} s`,
      0,
    );
  }

  migration({ database, name, direction, status, position, count, durationMs }: ResilientEvents['migration']): void {
    if (status === 'started') return;
    const level = status === 'failed' ? 'error' : 'info';
    const how = status === 'failed' ? 'failed after' : 'done in';
    this.log.line(
      level,
      `migration:${database}:${name}`,
      `Migration ${name} (${direction}, ${database}) ${how} ${durationMs} ms (${position} of ${count})`,
      0,
    );
  }

  leftOut(database: Role, migration: string, statement: string, reason: string): void {
    this.log.line(
      'warn',
      `left-out:${database}:${migration}:${statement}`,
      `Migration ${migration}: a statement was left out on the ${database}: ${reason}. ${withoutValues(statement).replace(/\s+/g, ' ').trim()}`,
      0,
    );
  }

  classifyThrew(error: unknown): void {
    this.log.line('error', 'classify', `classify() threw, so the library's own verdict holds: ${textOf(error)}`);
  }

  listenerThrew(event: string, error: unknown): void {
    this.log.line('error', `listener:${event}`, `A listener of '${event}' threw: ${textOf(error)}`);
  }
}
