import type { Clock } from '../clock.js';
import type { Database, DatabaseInstance, PoolFigures } from '../databases/database.js';
import { textOf } from '../error-text.js';
import type { Events } from '../events.js';
import type { PrimaryFacts } from '../failover/primary-facts.js';
import type { State } from '../failover/state.js';
import type { ResolvedConfig } from '../options/resolve-config.js';
import { VERSION } from '../version.js';
import type { Status } from './report.js';
import { type TotalFigures, Totals } from './totals.js';

/** What metrics are made of, at one instant. Plain numbers that are known already: no database is asked. */
export interface Snapshot {
  readonly status: Status;
  readonly totals: TotalFigures;
  /** The active database's; all 0 where none is. */
  readonly pool: PoolFigures;
  /** Row changes that were written to the fallback by this process and are not in PostgreSQL. */
  readonly unmergedRows: number;
  readonly version: string;
  /** `NODE_ENV`, or what stands for it. */
  readonly environment: string;
}

/** Where `sequelize-resilient/metrics`, another entry of the package, reads a connection. */
export interface SnapshotSource {
  snapshot(): Snapshot;
  /** Writes a warning to the connection's log. */
  warn(text: string): void;
  readonly isClosed: boolean;
  /** Calls back when the connection is closed, unless the function that is returned was called before. */
  whenClosed(callback: () => void): () => void;
}

interface Parts {
  readonly config: Pick<ResolvedConfig, 'environment' | 'fallback'>;
  readonly status: () => Status;
  readonly events: Events;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly supervisor: { readonly state: State; readonly facts: PrimaryFacts };
  readonly activations: { readonly active: DatabaseInstance | undefined };
  readonly fallback: Database | undefined;
  readonly warn: (text: string) => void;
}

const NO_POOL: PoolFigures = Object.freeze({ idle: 0, used: 0, connecting: 0, waiting: 0 });

/** The snapshots of one connection. What they count is counted from the beginning, whenever somebody asks for it first. */
export class Snapshots implements SnapshotSource {
  readonly #parts: Parts;
  readonly #totals: Totals;
  readonly #closing = new Set<{ readonly callback: () => void }>();
  #isClosed = false;

  constructor(parts: Parts) {
    const { config, clock, supervisor, events } = parts;
    this.#parts = parts;
    this.#totals = new Totals({
      fallbackAllowed: config.fallback.allowed,
      nowMs: () => clock.nowMs(),
      state: () => supervisor.state,
      primary: supervisor.facts,
    });
    events.witnessedBy((event, payload) => {
      this.#totals.note(event, payload);
      if (event === 'closed') this.#closed();
    });
  }

  snapshot(): Snapshot {
    const { activations, config, fallback, status } = this.#parts;
    return {
      status: status(),
      totals: this.#totals.figures(),
      pool: activations.active?.pool ?? NO_POOL,
      unmergedRows: fallback?.rowsWritten?.() ?? 0,
      version: VERSION,
      environment: config.environment,
    };
  }

  warn(text: string): void {
    this.#parts.warn(text);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  whenClosed(callback: () => void): () => void {
    const waiting = { callback };
    this.#closing.add(waiting);
    return () => void this.#closing.delete(waiting);
  }

  #closed(): void {
    this.#isClosed = true;
    for (const { callback } of this.#closing) {
      try {
        callback();
      } catch (error) {
        // A program's own registry must not keep a connection from being closed.
        this.warn(`The metrics could not be removed from their registry: ${textOf(error)}`);
      }
    }
    this.#closing.clear();
  }
}
