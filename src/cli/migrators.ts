import { type MigrationsOptions, ResilienceError, type Role } from '../index.js';
import { DatabaseFailure, messageOf } from './failure.js';
import { migrationsOf } from './migrations-setting.js';
import { createMigrator, type MigrationRecord, type Migrator } from '../migrations/index.js';
import type { Session } from './session.js';

class UnreachableError extends ResilienceError {
  constructor(cause: unknown) {
    super('PRIMARY_UNAVAILABLE', `PostgreSQL could not be reached: ${messageOf(cause)}`, { cause });
  }
}

/** The migrations of one database: each may have its own. */
export interface RoleMigrator {
  readonly role: Role;
  readonly migrator: Migrator;
  readonly options: MigrationsOptions;
}

/** @throws UsageError, ConfigurationError where no migrations are configured, or in a way that can't be used */
export function migratorOf(role: Role, session: Session, glob: string | undefined): RoleMigrator {
  const options = migrationsOf(role, { ...session, glob });
  return { role, options, migrator: createMigrator(session.connection, options) };
}

/** What is known of the migrations of one database. */
export interface KnownMigrations {
  /** Those that have run, also where their files are gone. */
  readonly executed: readonly string[];
  readonly pending: readonly string[];
  /** Those that have run and whose files are not found. */
  readonly missing: readonly string[];
}

export async function knownMigrations({ role: database, migrator, options: { glob } }: RoleMigrator): Promise<KnownMigrations> {
  const executed = await migrator.executed({ database });
  const pending = await migrator.pending({ database });
  const missing = glob === undefined ? [] : executed.filter(({ path }) => path === undefined);
  const names = (records: readonly MigrationRecord[]): string[] => records.map(({ name }) => name);
  return { executed: names(executed), pending: names(pending), missing: names(missing) };
}

/**
 * Gives what `call` gives for each database that was asked for, one after the other; the first failure ends it.
 *
 * @throws DatabaseFailure
 */
export async function onEach<T>(session: Session, glob: string | undefined, call: (migrations: RoleMigrator) => Promise<T>): Promise<T[]> {
  await started(session);
  const all = rolesOf(session).map((role) => migratorOf(role, session, glob));
  const results: T[] = [];
  const on = async <R>(role: Role, work: () => Promise<R>): Promise<R> => {
    try {
      return await work();
    } catch (error) {
      throw new DatabaseFailure(role, error, session.journal.finished);
    }
  };
  // A second one that can't be used at all is known before anything is done to the first.
  for (const second of all.slice(1)) await on(second.role, () => knownMigrations(second));
  for (const each of all) results.push(await on(each.role, () => call(each)));
  return results;
}

/**
 * Waits until the connection has begun.
 *
 * @throws DatabaseFailure where it can't
 */
export async function started({ connection, choice, given }: Session): Promise<void> {
  try {
    await connection.ready;
  } catch (error) {
    if (given.kind === 'connection' || choice !== 'primary') throw error;
    // It was this command that allowed no fallback: the error's advice to allow one is not for its user.
    const { cause = error } = error as { cause?: unknown };
    throw new DatabaseFailure('primary', new UnreachableError(cause));
  }
}

/** The databases by their roles, the primary first: where it can't be migrated, the fallback is left as it is. */
export function rolesOf({ choice, connection }: Session): readonly Role[] {
  if (choice === 'both') return ['primary', 'fallback'];
  if (choice === 'active') return [connection.getStatus().fallback ? 'fallback' : 'primary'];
  return [choice];
}
