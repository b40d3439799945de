import { randomBytes } from 'node:crypto';
import { freePort } from './free-port.js';
import { type PostgresBinaries, postgresBinaries } from './postgres-binaries.js';
import { makeServerFolder, superuser, superuserPassword } from './postgres-data.js';
import { PostgresProcess } from './postgres-process.js';
import { queryOnce, type Row } from './postgres-query.js';

/** How `PostgresServer.stop` asks: `fast` ends the sessions, `immediate` leaves recovery to the next start, `smart` waits for clients. */
export type StopMode = 'fast' | 'immediate' | 'smart';

/** What a test may choose about its server. */
export interface PostgresOptions {
  /** @default a free port */
  port?: number;
  /** Settings as in postgresql.conf, e.g. `{ log_connections: 'on' }`; they win over the defaults. */
  settings?: Record<string, string>;
}

/** A real PostgreSQL server of its own, whose process a test can break. */
export interface PostgresServer {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** The database `postgres`. */
  readonly database: string;
  /** The connection string of the database `postgres`. */
  readonly url: string;
  /** The postmaster's process id; that of the last one while the server is down. */
  readonly pid: number;
  /** Whether the postmaster exists; a frozen one does. */
  readonly running: boolean;
  /** The connection string of any database. */
  urlOf(database: string): string;
  /** Makes an empty database, with a random name unless one is given, and resolves to its name. */
  createDatabase(name?: string): Promise<string>;
  /** Runs SQL as superuser on a connection of its own and resolves to the rows of the last statement. */
  query<R = Row>(sql: string, params?: readonly unknown[], database?: string): Promise<R[]>;
  /** Shuts down as `pg_ctl stop -m` does and resolves when all processes are gone; thaws first. */
  stop(mode: StopMode): Promise<void>;
  /** Ends the postmaster and all its children with SIGKILL and resolves when they are gone. */
  kill(): Promise<void>;
  /** Starts again on the same port and data and resolves when a query is answered. */
  start(): Promise<void>;
  /** Stops the postmaster and all its children with SIGSTOP: connections stay open, and connects succeed, but nothing answers. */
  freeze(): Promise<void>;
  /** Stops the postmaster only: open sessions go on, new ones connect and get no answer. */
  freezePostmaster(): Promise<void>;
  /** Undoes both kinds of freezing. */
  thaw(): Promise<void>;
  /** What the server has logged since it was made. */
  log(): string;
  /** Kills the server in whatever state and removes its folder; may be called again. */
  dispose(): Promise<void>;
}

type MakeFolder = (binaries: PostgresBinaries) => Promise<string>;

/** Starts a PostgreSQL server on 127.0.0.1 with an empty cluster, and resolves when it answers. */
export function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  return startPostgresIn(makeServerFolder, options);
}

/** As `startPostgres`, on the folder with the subfolder `data` that `makeFolder` makes. */
export async function startPostgresIn(makeFolder: MakeFolder, options: PostgresOptions = {}): Promise<PostgresServer> {
  const binaries = await postgresBinaries();
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOn(options.port ?? (await freePort()), binaries, options.settings ?? {}, makeFolder);
    } catch (error) {
      // Another worker's server can take the port between the look and the use.
      const portTaken = String(error).includes('Address already in use');
      if (!portTaken || options.port !== undefined || attempt === 5) throw error;
    }
  }
}

async function startOn(
  port: number,
  binaries: PostgresBinaries,
  settings: Record<string, string>,
  makeFolder: MakeFolder,
): Promise<PostgresServer> {
  const folder = await makeFolder(binaries);
  const server = new PostgresProcess({ binaries, folder, port, settings });
  try {
    await server.start();
    return describeServer(server);
  } catch (error) {
    await server.dispose();
    throw error;
  }
}

function describeServer(server: PostgresProcess): PostgresServer {
  const { host, port } = server;
  const urlOf = (database: string): string =>
    `postgres://${superuser}:${superuserPassword}@${host}:${port}/${encodeURIComponent(database)}`;
  const query = <R = Row>(sql: string, params: readonly unknown[] = [], database = 'postgres'): Promise<R[]> =>
    queryOnce<R>(port, database, sql, params);
  return {
    host,
    port,
    user: superuser,
    password: superuserPassword,
    database: 'postgres',
    url: urlOf('postgres'),
    get pid() {
      return server.pid;
    },
    get running() {
      return server.running;
    },
    urlOf,
    query,
    createDatabase: async (name = `test_${randomBytes(6).toString('hex')}`) => {
      await query(`CREATE DATABASE "${name.replaceAll('"', '""')}"`);
      return name;
    },
    stop: (mode) => server.stop(mode),
    kill: () => server.kill(),
    start: () => server.start(),
    freeze: () => server.freeze(),
    freezePostmaster: () => server.freezePostmaster(),
    thaw: () => server.thaw(),
    log: () => server.log(),
    dispose: () => server.dispose(),
  };
}
