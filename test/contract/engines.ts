import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Sequelize } from 'sequelize';
import { ResilientConnection } from '../../src/index.js';
import { freePort } from '../support/free-port.js';
import { startPostgres } from '../support/postgres-server.js';

/** One handle of the library that is on PostgreSQL, and one that is on its fallback. */
export interface Engines {
  readonly postgres: Sequelize;
  readonly fallback: Sequelize;
  /** Plain Sequelize on sqlite3: what it answers differently is what the library adds. */
  readonly stock: Sequelize;
  /** Takes fresh SQLite files: one with thousands of tables is read for long after each definition. */
  renew(): Promise<void>;
  dispose(): Promise<void>;
}

const options = { maxRetries: 0, autoReconnect: false, connectTimeout: 5_000 };

/** Opens both, each on an empty database, with the extensions that types of Sequelize need. */
export async function openEngines(): Promise<Engines> {
  const server = await startPostgres();
  const refused = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'sr-contract-'));
  const onPostgres = new ResilientConnection({
    serviceName: 'contract',
    primary: { url: server.url, logging: false },
    options: { ...options, allowSQLiteFallback: false },
    logger: false,
  });
  await onPostgres.ready;
  await createExtensions(onPostgres.sequelize);
  let files = await openFiles(join(folder, '0'), refused);
  let renewed = 0;
  return {
    postgres: onPostgres.sequelize,
    get fallback() {
      return files.onFallback.sequelize;
    },
    get stock() {
      return files.stock;
    },
    renew: async () => {
      await closeFiles(files);
      renewed += 1;
      files = await openFiles(join(folder, String(renewed)), refused);
    },
    dispose: async () => {
      await Promise.all([onPostgres.close(), closeFiles(files)]);
      await server.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Files {
  readonly onFallback: ResilientConnection;
  readonly stock: Sequelize;
}

async function openFiles(folder: string, refused: number): Promise<Files> {
  const onFallback = new ResilientConnection({
    serviceName: 'contract',
    primary: { host: '127.0.0.1', port: refused, database: 'none', username: 'nobody', password: 'none' },
    fallback: { storageDir: join(folder, 'fallback') },
    options: { ...options, allowSQLiteFallback: true },
    schema: { primary: 'none', fallback: 'none' },
    logger: false,
  });
  await onFallback.ready;
  await createExtensions(onFallback.sequelize);
  return { onFallback, stock: new Sequelize({ dialect: 'sqlite', storage: join(folder, 'stock.sqlite'), logging: false }) };
}

async function closeFiles({ onFallback, stock }: Files): Promise<void> {
  await Promise.all([onFallback.close(), stock.close()]);
}

async function createExtensions(sequelize: Sequelize): Promise<void> {
  for (const name of ['citext', 'hstore', 'uuid-ossp', 'pgcrypto']) await sequelize.query(`CREATE EXTENSION IF NOT EXISTS "${name}"`);
}
