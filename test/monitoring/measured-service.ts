import { join } from 'node:path';
import { Registry } from 'prom-client';
import { DataTypes, type Model, type ModelStatic } from 'sequelize';
import { vi } from 'vitest';
import { createResilientConnection, type ResilientConfig, type ResilientConnection } from '../../src/index.js';
import { registerMetrics } from '../../src/metrics/index.js';
import type { PostgresServer } from '../support/postgres-server.js';
import { tempFolder } from '../support/temp-folder.js';
import { type Frame, frameOf } from './frame.js';

/** A service whose metrics are scraped. */
export interface MeasuredService {
  readonly connection: ResilientConnection;
  readonly registry: Registry;
  readonly orders: ModelStatic<Model>;
  readonly scrape: () => Promise<Frame>;
}

export interface Surroundings {
  readonly serviceName: string;
  /** The environment's variables. */
  readonly env: Readonly<Record<'NODE_ENV' | 'KUBERNETES_SERVICE_HOST', string>>;
  readonly primary?: ResilientConfig['primary'];
  readonly allowSQLiteFallback?: boolean;
}

/** Starts it on a database of its own, with short intervals. Close its connection. */
export async function startMeasured(server: PostgresServer, given: Surroundings): Promise<MeasuredService> {
  const { serviceName, env, allowSQLiteFallback } = given;
  const database = await server.createDatabase();
  const connection = await within(env, () =>
    createResilientConnection({
      serviceName,
      schema: 'sync',
      logger: false,
      primary: {
        host: server.host,
        port: server.port,
        username: server.user,
        password: server.password,
        database,
        logging: false,
        ...given.primary,
      },
      fallback: { storageDir: join(tempFolder(), 'sqlite') },
      options: {
        detection: 'fast',
        healthCheckInterval: 300,
        connectTimeout: 5_000,
        ...(allowSQLiteFallback === undefined ? {} : { allowSQLiteFallback }),
      },
    }),
  );
  const registry = new Registry();
  registerMetrics(connection, { register: registry });
  const orders = connection.sequelize.define('order', { name: DataTypes.TEXT });
  await connection.sequelize.sync();
  return { connection, registry, orders, scrape: () => frameOf(registry) };
}

/** The environment is read while the connection is made. */
function within<T>(env: Readonly<Record<string, string>>, make: () => Promise<T>): Promise<T> {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  try {
    return make();
  } finally {
    vi.unstubAllEnvs();
  }
}
