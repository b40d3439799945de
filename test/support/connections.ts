import { join } from 'node:path';
import type { Sequelize } from 'sequelize';
import sqlite3 from 'sqlite3';
import { expect, onTestFinished } from 'vitest';
import { createResilientConnection, type Engine, type ResilientConfig, type ResilientConnection } from '../../src/index.js';
import type { PostgresServer } from './postgres-server.js';
import { tempFolder } from './temp-folder.js';

/** A row of a query that went past the library. */
export type OutsideRow = Record<string, unknown>;

/** A resilient connection on a PostgreSQL database and an SQLite file of its own, both of which can be looked into from outside. */
export interface Switchable {
  readonly connection: ResilientConnection;
  readonly sequelize: Sequelize;
  /** The name of the database on the server. */
  readonly database: string;
  /** The path of the SQLite file. */
  readonly storage: string;
  /** Asks PostgreSQL past the library. */
  readonly postgres: (sql: string) => Promise<OutsideRow[]>;
  /** Asks the SQLite file past the library. */
  readonly sqlite: (sql: string) => Promise<OutsideRow[]>;
  /** Switches to SQLite by hand, for as long as the test likes. */
  readonly toSqlite: () => Promise<void>;
  /** Switches back to PostgreSQL by hand. */
  readonly toPostgres: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Connects to an empty database of the server; the models' tables are made on both sides. Close it. */
export async function openSwitchable(server: PostgresServer, config: Partial<ResilientConfig> = {}): Promise<Switchable> {
  const database = await server.createDatabase();
  const storageDir = tempFolder();
  const { host, port, user: username, password } = server;
  const connection = await createResilientConnection({
    serviceName: 'shop',
    schema: 'sync',
    logger: process.env.TEST_LOG ? console : false,
    ...config,
    primary: { host, port, username, password, database, logging: false, ...config.primary },
    fallback: { storageDir, ...config.fallback },
    options: { allowSQLiteFallback: true, ...config.options },
  });
  const storage = join(storageDir, 'shop.sqlite');
  return {
    connection,
    sequelize: connection.sequelize,
    database,
    storage,
    postgres: (sql) => server.query(sql, [], database),
    sqlite: (sql) => rowsOfFile(storage, sql),
    toSqlite: async () => {
      expect(await connection.failover('test', { hold: true })).toMatchObject({ state: 'fallback', dialect: 'sqlite' });
    },
    toPostgres: async () => {
      expect(await connection.reconnect()).toMatchObject({ state: 'primary', dialect: 'postgres' });
    },
    close: () => connection.close({ timeout: 1000 }),
  };
}

/** As `openSwitchable`, closed at the end of the running test. */
export async function switchableForTest(server: PostgresServer, config?: Partial<ResilientConfig>): Promise<Switchable> {
  const switchable = await openSwitchable(server, config);
  onTestFinished(() => switchable.close());
  return switchable;
}

/** Runs the same work on PostgreSQL, then on SQLite, then on PostgreSQL again. */
export async function onEachDatabase(
  { sequelize, toSqlite, toPostgres }: Switchable,
  work: (engine: Engine, round: number) => Promise<void>,
): Promise<void> {
  expect(sequelize.getDialect()).toBe('postgres');
  await work('postgres', 1);
  await toSqlite();
  expect(sequelize.getDialect()).toBe('sqlite');
  await work('sqlite', 2);
  await toPostgres();
  expect(sequelize.getDialect()).toBe('postgres');
  await work('postgres', 3);
}

/** A promise with its ends outside. */
export class Gate {
  open: () => void = () => undefined;
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}

function rowsOfFile(path: string, sql: string): Promise<OutsideRow[]> {
  return new Promise((resolve, reject) => {
    const file = new sqlite3.Database(path, sqlite3.OPEN_READONLY);
    file.all<OutsideRow>(sql, (error, rows) => {
      file.close(() => (error ? reject(error) : resolve(rows)));
    });
  });
}
