import type { Sequelize } from 'sequelize';
import type { EventName, Events, Listener, ResilientEvents } from './events.js';
import type { Supervisor } from './failover/supervisor.js';
import type { SchemaReport, SchemaReportOptions } from './drift/schema-report.js';
import type { Migrator } from './migrator/migrator.js';
import type { MigrationsOptions } from './options.js';
import type { ParityReport } from './parity/finding.js';
import type { Status } from './health/report.js';
import type { SnapshotSource } from './health/snapshot.js';

/** What the composition root hands to the handle. */
export interface HandleParts {
  readonly sequelize: Sequelize;
  readonly supervisor: Supervisor;
  readonly events: Events;
  readonly status: () => Status;
  readonly parityReport: () => ParityReport;
  readonly schemaReport: (options?: SchemaReportOptions) => Promise<SchemaReport>;
  readonly migrator: (options: MigrationsOptions) => Migrator;
  readonly snapshots: SnapshotSource;
  /** Runs a function as one unit of work. */
  readonly unit: <T>(fn: () => Promise<T>) => Promise<T>;
}

/** Also for a connection of another copy of the package (an ES module beside a CommonJS one). */
const MIGRATOR = Symbol.for('sequelize-resilient.migrator');
const SNAPSHOTS = Symbol.for('sequelize-resilient.snapshots');

/** `close()` waits for work in flight for this long unless told otherwise. */
export const DEFAULT_CLOSE_TIMEOUT_MS = 5_000;

/** One handle over two databases: its `sequelize` stays valid for the life of the process. */
export class ConnectionHandle {
  readonly #parts: HandleParts;
  /** Settles as `createResilientConnection` would: with this connection, or with why it could not start. Never unhandled by itself. */
  readonly ready: Promise<this>;

  constructor(parts: HandleParts) {
    this.#parts = parts;
    this.ready = parts.supervisor.ready.then(() => this);
    this.ready.catch(() => undefined);
  }

  /** The one Sequelize object. Work that is given to it before a database is active waits. */
  get sequelize(): Sequelize {
    return this.#parts.sequelize;
  }

  /** The one Sequelize object, as `sequelize`. */
  getSequelize(): Sequelize {
    return this.#parts.sequelize;
  }

  /** What is known now, without asking a database. */
  getStatus(): Status {
    return this.#parts.status();
  }

  /**
   * What the fallback could not do for this program, as far as it is known: see the option `parity`.
   *
   * What waits to be examined is examined first, which takes a fraction of a millisecond each.
   */
  parityReport(): ParityReport {
    return this.#parts.parityReport();
  }

  /**
   * Compares both databases with the models and, where those say nothing, with each other: tables, columns, types, nullability, defaults,
   * indexes and keys. It only reads.
   *
   * A database that can't be read is said to be so in the report. To the one that is not active a connection is opened for it.
   */
  schemaReport(options?: SchemaReportOptions): Promise<SchemaReport> {
    return this.#parts.schemaReport(options);
  }

  /** For `createMigrator` of `sequelize-resilient/migrations`, which is another entry of the package. */
  [MIGRATOR](options: MigrationsOptions): Migrator {
    return this.#parts.migrator(options);
  }

  /** For `registerMetrics` of `sequelize-resilient/metrics`, which is another entry of the package. */
  get [SNAPSHOTS](): SnapshotSource {
    return this.#parts.snapshots;
  }

  /**
   * Runs `fn` as one unit of work, so that all its calls go to one database. It is never run again by the library.
   *
   * @throws DatabaseUnavailableError where no database is active within `maxWait`
   */
  unit<T>(fn: () => T | Promise<T>): Promise<T> {
    return this.#parts.unit(async () => fn());
  }

  /**
   * Probes the primary now and goes over to it if that is good, without threshold and dwell; releases a held `failover()`.
   *
   * Resolves to the status when that is decided, also where the primary is down.
   * @throws ConnectionClosedError after `close()`
   */
  async reconnect(): Promise<Status> {
    await this.#parts.supervisor.reconnect();
    return this.getStatus();
  }

  /**
   * Goes over to the fallback by hand; with `hold` until `reconnect()`, else until the primary passes its probes.
   *
   * @throws DatabaseUnavailableError where no fallback is allowed or the primary is not active
   * @throws ConnectionClosedError after `close()`
   */
  async failover(reason: string, options: { hold?: boolean } = {}): Promise<Status> {
    await this.#parts.supervisor.failover(reason, options);
    return this.getStatus();
  }

  /** Closes everything. Waits for work in flight for at most `timeout` milliseconds (default 5000), also where PostgreSQL is frozen. */
  async close({ timeout = DEFAULT_CLOSE_TIMEOUT_MS }: { timeout?: number } = {}): Promise<void> {
    await this.#parts.supervisor.close(timeout);
  }

  /** Adds a listener. One of `connected` is told the current activation once, in a microtask. */
  on<K extends EventName>(event: K, listener: Listener<K>): this {
    this.#parts.events.on(event, listener, this.#replay(event));
    return this;
  }

  /** Adds a listener for the next event only. */
  once<K extends EventName>(event: K, listener: Listener<K>): this {
    this.#parts.events.on(event, listener, { once: true, ...this.#replay(event) });
    return this;
  }

  /** Removes a listener, or all listeners of an event. */
  off<K extends EventName>(event: K, listener?: Listener<K>): this {
    this.#parts.events.off(event, listener);
    return this;
  }

  #replay<K extends EventName>(event: K): { replay?: ResilientEvents[K] } {
    const { connected, dialect, fallback, epoch } = this.getStatus();
    if (event !== 'connected' || !connected || dialect === null) return {};
    return { replay: { dialect, fallback, epoch } as ResilientEvents[K] };
  }
}
