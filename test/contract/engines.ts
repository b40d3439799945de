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
  const onFallback = new ResilientConnection({
    serviceName: 'contract',
    primary: { host: '127.0.0.1', port: refused, database: 'none', username: 'nobody', password: 'none' },
    fallback: { storageDir: join(folder, 'fallback') },
    options: { ...options, allowSQLiteFallback: true },
    schema: { primary: 'none', fallback: 'none' },
    logger: false,
  });
  await Promise.all([onPostgres.ready, onFallback.ready]);
  for (const name of ['citext', 'hstore', 'uuid-ossp', 'pgcrypto']) {
    for (const { sequelize } of [onPostgres, onFallback]) await sequelize.query(`CREATE EXTENSION IF NOT EXISTS "${name}"`);
  }
  const stock = new Sequelize({ dialect: 'sqlite', storage: join(folder, 'stock.sqlite'), logging: false });
  return {
    stock,
    postgres: onPostgres.sequelize,
    fallback: onFallback.sequelize,
    dispose: async () => {
      await Promise.all([onPostgres.close(), onFallback.close(), stock.close()]);
      await server.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
