import { join } from 'node:path';
import { type QueryInterface, Sequelize } from 'sequelize';
import { ResilientConnection } from '../../../src/index.js';
import { freePort } from '../../support/free-port.js';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.js';
import { tempFolder } from '../../support/temp-folder.js';

/** The four kinds of query interface that a migration may get. */
export const KINDS = ['plain PostgreSQL', 'handle on PostgreSQL', 'handle on its fallback', 'plain SQLite'] as const;
export type Kind = (typeof KINDS)[number];

/** A kind that speaks PostgreSQL. */
export const SPEAK_POSTGRES = KINDS.filter((kind) => kind !== 'plain SQLite');

export interface Opened {
  readonly sequelize: Sequelize;
  readonly queryInterface: QueryInterface;
  /** Another Sequelize on the same database, as another process has it; none for the fallback, whose file one process uses. */
  again(): Promise<Sequelize>;
}

/** Opens databases of each kind, each empty, on one server. */
export class Databases {
  readonly #closes: (() => Promise<void>)[] = [];

  private constructor(readonly server: PostgresServer) {}

  static async start(): Promise<Databases> {
    return new Databases(await startPostgres());
  }

  async open(kind: Kind, options: { pool?: { max: number } } = {}): Promise<Opened> {
    if (kind === 'plain SQLite') {
      const storage = join(tempFolder(), 'plain.sqlite');
      return this.#plain(() => new Sequelize({ dialect: 'sqlite', storage, logging: false }));
    }
    if (kind === 'handle on its fallback') return await this.#fallback();
    const url = this.server.urlOf(await this.server.createDatabase());
    if (kind === 'plain PostgreSQL') return this.#plain(() => new Sequelize(url, { logging: false, ...options }));
    const connection = new ResilientConnection({
      serviceName: 'helpers',
      primary: { url, logging: false, ...options },
      options: { maxRetries: 0, autoReconnect: false, allowSQLiteFallback: false },
      logger: false,
    });
    return await this.#handle(connection);
  }

  async dispose(): Promise<void> {
    for (const close of this.#closes.splice(0)) await close();
    await this.server.dispose();
  }

  #plain(make: () => Sequelize): Opened {
    const another = () => {
      const sequelize = make();
      this.#closes.push(() => sequelize.close());
      return sequelize;
    };
    const sequelize = another();
    return { sequelize, queryInterface: sequelize.getQueryInterface(), again: () => Promise.resolve(another()) };
  }

  async #fallback(): Promise<Opened> {
    const connection = new ResilientConnection({
      serviceName: 'helpers',
      primary: { host: '127.0.0.1', port: await freePort(), database: 'none', username: 'nobody', password: 'none' },
      fallback: { storageDir: join(tempFolder(), 'fallback') },
      options: { maxRetries: 0, autoReconnect: false, connectTimeout: 5_000, allowSQLiteFallback: true },
      schema: { primary: 'none', fallback: 'none' },
      logger: false,
    });
    return await this.#handle(connection);
  }

  async #handle(connection: ResilientConnection): Promise<Opened> {
    await connection.ready;
    this.#closes.push(() => connection.close());
    const { sequelize } = connection;
    return { sequelize, queryInterface: sequelize.getQueryInterface(), again: () => Promise.resolve(sequelize) };
  }
}

/** A logger that keeps what it is told. */
export function listener(): { readonly warnings: string[]; warn(message: string): void } {
  const warnings: string[] = [];
  return { warnings, warn: (message) => void warnings.push(message) };
}
