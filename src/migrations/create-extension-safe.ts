import type { QueryInterface } from 'sequelize';
import { checkName, checkQueryInterface } from './arguments.js';
import { quotedName } from './quoted-table.js';
import { done, SchemaChangeError, type SchemaChange } from './schema-change.js';
import { databaseError, inStep, run, serverRows, type Step, type StepOptions } from './step.js';

/**
 * Creates an extension of PostgreSQL, unless it is there.
 *
 * Resolves to `created` or `exists`; to `exists` on a handle's fallback, which answers for the extensions that it knows without any being
 * created; to `skipped` on plain SQLite.
 *
 * @throws SchemaChangeError where the server has no such extension, or the user may not create it
 * @throws UnsupportedOnFallbackError on a handle's fallback for an extension that it doesn't know
 */
export async function createExtensionSafe(queryInterface: QueryInterface, name: string, options: StepOptions = {}): Promise<SchemaChange> {
  checkQueryInterface(queryInterface);
  checkName('extension', name);
  const subject = `extension "${name}"`;
  return await inStep(queryInterface, options, async (step) => {
    if (step.engine === 'sqlite') return done('skipped', subject, ['SQLite has no extensions of PostgreSQL']);
    const [found] = step.engine === 'postgres' ? await serverRows(step, 'SELECT 1 FROM pg_extension WHERE extname = $1', [name]) : [];
    if (found !== undefined) return done('exists', subject);
    await create(step, name, subject);
    return done(step.engine === 'postgres' ? 'created' : 'exists', subject);
  });
}

/** PostgreSQL's codes: no file of it, none that this server could have, not allowed. */
const REASONS: Readonly<Record<string, readonly [reason: string, remedy: string]>> = {
  '58P01': [
    'it is not installed on the server',
    'Install its files there: they are often in a package of their own, e.g. postgresql-contrib.',
  ],
  '0A000': [
    'it is not available on the server',
    'Install its files there: they are often in a package of their own, e.g. postgresql-contrib.',
  ],
  '42501': ['this user may not create it', 'Let a superuser run CREATE EXTENSION once in this database.'],
};

async function create(step: Step, name: string, subject: string): Promise<void> {
  try {
    await run(step, `CREATE EXTENSION IF NOT EXISTS ${quotedName(name)}`);
  } catch (error) {
    const reason = REASONS[databaseError(error).code];
    if (reason === undefined) throw error;
    throw new SchemaChangeError(subject, ...reason, { cause: error });
  }
}
