import { AsyncLocalStorage } from 'node:async_hooks';
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import {
  DataTypes,
  Model,
  Sequelize,
  type CreationOptional,
  type InferAttributes,
  type InferCreationAttributes,
  type Options,
} from 'sequelize';
import { SqliteConnections } from '../src/databases/sqlite-connections/sqlite-connections.js';
import { useConnections } from '../src/databases/sqlite-connections/use-connections.js';
import { useFallbackDialect } from '../src/dialect/fallback-dialect.js';
import type { SqliteDriver } from '../src/databases/sqlite-drivers/driver.js';
import { loadSqlite3 } from '../src/databases/sqlite-drivers/sqlite3.js';
import { tempFolder } from './support/temp-folder.js';

/** A row of the table that the tests write to. */
export class Account extends Model<InferAttributes<Account>, InferCreationAttributes<Account>> {
  declare id: CreationOptional<number>;
  declare name: string;
  declare balance: CreationOptional<number>;
}

/** An SQLite database with the table of accounts, under an ordinary Sequelize. */
export interface Fixture {
  readonly sequelize: Sequelize;
  readonly connections: SqliteConnections;
  readonly accounts: typeof Account;
  readonly storage: string;
  /** Runs a function as one unit of work. */
  readonly asUnit: <T>(work: () => Promise<T>) => Promise<T>;
}

export interface FixtureOptions {
  storage?: string;
  acquireTimeoutMs?: number;
  ownUnitTimeoutMs?: number;
  sequelize?: Options;
  driver?: SqliteDriver;
}

const opened: Fixture[] = [];

/** Opens a database in a fresh folder, or the one that `storage` names. `closeFixtures` closes it. */
export async function openFixture(options: FixtureOptions = {}): Promise<Fixture> {
  const { storage = join(tempFolder(), 'data', 'accounts.sqlite'), sequelize: more, driver = await loadSqlite3(), ...limits } = options;
  const units = new AsyncLocalStorage<object>();
  const sequelize = new Sequelize({ dialect: 'postgres', storage, logging: false, ...more, ...{ databaseVersion: '15.0.0' } });
  useFallbackDialect(sequelize);
  const { connectionManager } = sequelize as unknown as { connectionManager: { getTypeParser(oid: number): (text: string) => unknown } };
  const parserOf = (oid: number) => connectionManager.getTypeParser(oid);
  const connections = await SqliteConnections.open({ driver, storage, currentUnit: () => units.getStore(), parserOf, ...limits });
  useConnections(sequelize, connections);
  const accounts = defineAccount(sequelize);
  await sequelize.sync();
  const fixture = { sequelize, connections, accounts, storage, asUnit: <T>(work: () => Promise<T>) => units.run({}, work) };
  opened.push(fixture);
  return fixture;
}

/** Closes every database that a test opened. */
export async function closeFixtures(): Promise<void> {
  await Promise.all(opened.splice(0).map(({ connections }) => connections.close()));
}

/** The files below a folder that this process has open. */
export function openFilesBelow(folder: string): string[] {
  return readdirSync('/proc/self/fd')
    .map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return '';
      }
    })
    .filter((path) => path.startsWith(folder));
}

function defineAccount(sequelize: Sequelize): typeof Account {
  // A class of its own for each Sequelize: init() ties a class to one.
  const Own = class extends Account {};
  Own.init(
    {
      id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
      name: { type: DataTypes.STRING, allowNull: false, unique: true },
      balance: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 },
    },
    { sequelize, modelName: 'Account', timestamps: false },
  );
  return Own;
}
