import type { Sequelize } from 'sequelize';
import type { Migrator } from '../migrator/migrator.js';
import type { MigrationsOptions } from '../options.js';

/** Where a connection has its migrators, also one of another copy of the package (an ES module beside a CommonJS one). */
const MAKER = Symbol.for('sequelize-resilient.migrator');

/** A `ResilientConnection`, of this copy of the package or of another one. */
export interface MigratedConnection {
  readonly sequelize: Sequelize;
  getStatus(): object;
}

/**
 * Makes a migrator of a connection: `up`, `down`, `pending`, `executed` for its databases, with Umzug 3 behind it.
 *
 * Needs the package `umzug`.
 * @throws ConfigurationError for an option that can't be used
 */
export function createMigrator(connection: MigratedConnection, options: MigrationsOptions): Migrator {
  const maker = (connection as MigratedConnection & Partial<Record<symbol, (options: MigrationsOptions) => Migrator>>)[MAKER];
  if (typeof maker === 'function') return maker.call(connection, options);
  throw new TypeError('createMigrator(connection): connection must come from createResilientConnection() or new ResilientConnection().');
}
