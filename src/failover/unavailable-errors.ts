import type { DatabaseInstance } from '../databases/database.js';
import { DatabaseUnavailableError, MigrationFailedError, MigrationInterruptedError, PrimaryUnavailableError } from '../errors.js';
import { textOf } from '../error-text.js';
import type { Reason } from '../words.js';
import { LOST_PROBE_INTERVAL_MS, type Settings } from './schedule.js';
import type { NotReady } from './next-state.js';
import type { State } from './state.js';

/** The shortest advice to a caller that was turned away. */
const SHORTEST_RETRY_AFTER_MS = 100;

/** The primary's tables are not all there; `tables` names those that the models need. */
export class PrimarySchemaMissing extends Error {
  constructor(readonly tables: readonly string[]) {
    super(`PostgreSQL has no ${tables.length === 1 ? 'table' : 'tables'} ${tables.join(', ')}`);
  }
}

/** Why a primary that answers can't be used, in one word. */
export function notReadyReason(error: unknown): NotReady {
  if (error instanceof PrimarySchemaMissing) return 'primary-schema-missing';
  const isMigration = error instanceof MigrationFailedError || error instanceof MigrationInterruptedError;
  return isMigration ? 'primary-migration-failed' : 'primary-not-ready';
}

/** Whether the database was there after a failure: what a migration could not reach may have been something else. */
export const wasAnswered = (error: unknown): boolean => error instanceof MigrationFailedError && error.failureRecorded;

/** When another try makes sense: after the next probe of a lost primary. Never longer than one of those intervals. */
export const retryAfterMsOf = ({ healthCheckIntervalMs }: Pick<Settings, 'healthCheckIntervalMs'>): number =>
  Math.max(SHORTEST_RETRY_AFTER_MS, Math.min(LOST_PROBE_INTERVAL_MS, healthCheckIntervalMs));

/** For a caller that waited in vain, or was turned away at once. */
export function noDatabase(state: State, why: string, cause: unknown, settings: Settings): DatabaseUnavailableError {
  const reason = 'reason' in state ? (state.reason ?? 'unknown') : 'unknown';
  const retryAfterMs = retryAfterMsOf(settings);
  return new DatabaseUnavailableError(
    `${settings.serviceName} has no database: PostgreSQL is away (${reason}); ${why}. Nothing was sent. Try again in ${retryAfterMs} ms.`,
    { retryAfterMs, cause },
  );
}

/** For a start that ended without a database. `primary` and `last` are the errors of the last probe and of all. */
export function startFailed(
  settings: Settings,
  facts: { kind: Reason; attempts: number; primary: unknown; last: unknown },
): PrimaryUnavailableError {
  const { kind, attempts, primary = facts.last, last } = facts;
  const made = `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`;
  const fallback = primary === last ? notAllowed(settings) : ` The SQLite fallback failed too: ${textOf(last)}`;
  return new PrimaryUnavailableError(
    `${settings.serviceName} could not ${kind.startsWith('primary-') ? 'use' : 'reach'} PostgreSQL (${kind}, ${made}): ${textOf(primary).replace(/\.$/, '')}.${fallback}`,
    {
      attempts,
      cause: last,
    },
  );
}

/** Outside production somebody may wonder why there was no fallback. */
function notAllowed({ fallbackAllowed, production, fallbackDecidedBy }: Settings): string {
  if (fallbackAllowed || production) return '';
  return ` The SQLite fallback is not allowed here (${fallbackDecidedBy}); options.allowSQLiteFallback: true allows it.`;
}

/** What work in flight is told when its database is lost. The code makes Sequelize drop the connection. */
export const lossReason = (left: DatabaseInstance, reason: Reason, cause: unknown): Error =>
  Object.assign(new Error(`The ${left.role} database (${left.engine}) was lost: ${reason}`, { cause }), { code: 'ECONNRESET' });
