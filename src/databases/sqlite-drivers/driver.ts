/** Positional values, or named ones whose keys begin with `$`. */
export type SqliteParameters = readonly unknown[] | Readonly<Record<string, unknown>>;

/** One row, by column name. */
export type SqliteRow = Record<string, unknown>;

/** One open file handle. Statements given to one handle run one after the other, in the order given. */
export interface SqliteHandle {
  /**
   * Runs one statement to its end and resolves to its rows.
   *
   * Rejects with the driver's error: `code` is SQLite's primary name, e.g. `'SQLITE_BUSY'`, and `message` is
   * `'<code>: <what SQLite said>'`. Sequelize reads both.
   */
  all(sql: string, parameters?: SqliteParameters): Promise<SqliteRow[]>;
  /** Runs one statement and resolves to what it changed. Rejects as `all` does. */
  run(sql: string, parameters?: SqliteParameters): Promise<{ lastID: number; changes: number }>;
  /** Runs any number of statements without parameters, up to the first that fails. */
  exec(sql: string): Promise<void>;
  /** Ends the statement that is running, if any, with an error. */
  interrupt(): void;
  /** Waits for the statements given before it, rolls back what is open, and closes the file. */
  close(): Promise<void>;
}

/** The seam between the fallback and a package that can open SQLite files. */
export interface SqliteDriver {
  readonly name: string;
  /** The version of SQLite inside, e.g. `'3.52.0'`, where the driver tells it. */
  readonly sqliteVersion: string | undefined;
  /** Opens `filename` (`':memory:'` too), making the file when it is missing. */
  open(filename: string): Promise<SqliteHandle>;
}
