/** The PostgreSQL server that a proxy leads to. */
export interface OutageTarget {
  /** A host's name or address, or the directory of a unix socket, e.g. `/run/postgresql`. */
  readonly host: string;
  /** The port; for a unix socket the number at the end of its name (`.s.PGSQL.5432`). */
  readonly port: number;
}

/** Which half of the doubt a lost COMMIT leaves: the client sees the same in both. */
export type LostCommitMode = 'after-commit' | 'before-commit';

export interface LostCommitOptions {
  /** How many COMMITs are lost, on whichever connections they come. @default 1 */
  readonly count?: number;
  /**
   * `'after-commit'`: PostgreSQL has carried it out, and the reply is lost. `'before-commit'`: it never reaches PostgreSQL, which
   * rolls the transaction back. @default 'after-commit'
   */
  readonly mode?: LostCommitMode;
}

export interface RestoreOptions {
  /** Whether black-holed connections go on, with all bytes that were held back, instead of being cut. @default false */
  readonly keepSockets?: boolean;
}

/**
 * A TCP proxy before a PostgreSQL server that fails the way servers and networks do.
 *
 * A fault holds as soon as its method is called; the promise resolves when it is complete. Faults can be combined, and `restore()`
 * ends them all. Nothing here keeps the process alive. Every method rejects with a `TypeError` where an argument can't be used, and
 * with an `Error` after `close()`.
 */
export interface OutageController extends AsyncDisposable {
  /** What the service connects to: `127.0.0.1`. */
  readonly host: string;
  /** What the service connects to; it stays the same through all faults. */
  readonly port: number;
  /** How many clients' connections are open now. */
  readonly connections: number;
  /** How many connections were accepted since the start. */
  readonly connectionsAccepted: number;
  /** How many COMMITs were lost since the start. */
  readonly commitsLost: number;
  /** Refuses new connections (`ECONNREFUSED`) and resets those there are: a server that was stopped. */
  refuse(): Promise<void>;
  /** Swallows everything, ends of connections too: those there are and new ones stay open and silent, as behind a dead network. */
  blackhole(): Promise<void>;
  /** Resets the connections there are; new ones work: a restarted server or pooler. */
  cut(): Promise<void>;
  /** Delays whatever is sent, in each direction, by so many milliseconds; 0 ends it. */
  slow(delayMs: number): Promise<void>;
  /**
   * Loses the next COMMITs (one, unless told otherwise) and ends their clients' connections, so that clients can't know whether
   * their transaction is stored. It replaces what an earlier call left.
   *
   * A COMMIT is a statement of its own (`COMMIT`, `END`, with `WORK`, `TRANSACTION`, `AND CHAIN`), as simple query or in the
   * extended protocol; one among several statements of a single query is not recognised. One that PostgreSQL answers with an error
   * or a rollback reaches its client and does not count.
   *
   * @throws Error while a connection through the proxy is encrypted: its COMMITs can't be seen. Connect without TLS
   */
  lostCommitReply(options?: number | LostCommitOptions): Promise<void>;
  /**
   * Resolves when all COMMITs that `lostCommitReply()` asked for are lost, at once where none is left.
   *
   * @throws Error when `restore()` or `close()` comes first, or when a client connects that encrypts
   */
  untilCommitLost(): Promise<void>;
  /** Ends every fault. Black-holed connections are cut, unless they are kept. */
  restore(options?: RestoreOptions): Promise<void>;
  /** Ends all connections and stops listening, for good. May be called again. */
  close(): Promise<void>;
}
