import type { Outcome, Role } from './words.js';

interface ErrorData {
  readonly cause?: unknown;
}

/**
 * The base of every error that this library makes.
 *
 * `code` is stable and can be compared instead of `instanceof` (two copies of a package in one process have two classes).
 */
export class ResilienceError extends Error {
  /** A stable name in capitals, e.g. `'DATABASE_UNAVAILABLE'`. */
  readonly code: string;

  constructor(code: string, message: string, data: ErrorData = {}) {
    super(message, data.cause === undefined ? undefined : { cause: data.cause });
    this.name = new.target.name;
    this.code = code;
  }
}

/** A configuration that can't be used: `option` names it, `rule` says what it must be. */
export class ConfigurationError extends ResilienceError {
  readonly option: string;
  readonly rule: string;

  constructor(option: string, rule: string, received?: string) {
    super('CONFIGURATION', `${option}: ${rule}${received === undefined ? '' : `; received ${received}`}`);
    this.option = option;
    this.rule = rule;
  }
}

/** PostgreSQL could not be reached at the start, and no fallback is allowed. `cause` is the last attempt's error. */
export class PrimaryUnavailableError extends ResilienceError {
  /** How many attempts were made. */
  readonly attempts: number;

  constructor(message: string, data: ErrorData & { attempts: number }) {
    super('PRIMARY_UNAVAILABLE', message, data);
    this.attempts = data.attempts;
  }
}

/** No database is active. Nothing was sent: the call can be made again after `retryAfterMs`. */
export class DatabaseUnavailableError extends ResilienceError {
  readonly outcome: Outcome = 'not-sent';
  /** After how many milliseconds another try makes sense. */
  readonly retryAfterMs: number;

  constructor(message: string, data: ErrorData & { retryAfterMs: number }) {
    super('DATABASE_UNAVAILABLE', message, data);
    this.retryAfterMs = data.retryAfterMs;
  }
}

/** The database of this transaction was lost or left before its COMMIT was sent: nothing of it is stored. */
export class TransactionLostError extends ResilienceError {
  readonly outcome: Outcome = 'rolled-back';
  readonly transactionId: string;

  constructor(message: string, data: ErrorData & { transactionId: string }) {
    super('TRANSACTION_LOST', message, data);
    this.transactionId = data.transactionId;
  }
}

/** A statement was sent and its answer never came: it may have been done or not. */
export class OutcomeUnknownError extends ResilienceError {
  readonly outcome: Outcome = 'unknown';
  readonly transactionId: string | undefined;

  constructor(message: string, data: ErrorData & { transactionId?: string } = {}) {
    super('OUTCOME_UNKNOWN', message, data);
    this.transactionId = data.transactionId;
  }
}

/** The database that a `connection.unit(fn)` began on was lost or left before it ended. */
export class UnitLostError extends ResilienceError {
  readonly outcome: Outcome;

  constructor(message: string, data: ErrorData & { outcome: Outcome }) {
    super('UNIT_LOST', message, data);
    this.outcome = data.outcome;
  }
}

/** A row that was read from one database was about to be used on the other, where its id may be a stranger's. */
export class StaleRowError extends ResilienceError {
  /** The model's name. */
  readonly model: string;
  /** The role of the database that the row came from. */
  readonly origin: Role;
  /** The role of the database that the call would have used. */
  readonly active: Role;

  constructor(data: { model: string; operation: string; origin: Role; active: Role }) {
    super(
      'STALE_ROW',
      `${data.model}.${data.operation}: this row came from the ${data.origin} database, and the ${data.active} is active now. ` +
        'The two are not synchronized, so its id may belong to another row there. Read the row again, then repeat the call.',
    );
    this.model = data.model;
    this.origin = data.origin;
    this.active = data.active;
  }
}

/** Something that PostgreSQL can do and the fallback can't. */
export class UnsupportedOnFallbackError extends ResilienceError {
  readonly feature: string;
  /** What to do instead, as a sentence. */
  readonly workaround: string;

  /** `where` says whose it is, where that is known: `'model Order, attribute total'`. */
  constructor(feature: string, workaround: string, where?: string) {
    super(
      'UNSUPPORTED_ON_FALLBACK',
      `${feature} is not available on the SQLite fallback${where === undefined ? '' : ` (${where})`}. ${workaround}`,
    );
    this.feature = feature;
    this.workaround = workaround;
  }
}

/** A migration failed. It is not recorded as run; `cause` is its error. */
export class MigrationFailedError extends ResilienceError {
  readonly migration: string;
  readonly database: Role;
  readonly direction: 'up' | 'down';
  /** Whether the database could be told that it failed. Where it could not, the migration counts as interrupted. */
  readonly failureRecorded: boolean;

  constructor(
    message: string,
    data: ErrorData & { migration: string; database: Role; direction: 'up' | 'down'; failureRecorded: boolean },
  ) {
    super('MIGRATION_FAILED', message, data);
    this.failureRecorded = data.failureRecorded;
    this.migration = data.migration;
    this.database = data.database;
    this.direction = data.direction;
  }
}

/**
 * A migration was begun and neither ended nor failed: its process was killed, or its database was lost. Nobody knows how much of it is
 * done, so that nothing is migrated until somebody has looked and said.
 */
export class MigrationInterruptedError extends ResilienceError {
  readonly migration: string;
  readonly database: Role;
  readonly direction: 'up' | 'down';
  readonly startedAt: Date;

  constructor(message: string, data: { migration: string; database: Role; direction: 'up' | 'down'; startedAt: Date }) {
    super('MIGRATION_INTERRUPTED', message);
    this.migration = data.migration;
    this.database = data.database;
    this.direction = data.direction;
    this.startedAt = data.startedAt;
  }
}

/** The connection was closed with `close()`. */
export class ConnectionClosedError extends ResilienceError {
  constructor(serviceName: string) {
    super('CONNECTION_CLOSED', `The connection of ${serviceName} is closed. Make a new one with createResilientConnection().`);
  }
}

/** The SQLite driver can't be loaded. `remedy` is the command that mends it. */
export class SQLiteDriverError extends ResilienceError {
  readonly driver: string;
  readonly remedy: string;

  constructor(driver: string, reason: string, remedy: string, data: ErrorData = {}) {
    super('SQLITE_DRIVER', `The SQLite driver ${driver} can't be used: ${reason}. To mend it: ${remedy}`, data);
    this.driver = driver;
    this.remedy = remedy;
  }
}
