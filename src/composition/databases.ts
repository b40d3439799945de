import { Sequelize, type Options } from 'sequelize';
import type { Clock } from '../clock.js';
import { poolName } from '../databases/application-name.js';
import { useHost, usePasswords } from '../databases/pool-connects.js';
import { createPostgresInstance } from '../databases/postgres.js';
import type { Database, DatabaseInstance } from '../databases/database.js';
import type { DriverLoader } from '../databases/sqlite-drivers/driver-loader.js';
import { createSqliteDatabase } from '../databases/sqlite.js';
import { sessionStart } from '../dialect/client/session-start.js';
import type { Narration } from '../narration.js';
import { definedIn } from '../options/resolve-primary.js';
import type { ResolvedConfig } from '../options/resolve-config.js';
import { resilientClassOf, routingOf } from '../routing/resilient-sequelize.js';
import type { Access } from './access.js';

export function newSequelize({ serviceName, primary, sequelize: given, Sequelize: Base = Sequelize }: ResolvedConfig): Sequelize {
  const { database, username, password, host, port, pool, logging } = primary;
  const dialectOptions = { keepAlive: true, ...primary.dialectOptions, application_name: poolName(serviceName, primary.dialectOptions) };
  // sequelize-typescript would define its models within its constructor, before the object routes anything.
  const { models, modelPaths, ...others } = given as { models?: unknown; modelPaths?: unknown };
  const options = { ...others, host, port, pool, logging, dialectOptions, dialect: 'postgres' };
  const Class = resilientClassOf(Base);
  // A function's answer is asked for at each connect; without one Sequelize would keep it in its configuration.
  const constant = typeof password === 'function' ? undefined : password;
  const sequelize = new Class(database as string, username as string, constant, options as Options);
  for (const list of [models, modelPaths]) {
    if (list !== undefined) (sequelize as Sequelize & { addModels?(models: unknown): void }).addModels?.(list);
  }
  return sequelize;
}

/** Instances are built from what Sequelize made of the configuration. */
export function primaryDatabase(sequelize: Sequelize, { hosts, passwords }: Access, narrator: Narration, clock: Clock): Database {
  const { template, router } = routingOf(sequelize);
  // The first activation takes the instance that the object was made with: programs may have kept its connection manager.
  let unused: DatabaseInstance | undefined = router.current;
  return {
    role: 'primary',
    engine: 'postgres',
    createInstance: () => {
      const instance = unused ?? createPostgresInstance(template, clock);
      unused = undefined;
      const address = hosts.take();
      if (hosts.list.length > 1) {
        useHost(instance.sequelize, address);
        narrator.usesHost(address);
      }
      if (passwords !== undefined) usePasswords(instance.sequelize, passwords);
      return instance;
    },
  };
}

export function fallbackDatabase(config: ResolvedConfig, sequelize: Sequelize, driver: DriverLoader, clock: Clock): Database | undefined {
  if (!config.fallback.allowed) return undefined;
  const { router, template } = routingOf(sequelize);
  return createSqliteDatabase({
    storage: config.fallback.storage,
    logging: config.fallback.logging,
    options: definedIn({ operatorsAliases: config.sequelize.operatorsAliases, typeValidation: config.sequelize.typeValidation }),
    loadDriver: () => driver.load(),
    currentUnit: () => router.unit,
    nowMs: () => clock.nowMs(),
    start: sessionStart({ ...template.options, ...template.config }),
  });
}
