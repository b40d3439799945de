import type { DatabaseInstance } from '../databases/database.js';
import { ConfigurationError } from '../errors.js';
import { asHolder, heldLocks } from './run-lock.js';
import type { ResolvedMigrations } from '../options/resolve-migrations.js';
import type { Role } from '../words.js';
import {
  DatabaseMigrations,
  type InterruptedMigration,
  type MigrationParts,
  type MigrationRecord,
  type MigrationRun,
  type Range,
} from './database-migrations.js';

/** Which databases something is done on: the one that is active, one by its role, or the primary and then the fallback. */
export type DatabaseChoice = 'active' | 'primary' | 'fallback' | 'both';

/** Which databases something is done on, and how far. */
export interface MigrateOptions extends Range {
  /** @default 'active' */
  readonly database?: DatabaseChoice | undefined;
}

type Where = Pick<MigrateOptions, 'database'>;

/** Runs the migrations of a connection, on each of its databases with a record of its own. */
export interface Migrator {
  /**
   * Runs the migrations that have not run yet, in their order, and resolves to those that were run.
   *
   * One process at a time migrates a database: others wait, and find it done. Of both databases the primary is first; a failure there
   * leaves the fallback as it is.
   * @throws MigrationFailedError where one fails: those before it stay
   * @throws MigrationInterruptedError where one was begun before and neither ended nor failed
   * @throws ConfigurationError for a name that is none, and where the database is not allowed here
   */
  up(options?: MigrateOptions): Promise<MigrationRun[]>;
  /** Undoes migrations, the last one first: one, `step` many, or those down to `to` and including it (0: all). Throws as `up` does. */
  down(options?: MigrateOptions): Promise<MigrationRun[]>;
  /** The migrations that have not run yet. */
  pending(options?: Where): Promise<MigrationRecord[]>;
  /** The migrations that are recorded as run. */
  executed(options?: Where): Promise<MigrationRecord[]>;
  /** The migrations that were begun and neither ended nor failed, and are not under way. */
  interrupted(options?: Where): Promise<InterruptedMigration[]>;
  /**
   * Says of an interrupted migration that its step is done (`'applied'`), or that nothing of it is and it is to be run again (`'retry'`).
   *
   * @throws ConfigurationError where it was not interrupted
   */
  resolve(name: string, as: 'applied' | 'retry', options?: Where): Promise<void>;
}

/** What a migrator needs of its connection. */
export interface MigratorParts extends MigrationParts {
  /** The role of the active database; waits for one within its bounds. */
  readonly activeRole: () => Promise<Role>;
  /** Runs a function pinned to a database. Rejects where that can't be opened or is not allowed. */
  readonly use: <T>(role: Role, fn: (instance: DatabaseInstance) => Promise<T>) => Promise<T>;
  readonly hasFallback: boolean;
}

const CHOICES: readonly unknown[] = ['active', 'primary', 'fallback', 'both'];

/** Makes the migrator of a connection. */
export function migratorOf(parts: MigratorParts, plan: ResolvedMigrations): Migrator {
  const each = <T>(options: Where | undefined, call: (migrations: DatabaseMigrations) => Promise<T[]>) =>
    onEach(parts, plan, options, call);
  return {
    up: (options) => each(options, (migrations) => migrations.up(rangeIn(options))),
    down: (options) => each(options, (migrations) => migrations.down(rangeIn(options))),
    pending: (options) => each(options, (migrations) => migrations.pending()),
    executed: (options) => each(options, (migrations) => migrations.executed()),
    interrupted: (options) => each(options, (migrations) => migrations.interrupted()),
    resolve: async (name, as, options) => {
      if (!['applied', 'retry'].includes(as)) throw new ConfigurationError('as', "must be 'applied' or 'retry'", as);
      await each(options, async (migrations) => {
        await migrations.resolve(name, as);
        return [];
      });
    },
  };
}

async function onEach<T>(
  parts: MigratorParts,
  plan: ResolvedMigrations,
  { database = 'active' }: Where = {},
  call: (migrations: DatabaseMigrations) => Promise<T[]>,
): Promise<T[]> {
  // What is done on a database is no part of the code that asks for it.
  const locks = heldLocks();
  const results: T[] = [];
  for (const role of await rolesOf(parts, database)) {
    const work = async (instance: DatabaseInstance): Promise<T[]> => {
      await refuseForeign(instance);
      return await call(await DatabaseMigrations.of(parts, instance, plan));
    };
    results.push(...(await parts.use(role, (instance) => asHolder(locks, () => work(instance)))));
  }
  return results;
}

/** A production has no fallback, so that both are the primary alone. */
async function rolesOf({ hasFallback, activeRole }: MigratorParts, database: DatabaseChoice): Promise<readonly Role[]> {
  if (!CHOICES.includes(database)) {
    throw new ConfigurationError('database', "must be 'active', 'primary', 'fallback' or 'both'", database);
  }
  if (database === 'active') return [await activeRole()];
  if (database === 'fallback' && !hasFallback) {
    throw new ConfigurationError('database', "can't be 'fallback': no fallback is allowed here (options.allowSQLiteFallback)");
  }
  if (database === 'both') return hasFallback ? ['primary', 'fallback'] : ['primary'];
  return [database];
}

/** Tables that were made by `sync()` are there already, in another way: migrations would fail, or be recorded without having run. */
async function refuseForeign(instance: DatabaseInstance): Promise<void> {
  const maker = await instance.madeBy?.();
  if (maker !== 'sync') return;
  throw new ConfigurationError(
    'database',
    `can't be '${instance.role}': its tables were made by schema.${instance.role}: 'sync'. Set schema.${instance.role} to { migrations }: then the old file is set aside when the service goes on its fallback`,
  );
}

function rangeIn({ to, step }: Range = {}): Range {
  if (to !== undefined && to !== 0 && (typeof to !== 'string' || to === ''))
    throw new ConfigurationError('to', 'must be the name of a migration, or 0', to);
  if (step !== undefined && (!Number.isInteger(step) || step < 1))
    throw new ConfigurationError('step', 'must be a whole number from 1', String(step));
  return { to, step };
}
