import { textOf } from './error-text.js';
import type { ActivationFacts } from './failover/supervisor-parts.js';
import type { State } from './failover/state.js';
import type { LogEvent } from './log-events.js';
import type { Log } from './log.js';
import { MigrationNarration } from './migration-narration.js';
import { type HostAddress, shownHost } from './options/primary-hosts.js';
import type { ResolvedConfig } from './options/resolve-config.js';
import { type ParityFinding, whereOf } from './parity/finding.js';
import type { FailureKind, Reason } from './words.js';

/** Of a text that a program gives. */
const LONGEST_CAUSE = 200;

/** The first failed probe of a healthy primary is news each time. */
const FIRST_FAILURE_MS = 1_000;

/** Says in log lines what the supervisor does, and what migrations do. */
export class Narration extends MigrationNarration {
  readonly #log: Log;

  constructor(
    log: Log,
    private readonly config: ResolvedConfig,
  ) {
    super(log);
    this.#log = log;
  }

  starting(): void {
    const { fallback, primary } = this.config;
    const { decidedBy, warning, allowed: fallbackAllowed } = fallback;
    const hosts = primary.hosts.map(shownHost).join(', ');
    const text = `Connecting to PostgreSQL at ${hosts}; the SQLite fallback is ${fallbackAllowed ? 'allowed' : 'not allowed'} (${decidedBy})`;
    this.say('starting', text, { hosts, fallbackAllowed, decidedBy });
    if (warning !== null) this.say('fallback-warning', warning);
  }

  attemptFailed(error: Error, failure: FailureKind, nextInMs: number | undefined, attempt: number): void {
    const next = nextInMs === undefined ? '' : `; next attempt in ${nextInMs} ms`;
    this.say(
      'attempt-failed',
      `PostgreSQL could not be reached (${failure}): ${textOf(error)}${next}`,
      { failure, error: textOf(error), attempt, delayMs: nextInMs },
      { about: failure },
    );
  }

  probeFailed(error: Error, failure: FailureKind, consecutive: number, state: State): void {
    if (state.name === 'connecting') return;
    const isNews = consecutive === 1 && state.name === 'primary';
    this.say(
      'probe-failed',
      `PostgreSQL health check failed (${failure}, ${consecutive} in a row): ${textOf(error)}`,
      { failure, error: textOf(error), consecutive, state: state.name },
      { about: failure, ...(isNews ? { quietMs: FIRST_FAILURE_MS } : {}) },
    );
  }

  /** @param why the program's own words; from JavaScript it may be anything, and what is logged must not keep it from switching */
  failoverRequested(why: unknown, hold: boolean): void {
    const given = why === undefined || why === null ? 'no reason given' : textOf(why);
    const cause = given.replaceAll(/\s+/g, ' ').trim().slice(0, LONGEST_CAUSE);
    const until = hold ? ', until reconnect()' : '';
    this.say('failover-requested', `Going over to SQLite by hand${until}: ${cause}`, { cause, hold });
  }

  onFallback(reason: Reason, facts: ActivationFacts): void {
    const { storage } = this.config.fallback;
    this.#log.forget('fallback-failed');
    this.say('fallback-active', '⚠️  Using SQLite fallback - Limited features', { reason, ...facts });
    this.say('fallback-production', 'Production deployment requires PostgreSQL');
    const text = `Data is not synchronized with PostgreSQL; it is kept in ${storage} (reason: ${reason})`;
    this.say('fallback-storage', text, { storage, reason });
  }

  /** Where there are several. */
  usesHost(address: HostAddress): void {
    const host = shownHost(address);
    this.say('host-used', `PostgreSQL at ${host} is used`, { host }, { about: host });
  }

  strangeHost(error: Error): void {
    this.say('host-strange', error.message, { error: error.message }, { about: error.message });
  }

  onPrimary(facts: ActivationFacts): void {
    this.say('primary-active', '✓ Connected to PostgreSQL', { ...facts });
    this.#settled();
  }

  degraded(failure: FailureKind): void {
    const text = `PostgreSQL is degraded (${failure}): it stays active, and some calls may fail`;
    this.say('degraded', text, { failure }, { about: failure });
  }

  /** Its caller is told so too, but may not write it down. */
  commitUnknown(transactionId: string | undefined): void {
    const look =
      transactionId === undefined ? 'look whether its rows are there' : `ask PostgreSQL: SELECT pg_xact_status('${transactionId}')`;
    // An id never comes again, so there is nothing to leave out.
    const terms = transactionId === undefined ? {} : { quietMs: 0 };
    this.say('commit-unknown', `It is not known whether a COMMIT was done; ${look}`, { transactionId }, terms);
  }

  recovering(): void {
    this.say('recovering', '✓ PostgreSQL recovered! Switching from SQLite...');
  }

  recovered(facts: ActivationFacts): void {
    this.say('recovered', 'Full PostgreSQL functionality restored', { ...facts });
    this.#settled();
  }

  rowsKept(rows: number): void {
    const { storage } = this.config.fallback;
    if (rows === 0) return;
    const [what, kept] = rows === 1 ? ['row change was', 'it is'] : ['row changes were', 'they are'];
    const text = `${rows} ${what} written to SQLite meanwhile; ${kept} kept in ${storage}, not copied to PostgreSQL`;
    this.say('rows-kept', text, { rows, storage });
  }

  unavailable(reason: Reason, error: unknown): void {
    const text = `No database is available (${reason}): ${textOf(error)}`;
    this.say('unavailable', text, { reason, error: textOf(error) }, { about: reason });
  }

  primaryNotReady(error: unknown, isOnFallback: boolean): void {
    const text = `PostgreSQL answers but can't be used yet: ${textOf(error)}${isOnFallback ? '. Staying on SQLite' : ''}`;
    this.say('primary-not-ready', text, { error: textOf(error), onFallback: isOnFallback });
  }

  fallbackFailed(error: unknown): void {
    this.say('fallback-failed', `The SQLite fallback can't be used: ${textOf(error)}`, { error: textOf(error) });
  }

  modelsNotReady(error: unknown): void {
    this.say('models-not-ready', `Tables of newly defined models could not be made: ${textOf(error)}`, { error: textOf(error) });
  }

  setAside(where: string, why: string): void {
    const text = `The SQLite file could not be used: ${why}. It was set aside as ${where}, and a new one was made`;
    this.say('fallback-set-aside', text, { file: where, error: why });
  }

  parity(finding: ParityFinding): void {
    const { feature, workaround, foundIn, statement, model, attribute } = finding;
    const where = whereOf(finding);
    const said = statement === null ? '' : ` In: ${statement}`;
    this.say(
      'parity',
      `${feature} is not available on the SQLite fallback${where === undefined ? '' : ` (${where})`}. ${workaround}${said}`,
      { feature, foundIn, model, attribute, workaround, statement },
      { about: `${foundIn}:${where ?? ''}:${feature}` },
    );
  }

  classifyThrew(error: unknown): void {
    this.say('classify-threw', `classify() threw, so the library's own verdict holds: ${textOf(error)}`, { error: textOf(error) });
  }

  listenerThrew(listener: string, error: unknown): void {
    this.say(
      'listener-threw',
      `A listener of '${listener}' threw: ${textOf(error)}`,
      { listener, error: textOf(error) },
      { about: listener },
    );
  }

  metrics(warning: string): void {
    this.say('metrics', warning);
  }

  /** The last word. */
  closed(): void {
    this.#log.tellLeftOut();
  }

  /** What failed before is over: if it fails again, that is news. */
  #settled(): void {
    for (const event of ['fallback-failed', 'primary-not-ready'] satisfies LogEvent[]) this.#log.forget(event);
    this.#log.tellLeftOut();
  }
}
