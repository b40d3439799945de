import type { ConnectionOptions as TlsConnectionOptions } from 'node:tls';
import type { DataTypes, Options, PoolOptions, QueryInterface, Sequelize } from 'sequelize';
import type { LogFields } from './log-events.js';
import type { FailureVerdict } from './words.js';

/** Receives each SQL statement; `false` is silence, `true` is `console.log`. */
export type SqlLogging = boolean | ((sql: string, timing?: number) => void);

/** What node:tls takes. `require` is only what many Sequelize configurations carry along; pg does not look at it. */
export type TlsOptions = TlsConnectionOptions & { require?: boolean | undefined };

/**
 * Where the library's own lines go: pino, fastify's `app.log`, winston, bunyan, `console` or any object with these three functions.
 *
 * Each line is a text and its facts as fields. What has pino's functions `bindings` and `child`, or is bunyan's, gets the fields first,
 * as those want it; a `Console` gets the text alone.
 */
export interface Logger {
  info(message: string, fields?: LogFields): unknown;
  warn(message: string, fields?: LogFields): unknown;
  error(message: string, fields?: LogFields): unknown;
}

/** What a schema step of the user's own is told. */
export interface SchemaContext {
  /** Bound to the database that is made ready, whichever is active. */
  readonly sequelize: Sequelize;
  /** The role of the database that is made ready. */
  readonly role: 'primary' | 'fallback';
}

/**
 * What a migration is given first: the query interface of the database that is migrated. It also is what Umzug's migrations get, so
 * that `up(queryInterface, Sequelize)` and `up({ context, name, path })` are both fine.
 */
export interface MigrationInterface extends QueryInterface {
  /** The query interface itself, unless the option `context` says otherwise. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each program's migrations say for themselves what their context is
  readonly context: any;
  readonly name: string;
  /** The migration's file, where it has one. */
  readonly path?: string;
}

/** A step of a migration. `SequelizeClass` has the data types and functions (`Sequelize.JSONB`, `Sequelize.literal`). */
export type MigrationStep = (queryInterface: MigrationInterface, SequelizeClass: typeof Sequelize & typeof DataTypes) => unknown;

/** A migration that is given as an object. */
export interface Migration {
  /** What it is recorded as; migrations run in the order of their list. */
  readonly name: string;
  readonly up: MigrationStep;
  /** Undoes `up`. @default none: it can't be undone */
  readonly down?: MigrationStep | undefined;
}

/** A statement of a migration that the fallback can't have. */
export interface UnsupportedStatement {
  readonly migration: string;
  readonly statement: string;
  readonly reason: string;
  /** What to do instead, as a sentence. */
  readonly remedy: string;
}

/** What is done about a statement of a migration that the fallback can't have: it fails, or is left out with a line in the log. */
export type OnUnsupported = 'error' | 'skip' | ((refusal: UnsupportedStatement) => 'error' | 'skip' | undefined);

/** Which migrations there are, and how they are run. */
export interface MigrationsOptions {
  /** The files, as a pattern from the working directory or with options of their search. `glob` or `migrations` is required. */
  glob?:
    | string
    | readonly [pattern: string, options: { cwd?: string | undefined; ignore?: string | readonly string[] | undefined }]
    | undefined;
  /** The migrations themselves. */
  migrations?: readonly Migration[] | undefined;
  /** The table that records what has run, in the format of sequelize-cli. @default 'SequelizeMeta' */
  table?: string | { tableName: string; schema?: string | undefined } | undefined;
  /** What is done about a statement that the fallback can't have. @default 'error' */
  onUnsupported?: OnUnsupported | undefined;
  /** What migrations of Umzug's format get as `context`. @default the query interface */
  context?: unknown;
}

/** Migrations as a step that makes a database ready: a list of them, or what `createMigrator` takes. */
export interface SchemaMigrations {
  migrations: readonly Migration[] | MigrationsOptions;
}

/** How a database is made ready before it becomes active: `'sync'` makes missing tables, `'none'` does nothing. */
export type SchemaStep = 'sync' | 'none' | SchemaMigrations | ((context: SchemaContext) => void | Promise<void>);

/**
 * The user's veto on what a failed operation means.
 *
 * `verdict` is the library's own answer. What is returned is taken instead of it; `undefined` agrees.
 */
export type Classify = (error: unknown, verdict: FailureVerdict) => FailureVerdict | undefined;

/** Gives the password, e.g. a token of a cloud's identity service. Called for new connections, not for each statement. */
export type PasswordFunction = () => string | Promise<string>;

/** PostgreSQL: the database that is wanted. */
export interface PrimaryOptions {
  /** A host's name, address or absolute socket directory. @default 'localhost' */
  host?: string | undefined;
  /** The TCP port, as a number or as the digits that environment variables give. @default 5432 */
  port?: number | string | undefined;
  /** The database's name. @default pg's own: `PGDATABASE`, else the user's name */
  database?: string | undefined;
  /** The role to log in as. @default pg's own: `PGUSER`, else the operating system's user */
  username?: string | undefined;
  /**
   * The password, or a function that gives it; it appears in no message, event, status or log line.
   *
   * A function is called when a connection is made; its answer is used again for at most 5 s, and not after PostgreSQL refused it
   * (28P01): then the function is called once more for the same attempt. It must answer within `options.connectTimeout`.
   *
   * @default pg's own: `PGPASSWORD`, else `~/.pgpass`
   */
  password?: string | PasswordFunction | null | undefined;
  /** `true` is TLS with a verified certificate, `false` is none, an object goes to node:tls. @default pg's own: `PGSSLMODE`, else none */
  ssl?: boolean | TlsOptions | undefined;
  /** Sequelize's pool. @default Sequelize's own: at most 5 connections */
  pool?: PoolOptions | undefined;
  /** Receives each SQL statement that goes to PostgreSQL. @default console.log, as in Sequelize */
  logging?: SqlLogging | undefined;
  /** What Sequelize hands on to pg, e.g. `application_name`, `keepAlive`, `statement_timeout`. @default {} */
  dialectOptions?: object | undefined;
  /** `postgres://user:password@host:port/database?sslmode=…` in place of host, port, database, username and password. @default none */
  url?: string | undefined;
  /**
   * Several servers of one cluster (a primary and its standbys) in place of `host` and `port`: `'host'`, `'host:port'`,
   * `'[ipv6]:port'` or `{ host, port }`. The first that answers as asked is used, until it fails.
   *
   * @default the one of `host` and `port`
   */
  hosts?: readonly (string | { host: string; port?: number | string | undefined })[] | undefined;
  /** What a host must be fit for: `'read-write'`, or `'any'`, which takes a read-only one too. @default 'read-write' */
  targetSessionAttrs?: 'read-write' | 'any' | undefined;
}

/** SQLite: what bridges the time without PostgreSQL, never in production. */
export interface FallbackOptions {
  /** The directory of the file `<serviceName>.sqlite`, from the working directory. @default './data/sqlite' */
  storageDir?: string | undefined;
  /** `':memory:'` keeps the fallback in memory; `storageDir` is not used then. @default the file in storageDir */
  storage?: ':memory:' | undefined;
  /** Receives each SQL statement that goes to SQLite. @default false */
  logging?: SqlLogging | undefined;
  /** The package that opens SQLite files. @default 'auto' */
  driver?: 'auto' | 'sqlite3' | undefined;
}

/** How the connection behaves. */
export interface BehaviourOptions {
  /**
   * Whether SQLite may be used while PostgreSQL can't be reached; `true` is refused in production.
   *
   * @default true in development; false in production, with `NODE_ENV=test` or `CI`, on Kubernetes and in a cluster worker
   */
  allowSQLiteFallback?: boolean | undefined;
  /** Whether PostgreSQL is probed in the background while SQLite is active. @default true */
  autoReconnect?: boolean | undefined;
  /** The time for one attempt at the start in all, from DNS to the first answer, in milliseconds. @default 5000 */
  connectTimeout?: number | undefined;
  /** How many more attempts are made at the start where no fallback is allowed. @default 5 */
  maxRetries?: number | undefined;
  /** The first delay between two attempts at the start, in milliseconds; it doubles, with jitter, up to 10 s. @default 2000 */
  retryDelay?: number | undefined;
  /** The time between two probes while all is well, in milliseconds. @default 30000 */
  healthCheckInterval?: number | undefined;
  /** How soon a hanging PostgreSQL is noticed: within about 2 s, or within about 0.6 s. @default 'default' */
  detection?: 'default' | 'fast' | undefined;
  /** How long a call waits for a database while none is available, in milliseconds. @default 5000 */
  maxWait?: number | undefined;
  /** How many calls may wait for a database; the next one is refused at once. @default 1000 */
  maxQueued?: number | undefined;
}

type SetElsewhere =
  | 'dialect'
  | 'dialectOptions'
  | 'storage'
  | 'host'
  | 'port'
  | 'database'
  | 'username'
  | 'password'
  | 'ssl'
  | 'pool'
  | 'logging'
  | 'native'
  | 'replication';

/** Sequelize's own options, but for those that have their place in `primary` and `fallback`. */
export type SharedSequelizeOptions = { [Name in Exclude<keyof Options, SetElsewhere>]?: Options[Name] | undefined } & {
  dialect?: 'postgres' | undefined;
  /** Receives each SQL statement of a database that has no `logging` of its own. @default none */
  logging?: SqlLogging | undefined;
};

/** What `createResilientConnection` takes. */
export interface ResilientConfig {
  /** Names the service in log lines, metrics and the fallback's file: `[a-z0-9][a-z0-9._-]*`, at most 64 characters. */
  serviceName: string;
  /** PostgreSQL. @default localhost:5432 */
  primary?: PrimaryOptions | undefined;
  /** SQLite. @default a file in ./data/sqlite */
  fallback?: FallbackOptions | undefined;
  /** How the connection behaves. @default {} */
  options?: BehaviourOptions | undefined;
  /** Any other option of Sequelize (`define`, `timezone`, `hooks`, …), for both databases as far as each can take it. @default {} */
  sequelize?: SharedSequelizeOptions | undefined;
  /** How each database is made ready before it becomes active; a bare step is for both. @default { primary: 'none', fallback: 'sync' } */
  schema?: SchemaStep | { primary?: SchemaStep | undefined; fallback?: SchemaStep | undefined } | undefined;
  /** Where the library's own lines go; `false` is silence. @default console */
  logger?: Logger | false | undefined;
  /** The user's veto on what a failed operation means. @default none */
  classify?: Classify | undefined;
  /**
   * What is done while PostgreSQL is active about models and statements that the fallback could not do: `'warn'` says each once in the
   * log, `'strict'` refuses them with `UnsupportedOnFallbackError`, `'off'` looks at nothing. Always off in production.
   *
   * @default 'warn' where the fallback is allowed, else 'off'
   */
  parity?: 'warn' | 'strict' | 'off' | undefined;
  /** The Sequelize class to build on, e.g. sequelize-typescript's. @default Sequelize of the package sequelize */
  Sequelize?: typeof Sequelize | undefined;
}
