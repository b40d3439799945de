import { existsSync } from 'node:fs';
import { DataTypes, type HasManyCreateAssociationMixin, type HasManyGetAssociationsMixin, Model, type ModelStatic } from 'sequelize';
import { onTestFinished } from 'vitest';
import type { ResilienceError, ResilientConfig } from '../../src/index.js';
import { openSwitchable, type Switchable } from '../support/connections.js';
import type { PostgresServer } from '../support/postgres-server.js';
import { waitFor } from '../support/wait-for.js';
import type { Wire } from './wire.js';

/** With a fallback, and as in production. */
export const MODES: readonly (readonly [string, boolean])[] = [
  ['with a fallback', true],
  ['without a fallback', false],
];

export interface Author extends Model {
  id: string;
  name: string;
  books?: Book[];
  getBooks: HasManyGetAssociationsMixin<Book>;
  countBooks: () => Promise<number>;
  hasBook: (book: Book) => Promise<boolean>;
  createBook: HasManyCreateAssociationMixin<Book>;
}

export interface Book extends Model {
  id: string;
  title: string;
  tags: string[];
  details: { pages: number };
  copies: number;
  publishedAt: Date | null;
  authorId: string | null;
}

/** A service with two models, whose work in flight can be broken and counted. */
export interface Shop extends Switchable {
  readonly authors: ModelStatic<Author>;
  readonly books: ModelStatic<Book>;
  /** Each hook that ran, by its name. */
  readonly hooks: string[];
  /** Each `outcome` event, as `kind outcome`. */
  readonly outcomes: string[];
  /** Each other event that tells of a switch, by its name. */
  readonly switches: string[];
  /** How often a title is stored, in PostgreSQL and in the fallback's file. */
  readonly stored: (title: string) => Promise<{ postgres: number; sqlite: number }>;
}

interface Given {
  readonly fallback: boolean;
  /** What the service connects through, in place of the server itself. */
  readonly wire?: Wire;
  readonly config?: Partial<ResilientConfig>;
}

/** Opens a service on a database of its own. Close it. */
export async function openShop(server: PostgresServer, { fallback, wire, config = {} }: Given): Promise<Shop> {
  const switchable = await openSwitchable(server, {
    ...config,
    primary: { ...(wire && { host: wire.host, port: wire.port }), ...config.primary },
    options: { allowSQLiteFallback: fallback, ...config.options },
  });
  const { connection, sequelize, storage } = switchable;
  const hooks: string[] = [];
  const outcomes: string[] = [];
  const switches: string[] = [];
  const { authors, books } = defineModels(switchable, hooks);
  await sequelize.sync();
  connection.on('outcome', ({ kind, outcome }) => void outcomes.push(`${kind} ${outcome}`));
  for (const name of ['disconnected', 'failover', 'recovered'] as const) connection.on(name, () => void switches.push(name));
  return {
    ...switchable,
    authors,
    books,
    hooks,
    outcomes,
    switches,
    stored: async (title) => {
      const sql = `SELECT count(*) AS n FROM books WHERE title = '${title}'`;
      // The fallback may be on its way, its file made and not yet its tables.
      const isThere = existsSync(storage) && (await switchable.sqlite(`SELECT 1 FROM sqlite_schema WHERE name = 'books'`)).length > 0;
      const inSqlite = isThere ? await switchable.sqlite(sql) : [{ n: 0 }];
      return { postgres: Number((await switchable.postgres(sql))[0]?.n), sqlite: Number(inSqlite[0]?.n) };
    },
  };
}

/** As `openShop`, closed at the end of the running test. */
export async function shopForTest(server: PostgresServer, given: Given): Promise<Shop> {
  const shop = await openShop(server, given);
  onTestFinished(() => shop.close());
  return shop;
}

function defineModels({ sequelize }: Switchable, hooks: string[]): Pick<Shop, 'authors' | 'books'> {
  const id = { type: DataTypes.UUID, primaryKey: true, defaultValue: DataTypes.UUIDV4 };
  const authors = sequelize.define<Author>('author', { id, name: DataTypes.STRING }, { timestamps: false });
  const heard = (name: string) => () => void hooks.push(name);
  const books = sequelize.define<Book>(
    'book',
    {
      id,
      title: {
        type: DataTypes.STRING,
        allowNull: false,
        unique: true,
        validate: {
          noted: () => void hooks.push('validate'),
        },
      },
      tags: { type: DataTypes.ARRAY(DataTypes.STRING), defaultValue: [] },
      details: { type: DataTypes.JSONB, defaultValue: { pages: 1 } },
      copies: { type: DataTypes.INTEGER, defaultValue: 0 },
      publishedAt: DataTypes.DATE,
    },
    {
      timestamps: false,
      hooks: {
        beforeFind: heard('beforeFind'),
        afterFind: heard('afterFind'),
        beforeCreate: heard('beforeCreate'),
        afterCreate: heard('afterCreate'),
        beforeUpdate: heard('beforeUpdate'),
        afterUpdate: heard('afterUpdate'),
        beforeDestroy: heard('beforeDestroy'),
        afterDestroy: heard('afterDestroy'),
        beforeBulkCreate: heard('beforeBulkCreate'),
        afterBulkCreate: heard('afterBulkCreate'),
        beforeBulkUpdate: heard('beforeBulkUpdate'),
        afterBulkUpdate: heard('afterBulkUpdate'),
        beforeBulkDestroy: heard('beforeBulkDestroy'),
        afterBulkDestroy: heard('afterBulkDestroy'),
        beforeUpsert: heard('beforeUpsert'),
        afterUpsert: heard('afterUpsert'),
      },
    },
  );
  authors.hasMany(books, { as: 'books', foreignKey: 'authorId' });
  books.belongsTo(authors, { as: 'author', foreignKey: 'authorId' });
  return { authors, books };
}

/** The pool that serves the service now: how many connections it has, and how many of them work. */
export const poolOf = ({ sequelize }: Shop): { readonly size: number; readonly using: number } =>
  (sequelize as unknown as { connectionManager: { pool: { size: number; using: number } } }).connectionManager.pool;

/** What a call rejects with; fails where it resolves. */
export async function rejection(work: Promise<unknown>): Promise<ResilienceError & { outcome?: string; transactionId?: string }> {
  const answer = await work.then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  );
  if ('error' in answer) return answer.error as ResilienceError;
  throw new Error(`resolved to ${JSON.stringify(answer.result)}`);
}

/** The same call, whose failure before the test comes to await it is no unhandled rejection. */
export function attended<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}

/** Ends every session of a database, as an administrator does; the server is well. */
export async function terminateSessions(server: PostgresServer, database: string): Promise<void> {
  await server.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()', [database]);
}

/**
 * Takes the service's pool away, and every way to a new connection, while it still believes in its primary: a call that begins now
 * can't be sent. Once it has begun, `wire.cut()` lets the service notice.
 */
export async function strand(shop: Shop, server: PostgresServer, wire: Wire): Promise<void> {
  wire.stopListening();
  await server.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND application_name NOT LIKE '% probe'`, [
    shop.database,
  ]);
  await waitFor(() => poolOf(shop).size === 0, { what: 'the pool to notice' });
}

/** Resolves when the server works on a statement whose text contains `text`. */
export async function untilRunning(server: PostgresServer, text: string): Promise<void> {
  const asked = async () =>
    await server.query(`SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE $1 AND pid <> pg_backend_pid()`, [
      `%${text}%`,
    ]);
  await waitFor(async () => (await asked()).length > 0, { what: `the server to run ${text}` });
}
