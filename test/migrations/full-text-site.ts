import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataTypes, type Model, type ModelStatic, Sequelize } from 'sequelize';
import { ResilientConnection } from '../../src/index.js';
import { freePort } from '../support/free-port.js';
import { startPostgres } from '../support/postgres-server.js';

/** The four kinds of query interfaces that a migration can be given. */
export const KINDS = ['plain PostgreSQL', 'handle on PostgreSQL', 'handle on its fallback', 'plain SQLite'] as const;

export type Kind = (typeof KINDS)[number];

export interface Site {
  sequelizeOf(kind: Kind): Sequelize;
  /** Closes the fallback and opens its file again, as a new process would. */
  reopenFallback(): Promise<Sequelize>;
  dispose(): Promise<void>;
}

const options = { maxRetries: 0, autoReconnect: false, connectTimeout: 5_000 };

/** A database of its own for each kind. */
export async function openSite(): Promise<Site> {
  const server = await startPostgres();
  const [plainDatabase, refused] = [await server.createDatabase(), await freePort()];
  const folder = mkdtempSync(join(tmpdir(), 'sr-migrations-'));
  const plain = new Sequelize(server.urlOf(plainDatabase), { logging: false });
  const stock = new Sequelize({ dialect: 'sqlite', storage: join(folder, 'stock.sqlite'), logging: false });
  const onPostgres = new ResilientConnection({
    serviceName: 'migrations',
    primary: { url: server.url, logging: false },
    options: { ...options, allowSQLiteFallback: false },
    logger: false,
  });
  const openFallback = async () => {
    const connection = new ResilientConnection({
      serviceName: 'migrations',
      primary: { host: '127.0.0.1', port: refused, database: 'none', username: 'nobody', password: 'none', logging: false },
      fallback: { storageDir: join(folder, 'fallback') },
      options: { ...options, allowSQLiteFallback: true },
      schema: { primary: 'none', fallback: 'none' },
      logger: false,
    });
    await connection.ready;
    return connection;
  };
  await onPostgres.ready;
  let onFallback = await openFallback();
  return {
    sequelizeOf: (kind) =>
      ({
        'plain PostgreSQL': plain,
        'handle on PostgreSQL': onPostgres.sequelize,
        'handle on its fallback': onFallback.sequelize,
        'plain SQLite': stock,
      })[kind],
    reopenFallback: async () => {
      await onFallback.close();
      onFallback = await openFallback();
      return onFallback.sequelize;
    },
    dispose: async () => {
      await Promise.all([plain.close(), stock.close(), onPostgres.close(), onFallback.close()]);
      await server.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface ArticleRow extends Model {
  readonly id: number;
  title: string | null;
  body: string | null;
}

/** A model of articles, whose table is made anew. */
export async function articlesOn(sequelize: Sequelize, tableName: string, schema?: string): Promise<ModelStatic<ArticleRow>> {
  const Article = sequelize.define<ArticleRow>(
    `M_${tableName}`,
    {
      id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
      title: DataTypes.STRING,
      body: DataTypes.TEXT,
      position: { type: DataTypes.INTEGER, unique: true },
    },
    { tableName, timestamps: false, ...(schema !== undefined && { schema }) },
  );
  await Article.sync({ force: true });
  return Article;
}
