import { join } from 'node:path';
import type { Options, Sequelize } from 'sequelize';
import type { ResilientConnection } from '../../src/index.js';
import { closedPort } from '../support/free-port.js';
import type { PostgresServer } from '../support/postgres-server.js';
import { withCopyOfSequelize, type Library } from './sequelize-copies.js';

/** A Sequelize that is measured, and how to end it. */
export interface Subject {
  readonly sequelize: Sequelize;
  close(): Promise<void>;
}

/** A subject that is this library's. */
export interface OwnSubject extends Subject {
  readonly connection: ResilientConnection;
}

/** Said on both sides, so that both have it whatever the defaults become. They are Sequelize's own. */
const POOL = { max: 5, min: 0, acquire: 60_000, idle: 10_000 };

/** What the library sets on each of its SQLite handles; here they reach the one that is not a transaction's. */
const FALLBACK_PRAGMAS = ['journal_mode=WAL', 'synchronous=NORMAL', 'busy_timeout=5000', 'foreign_keys=ON'];

/** A plain Sequelize on a database of its own. */
export async function plainOnPostgres(server: PostgresServer): Promise<Subject> {
  const { host, port, user: username, password } = server;
  const database = await server.createDatabase();
  return newPlain({ dialect: 'postgres', host, port, database, username, password, pool: POOL, logging: false });
}

/** The library with PostgreSQL active, on a database of its own. */
export async function oursOnPostgres(
  library: Library,
  server: PostgresServer,
  folder: string,
  parity?: 'warn' | 'off',
): Promise<OwnSubject> {
  const { host, port, user: username, password } = server;
  const database = await server.createDatabase();
  const connection = await library.createResilientConnection({
    serviceName: 'bench-postgres',
    primary: { host, port, database, username, password, pool: POOL, logging: false },
    fallback: { storageDir: folder },
    logger: false,
    parity,
  });
  return own(connection, 'postgres');
}

/** A plain Sequelize on an SQLite file of its own, as Sequelize opens it. */
export function stockOnSqlite(folder: string, name: string): Subject {
  return newPlain({ dialect: 'sqlite', storage: join(folder, `${name}.sqlite`), logging: false });
}

/** A plain Sequelize on an SQLite file of its own, with the settings that the library uses. */
export async function plainOnSqlite(folder: string, name: string): Promise<Subject> {
  const subject = stockOnSqlite(folder, name);
  for (const pragma of FALLBACK_PRAGMAS) await subject.sequelize.query(`PRAGMA ${pragma}`);
  return subject;
}

/** The library with its fallback active, because nothing listens where PostgreSQL should be. */
export async function oursOnSqlite(library: Library, folder: string): Promise<OwnSubject> {
  const connection = await library.createResilientConnection({
    serviceName: 'bench-sqlite',
    primary: { host: '127.0.0.1', port: await closedPort(), logging: false },
    fallback: { storageDir: folder, logging: false },
    options: { autoReconnect: false, allowSQLiteFallback: true },
    logger: false,
  });
  return own(connection, 'sqlite');
}

function newPlain(options: Options): Subject {
  const sequelize = withCopyOfSequelize(({ Sequelize }) => new Sequelize(options));
  return { sequelize, close: () => sequelize.close() };
}

function own(connection: ResilientConnection, expected: 'postgres' | 'sqlite'): OwnSubject {
  const { dialect } = connection.getStatus();
  if (dialect !== expected) throw new Error(`The library was to be measured on ${expected}, and has ${dialect} active.`);
  return { connection, sequelize: connection.sequelize, close: () => connection.close() };
}
