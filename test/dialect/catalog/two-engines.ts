import { Sequelize } from 'sequelize';
import sqlite3 from 'sqlite3';
import type { SqlSession } from '../../../src/dialect/catalog/session.js';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.js';
import { CatalogClient } from './catalog-client.js';

/** A plain Sequelize on a real PostgreSQL, and one that takes the catalog on SQLite for a PostgreSQL. */
export interface TwoEngines {
  readonly postgres: Sequelize;
  readonly fallback: Sequelize;
  readonly session: SqlSession;
  /** Does the same on both and answers what came of it, or the error's code and message, PostgreSQL's first. */
  both(work: (sequelize: Sequelize) => Promise<unknown>): Promise<[unknown, unknown]>;
  close(): Promise<void>;
}

/** One server for a whole test file; each test has a database and a SQLite file of its own. */
export const startServer = (): Promise<PostgresServer> => startPostgres();

export async function openEngines(server: PostgresServer): Promise<TwoEngines> {
  const database = await server.createDatabase();
  const postgres = new Sequelize(server.urlOf(database), { dialect: 'postgres', logging: false });
  const { session, close } = openSession();
  await session.run('PRAGMA foreign_keys = ON');
  class Client extends CatalogClient {
    constructor() {
      super(session, database);
    }
  }
  const fallback = new Sequelize({
    dialect: 'postgres',
    dialectModule: { Client, types: { getTypeParser: () => String, setTypeParser: () => undefined } },
    database,
    pool: { max: 1 },
    logging: false,
  });
  return {
    postgres,
    fallback,
    session,
    both: async (work) => [await outcome(work, postgres), await outcome(work, fallback)],
    close: async () => {
      await postgres.close();
      await fallback.close();
      await close();
    },
  };
}

async function outcome(work: (sequelize: Sequelize) => Promise<unknown>, sequelize: Sequelize): Promise<unknown> {
  try {
    return await work(sequelize);
  } catch (error) {
    const parent = ((error as { parent?: unknown }).parent ?? error) as Record<string, unknown>;
    if (parent['code'] === undefined) throw error;
    const { code, message, detail, hint, table, column, constraint } = parent;
    return Object.fromEntries(
      Object.entries({ code, message, detail, hint, table, column, constraint }).filter(([, value]) => value !== undefined),
    );
  }
}

export function openSession(filename = ':memory:'): { session: SqlSession; close: () => Promise<void> } {
  const database = new sqlite3.Database(filename);
  const session: SqlSession = {
    all: (sql, parameters = []) =>
      new Promise((resolve, reject) =>
        database.all(sql, [...parameters], (error, rows) => (error ? reject(error) : resolve(rows as Record<string, unknown>[]))),
      ),
    run: (sql, parameters = []) =>
      new Promise((resolve, reject) => {
        database.run(sql, [...parameters], function (error) {
          if (error) reject(error);
          else resolve({ changes: this.changes });
        });
      }),
  };
  return { session, close: () => new Promise((resolve, reject) => database.close((error) => (error ? reject(error) : resolve()))) };
}
