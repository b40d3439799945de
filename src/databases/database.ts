import type { Sequelize } from 'sequelize';
import type { StoredCatalog } from '../dialect/catalog/catalog-store.js';
import type { Engine, Role } from '../words.js';
import type { DatabaseLock } from './database-lock.js';
import type { InFlight } from './in-flight.js';
import type { TransactionMark } from './transaction-mark.js';

/** What was noted of a transaction; `'lost'` where the connection ended first, `'refused'` where the server would not tell. */
export type MarkResult = TransactionMark | 'lost' | 'refused';

/** What an instance's connections do now. */
export interface PoolFigures {
  /** Open, and nobody's. */
  readonly idle: number;
  /** Lent to somebody. */
  readonly used: number;
  /** Being opened. */
  readonly connecting: number;
  /** Calls that wait for one. */
  readonly waiting: number;
}

/**
 * One activation of a database: an ordinary, private Sequelize instance with its own dialect and connections.
 *
 * It is built afresh for each activation, because an instance that was closed, or whose pool a black hole wedged, is dead
 * for good. Nothing outside `databases/` asks which engine it is.
 */
export interface DatabaseInstance {
  readonly role: Role;
  readonly engine: Engine;
  /** True where a statement may be done although its answer never comes: the database is at the other end of a network. */
  readonly losesAnswers: boolean;
  /** The private Sequelize. Its `dialect`, `connectionManager` and `options` answer for units of work on this instance. */
  readonly sequelize: Sequelize;
  /** The statements that were given to this instance and have no answer yet. */
  readonly inFlight: InFlight;
  /** The connections that are being opened, where opening one can hang. */
  readonly connects?: InFlight;
  /** The connections that units of work share; on SQLite the one that writes. */
  readonly pool: PoolFigures;
  /** Why this instance takes no more work, once it doesn't. */
  readonly lost: Error | undefined;
  /** Opens what must be open before the first unit of work. */
  open(): Promise<void>;
  /**
   * Notes what a transaction can be recognised by later, on its own connection, where the database can be asked afterwards.
   * Statements of a connection are sent in order: what is given to it afterwards was sent only if this was answered. Never rejects.
   */
  markTransaction?(connection: object): Promise<MarkResult>;
  /** Rejects where what is stored can't be used any more, which statements may not notice: a deleted file is still read. */
  check?(): Promise<void>;
  /** Resolves to how many row changes were written to this instance, where it counts them. */
  rowsWritten?(): Promise<number>;
  /** Why what is stored can't be used as it is and is to be set aside, where that is so. Known once it is open. */
  readonly outdated?: string | undefined;
  /** What the storage says of who made its tables; `undefined` where it is new. */
  madeBy?(): Promise<string | undefined>;
  /** Notes in the storage who made its tables. */
  noteMadeBy?(maker: string): Promise<void>;
  /** Resolves to what the storage says of its tables, where an emulation keeps that; else they are asked for in PostgreSQL's own catalogs. */
  catalog?(): Promise<StoredCatalog>;
  /** Opens a lock of this name that one process at a time can take, on a connection of its own. It is to be closed. */
  openLock(name: string): Promise<DatabaseLock>;
  /** Lets the next units of work begin with fresh sessions, where there are sessions that keep what was set in them. */
  renewSessions?(): void;
  /** Refuses new work from now on and ends what is in flight, so that every caller is answered. Idempotent. */
  abort(reason: Error): void;
  /** Waits for work in flight for at most `timeoutMs`, ends the rest and closes every connection. Idempotent. */
  close(timeoutMs: number): Promise<void>;
}

/** A database of the connection: it makes its instances. */
export interface Database {
  readonly role: Role;
  readonly engine: Engine;
  /** Whether what is stored ends with its instance. @default false */
  readonly isVolatile?: boolean;
  /** How many row changes were written to all its instances so far, where it counts them. */
  rowsWritten?(): number;
  /** Builds an instance that is not open yet. */
  createInstance(): DatabaseInstance;
  /**
   * Puts what is stored aside, so that the next instance begins empty, and says where it is kept. Only where the data is ours
   * to put aside: never on the primary. No instance may be open.
   */
  setAside?(): Promise<string>;
}
