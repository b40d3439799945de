import { join } from 'node:path';
import { DataTypes, type Model, type ModelStatic, type Sequelize } from 'sequelize';
import sqlite3 from 'sqlite3';
import { onTestFinished, vi } from 'vitest';
import { createResilientConnection, type EventName, type ResilientConfig, type ResilientConnection } from '../../src/index.js';
import type { PostgresServer } from '../support/postgres-server.js';
import { tempFolder } from '../support/temp-folder.js';
import { waitFor } from '../support/wait-for.js';

/** Where a service runs: without a fallback, or with one. */
export type Environment = 'production' | 'development';
export const ENVIRONMENTS: readonly Environment[] = ['production', 'development'];

/** An event of the connection, and when it was told. */
export interface Told {
  readonly name: EventName;
  readonly payload: unknown;
  readonly atMs: number;
}

/** A service with two models, `orders` and `payments`, on a database and a file of its own. */
export interface Service {
  readonly connection: ResilientConnection;
  readonly sequelize: Sequelize;
  readonly orders: ModelStatic<Model>;
  readonly payments: ModelStatic<Model>;
  /** What was told since the service had started, or since this was emptied. */
  readonly events: Told[];
  readonly log: string[];
  readonly database: string;
  /** The fallback's file. */
  readonly file: string;
  /** The names in a table of PostgreSQL, asked past the library. */
  readonly inPostgres: (table?: string) => Promise<string[]>;
  /** The names in a table of the SQLite file, asked past the library. */
  readonly inSqlite: (table?: string) => Promise<string[]>;
}

export interface ServiceOptions extends Partial<ResilientConfig> {
  /** What stands before the server. */
  readonly via?: { readonly host: string; readonly port: number };
  /** @default an empty one of the service's own */
  readonly database?: string;
}

const EVENTS: readonly EventName[] = [
  ...(['connected', 'disconnected', 'failover', 'recovered', 'retry', 'healthCheckPassed', 'healthCheckFailed'] as const),
  ...(['driverFallback', 'outcome', 'closed'] as const),
];

/** Starts a service that is on PostgreSQL; it is closed at the end of the running test. */
export async function startService(server: PostgresServer, environment: Environment, given: ServiceOptions = {}): Promise<Service> {
  const { via = server, database = await server.createDatabase(), ...config } = given;
  const storageDir = config.fallback?.storageDir ?? join(tempFolder(), 'sqlite');
  const log: string[] = [];
  const line = (text: string) => void log.push(text);
  const connection = await within(environment, () =>
    createResilientConnection({
      serviceName: 'shop',
      schema: 'sync',
      logger: { info: line, warn: line, error: line },
      ...config,
      primary: {
        host: via.host,
        port: via.port,
        username: server.user,
        password: server.password,
        database,
        logging: false,
        ...config.primary,
      },
      fallback: { ...config.fallback, storageDir },
      options: { connectTimeout: 2_000, maxWait: 15_000, ...config.options },
    }),
  );
  onTestFinished(() => connection.close({ timeout: 500 }));
  const { sequelize } = connection;
  const file = join(storageDir, 'shop.sqlite');
  const service: Service = {
    connection,
    sequelize,
    orders: named(sequelize, 'orders'),
    payments: named(sequelize, 'payments'),
    events: record(connection),
    log,
    database,
    file,
    inPostgres: async (table = 'orders') =>
      (await server.query<{ name: string }>(`SELECT name FROM ${table} ORDER BY name`, [], database)).map(({ name }) => name),
    inSqlite: async (table = 'orders') => (await rowsOfFile(file, `SELECT name FROM ${table} ORDER BY name`)).map(({ name }) => name),
  };
  await sequelize.sync();
  await service.orders.create({ name: 'before' });
  service.events.length = 0;
  printAtTheEnd(service);
  return service;
}

/** The surroundings are read when a connection is made; vitest's own are a test's. */
function within<T>(environment: Environment, make: () => T): T {
  vi.stubEnv('NODE_ENV', environment);
  try {
    return make();
  } finally {
    vi.unstubAllEnvs();
  }
}

const named = (sequelize: Sequelize, table: string): ModelStatic<Model> =>
  sequelize.define(
    table,
    { id: { type: DataTypes.UUID, primaryKey: true, defaultValue: DataTypes.UUIDV4 }, name: DataTypes.STRING },
    { timestamps: false, freezeTableName: true },
  );

function record(connection: ResilientConnection): Told[] {
  const events: Told[] = [];
  for (const name of EVENTS) connection.on(name, (payload: unknown) => void events.push({ name, payload, atMs: performance.now() }));
  return events;
}

/** With TEST_LOG set, a test's events and log lines are printed: for whoever looks into one. */
function printAtTheEnd({ events, log }: Service): void {
  if (!process.env['TEST_LOG']) return;
  const startedAtMs = performance.now();
  const told = (payload: unknown) => JSON.stringify(payload, (_, value: unknown) => (value instanceof Error ? value.message : value));
  onTestFinished(() => {
    const lines = events.map(({ name, payload, atMs }) => `${Math.round(atMs - startedAtMs)} ${name} ${told(payload)}`);
    console.log([...lines, ...log].join('\n'));
  });
}

/** The names of what was told; probes and what became of single calls only where asked for. */
export const told = ({ events }: Service, more: readonly EventName[] = []): EventName[] =>
  events
    .map(({ name }) => name)
    .filter((name) => more.includes(name) || !['healthCheckPassed', 'healthCheckFailed', 'outcome'].includes(name));

/** The payloads of one event. */
export const toldOf = ({ events }: Service, name: EventName): unknown[] =>
  events.filter((event) => event.name === name).map(({ payload }) => payload);

export const isIn = ({ connection }: Service, state: string, timeoutMs = 20_000): Promise<unknown> =>
  waitFor(() => connection.getStatus().state === state, { timeoutMs, what: `the state ${state}` });

/** How a piece of work ended, and how long it took. */
export interface Settled {
  readonly value?: unknown;
  readonly error?: Error & { code?: string; outcome?: string; retryAfterMs?: number; original?: { code?: string } };
  readonly tookMs: number;
}

/** Follows work to its end. Never rejects. */
export function settledOf(work: Promise<unknown>): Promise<Settled> {
  const startedAtMs = performance.now();
  const tookMs = () => performance.now() - startedAtMs;
  return work.then(
    (value) => ({ value, tookMs: tookMs() }),
    (error: unknown) => ({ error: error as NonNullable<Settled['error']>, tookMs: tookMs() }),
  );
}

/** Names of rows, sorted. */
export const namesOf = async ({ orders }: Service): Promise<unknown[]> =>
  (await orders.findAll({ order: [['name', 'ASC']] })).map((row) => row.get('name'));

/** For servers whose tables are to be locked with `lockTable`. */
export const CAN_LOCK = { max_prepared_transactions: '5' };

/** Holds a lock on a table that lets nobody else read or write it, through the end of every session and of the server, until `release`. */
export async function lockTable(server: PostgresServer, database: string, table: string): Promise<{ release(): Promise<void> }> {
  await server.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE; PREPARE TRANSACTION '${database}'`, [], database);
  return {
    release: async () => {
      await server.query(`ROLLBACK PREPARED '${database}'`, [], database);
    },
  };
}

/** Waits until so many sessions wait for a lock. */
export const sessionsWait = (server: PostgresServer, database: string, count: number): Promise<unknown> =>
  waitFor(
    async () => {
      const [row] = await server.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = '${database}' AND wait_event_type = 'Lock'`,
      );
      return row?.n === count;
    },
    { what: `${count} statements to be on their way` },
  );

function rowsOfFile(path: string, sql: string): Promise<{ name: string }[]> {
  return new Promise((resolve, reject) => {
    const file = new sqlite3.Database(path, sqlite3.OPEN_READONLY);
    file.all<{ name: string }>(sql, (error, rows) => {
      file.close(() => (error ? reject(error) : resolve(rows)));
    });
  });
}
