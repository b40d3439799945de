import type { Sequelize } from 'sequelize';
import { type SchemaReport, schemaReport } from '../../src/drift/schema-report.js';
import { ResilientConnection } from '../../src/index.js';
import { routingOf } from '../../src/routing/resilient-sequelize.js';
import { freePort } from '../support/free-port.js';
import type { PostgresServer } from '../support/postgres-server.js';
import { tempFolder } from '../support/temp-folder.js';

/** An empty database on PostgreSQL and an empty fallback, each with a handle of its own. */
export interface TwoDatabases {
  readonly primary: Sequelize;
  readonly fallback: Sequelize;
  /** Does the same on both. */
  both(work: (sequelize: Sequelize) => unknown): Promise<void>;
  /** The report of the primary's handle, whose `use` leads to these two. */
  report(more?: ReportOptions): Promise<SchemaReport>;
  dispose(): Promise<void>;
}

interface ReportOptions {
  readonly leaveOut?: readonly (string | RegExp)[];
  readonly fallbackAllowed?: boolean;
  /** Can't be opened. */
  readonly lost?: 'primary' | 'fallback';
}

const options = { maxRetries: 0, autoReconnect: false, connectTimeout: 5_000 };

export async function openTwoDatabases(server: PostgresServer, serverOptions?: string): Promise<TwoDatabases> {
  const dialectOptions = serverOptions === undefined ? {} : { options: serverOptions };
  const onPostgres = new ResilientConnection({
    serviceName: 'drift',
    primary: { url: server.urlOf(await server.createDatabase()), logging: false, dialectOptions },
    options: { ...options, allowSQLiteFallback: false },
    schema: { primary: 'none' },
    logger: false,
  });
  const onFallback = new ResilientConnection({
    serviceName: 'drift',
    primary: { host: '127.0.0.1', port: await freePort(), database: 'none', username: 'nobody', password: 'none', dialectOptions },
    fallback: { storageDir: tempFolder() },
    options: { ...options, allowSQLiteFallback: true },
    schema: { primary: 'none', fallback: 'none' },
    logger: false,
  });
  await Promise.all([onPostgres.ready, onFallback.ready]);
  const [primary, fallback] = [onPostgres.sequelize, onFallback.sequelize];
  const handles = { primary, fallback };
  return {
    ...handles,
    both: async (work) => {
      for (const sequelize of [primary, fallback]) await work(sequelize);
    },
    report: ({ leaveOut = [], fallbackAllowed = true, lost } = {}) =>
      schemaReport({
        sequelize: primary,
        fallbackAllowed,
        leaveOut,
        use: async (role, fn) => {
          if (role === lost) throw new Error(`The ${role} is away.`);
          const { router } = routingOf(handles[role]);
          return await router.withDatabase(router.current, () => fn(router.current));
        },
      }),
    dispose: async () => {
      await Promise.all([onPostgres.close(), onFallback.close()]);
    },
  };
}
