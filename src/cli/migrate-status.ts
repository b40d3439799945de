import type { Command } from 'commander';
import type { Role } from '../index.js';
import { codeOf, DatabaseFailure, isWrongUse, messageOf } from './failure.js';
import { type KnownMigrations, knownMigrations, migratorOf, rolesOf } from './migrators.js';
import type { InterruptedMigration } from '../migrations/index.js';
import type { Answer, Output } from './output.js';
import { type Session, withConnection } from './session.js';
import { addMigrateOptions, type MigrateSettings } from './settings.js';
import { remedyOf } from './stopped.js';
import type { Terminal } from './terminal.js';

/** What is told of one database. */
interface DatabaseStatus extends KnownMigrations {
  readonly database: Role;
  readonly reachable: boolean;
  /** Why it is not reachable. */
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly interrupted: readonly InterruptedMigration[];
}

export function addMigrateStatus(migrate: Command, { output, give }: Terminal): Command {
  const command = migrate.command('status').description('tell which migrations have run, are pending or were interrupted');
  return addMigrateOptions(command).action((settings: MigrateSettings) => give(migrateStatus(settings, output)));
}

function migrateStatus(settings: MigrateSettings, output: Output): Promise<Answer> {
  return withConnection(settings, output, async (session) => {
    // One database that can't be reached is an answer, too.
    await session.connection.ready.catch(() => undefined);
    const databases: DatabaseStatus[] = [];
    for (const role of rolesOf(session)) databases.push(await statusOf(role, session, settings.migrations));
    return {
      text: databases.map(statusText).join('\n'),
      document: { command: 'migrate status', databases },
      failed: databases.some(({ reachable, interrupted }) => !reachable || interrupted.length > 0),
    };
  });
}

async function statusOf(database: Role, session: Session, glob: string | undefined): Promise<DatabaseStatus> {
  const migrations = migratorOf(database, session, glob);
  try {
    const known = await knownMigrations(migrations);
    const interrupted = await migrations.migrator.interrupted({ database });
    return { database, reachable: true, error: null, ...known, interrupted };
  } catch (error) {
    if (isWrongUse(error)) throw new DatabaseFailure(database, error);
    const why = { code: codeOf(error) ?? 'FAILED', message: messageOf(error) };
    return { database, reachable: false, error: why, executed: [], pending: [], missing: [], interrupted: [] };
  }
}

function statusText({ database, error, executed, pending, missing, interrupted }: DatabaseStatus): string {
  if (error !== null) return `${database}: can't be reached: ${error.message}`;
  const last = executed.at(-1);
  return [
    `${database}: reachable`,
    `  executed     ${executed.length}${last === undefined ? '' : `, the last one is ${last}`}`,
    ...(missing.length === 0 ? [] : [`  of these     ${missing.length} not found as files: ${missing.join(', ')}`]),
    `  pending      ${pending.length}`,
    ...pending.map((name) => `    ${name}`),
    `  interrupted  ${interrupted.length}`,
    ...interrupted.map(interruptedText),
  ].join('\n');
}

function interruptedText({ name, database, direction, startedAt, by }: InterruptedMigration): string {
  return `    ${name} (${direction}), begun ${startedAt.toISOString()} by ${by}\n      ${remedyOf(name, database)}`;
}
