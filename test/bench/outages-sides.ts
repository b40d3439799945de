import { join } from 'node:path';
import { DataTypes, type Model, type ModelStatic, type Options, type Sequelize } from 'sequelize';
import { createResilientConnection, type PrimaryOptions } from '../../src/index.js';
import { type OutageController, startOutageProxy } from '../../src/testing/index.js';
import type { PostgresServer } from '../support/postgres-server.js';
import { withCopyOfSequelize } from './sequelize-copies.js';

export const SIDES = ['plain Sequelize', 'this library, PostgreSQL only', 'this library, with fallback'] as const;
export type SideName = (typeof SIDES)[number];

/** A service under test: a model on a database of its own, behind a proxy of its own. */
export interface OutageSide {
  readonly name: SideName;
  readonly wire: OutageController;
  readonly database: string;
  readonly notes: ModelStatic<Model>;
  /** The key of a row that is in PostgreSQL only: who reads it was answered by PostgreSQL. */
  readonly knownId: string;
  /** When the library told that its database is lost, on the clock of `performance.now`; always undefined on the plain side. */
  lostAtMs(): number | undefined;
  close(): Promise<void>;
}

interface Opened {
  readonly sequelize: Sequelize;
  /** Of the copy of Sequelize that this side uses. */
  readonly types: typeof DataTypes;
  readonly lostAtMs: () => number | undefined;
  readonly close: () => Promise<void>;
}

/** Sequelize's own, said on all sides so that they stay alike whatever the defaults become. */
const POOL = { max: 5, min: 0, acquire: 60_000, idle: 10_000 };

export async function openSide(name: SideName, server: PostgresServer, folder: string): Promise<OutageSide> {
  const database = await server.createDatabase();
  const wire = await startOutageProxy(server);
  const login = {
    host: wire.host,
    port: wire.port,
    database,
    username: server.user,
    password: server.password,
    pool: POOL,
    logging: false,
  };
  const opened = name === 'plain Sequelize' ? openPlain(login) : await openOurs(login, name.endsWith('fallback'), join(folder, database));
  const { types } = opened;
  const notes = opened.sequelize.define(
    'notes',
    { id: { type: types.UUID, primaryKey: true, defaultValue: types.UUIDV4 }, text: types.STRING },
    { timestamps: false },
  );
  await notes.sync();
  const known = await notes.create({ text: 'known' });
  return {
    ...{ name, wire, database, notes, knownId: known.get('id') as string, lostAtMs: opened.lostAtMs },
    close: async () => {
      // Ends also what still waits for an answer.
      await wire.close();
      await opened.close();
    },
  };
}

type Login = Options & PrimaryOptions;

function openPlain(login: Login): Opened {
  return withCopyOfSequelize((copy) => {
    const sequelize = new copy.Sequelize({ ...login, dialect: 'postgres' });
    return { sequelize, types: copy.DataTypes, lostAtMs: () => undefined, close: () => sequelize.close() };
  });
}

async function openOurs(login: Login, allowSQLiteFallback: boolean, storageDir: string): Promise<Opened> {
  const connection = await createResilientConnection({
    serviceName: 'bench-outages',
    primary: login,
    fallback: { storageDir },
    options: { allowSQLiteFallback },
    logger: false,
  });
  let lostAtMs: number | undefined;
  connection.on('disconnected', ({ dialect }) => {
    if (dialect === 'postgres') lostAtMs ??= performance.now();
  });
  return { sequelize: connection.sequelize, types: DataTypes, lostAtMs: () => lostAtMs, close: () => connection.close() };
}
