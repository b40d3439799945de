import type { Role } from '../index.js';
import { durationText } from './durations.js';
import type { MigrationRun } from '../migrations/index.js';
import type { Answer } from './output.js';

/** What was run on one database. */
export interface RoleRuns {
  readonly role: Role;
  readonly runs: readonly MigrationRun[];
  /** What is said where nothing ran. */
  readonly nothing: string;
}

/** What `migrate up` and `migrate down` answer. */
export function runsAnswer(command: string, done: string, results: readonly RoleRuns[]): Answer {
  const text = results.map(({ role, runs, nothing }) => `${role}: ${runs.length === 0 ? nothing : runsText(done, runs)}`).join('\n');
  return { text, document: { command, migrations: results.flatMap(({ runs }) => runs) } };
}

function runsText(done: string, runs: readonly MigrationRun[]): string {
  const durationMs = runs.reduce((sum, run) => sum + run.durationMs, 0);
  return `${counted(runs.length)} ${done} in ${durationText(durationMs)}.`;
}

/** `1 migration`, `2 migrations`. */
export const counted = (count: number): string => `${count} ${count === 1 ? 'migration' : 'migrations'}`;
