import { ResilienceError } from '../index.js';
import type { StopSignal } from './exit-codes.js';
import type { MigrationEvent } from './migration-journal.js';
import type { MigrationRun } from '../migrations/index.js';

/** A signal ended the command before it had an answer. */
export class Stopped extends ResilienceError {
  constructor(
    readonly signal: StopSignal,
    /** Those that were begun and have not ended. */
    readonly interrupted: readonly MigrationEvent[],
    /** Those that had ended before. */
    readonly migrations: readonly MigrationRun[],
  ) {
    super('STOPPED', [`Stopped by ${signal}.`, ...interrupted.map(toldInterruption)].join('\n'));
  }
}

function toldInterruption({ name, database, direction }: MigrationEvent): string {
  return `${database}: the migration ${name} (${direction}) was interrupted. ${remedyOf(name, database)}`;
}

/** What to do about a migration of which nobody knows how much is done. */
export function remedyOf(name: string, database: string): string {
  const command = `sequelize-resilient migrate resolve ${name} --database ${database}`;
  return `Look how much of it is done there, then say so with \`${command} --applied\` (all of it) or \`--retry\` (none of it: run it again).`;
}
