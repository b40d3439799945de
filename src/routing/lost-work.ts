import { BaseError, type Transaction } from 'sequelize';
import { isNotQueryable, isServerAnswer } from '../databases/connection-failure.js';
import type { DatabaseInstance } from '../databases/database.js';
import { wasNeverSent } from '../databases/never-sent.js';
import { DatabaseUnavailableError, OutcomeUnknownError, TransactionLostError, UnitLostError } from '../errors.js';
import { transactionInternals } from '../sequelize-internals.js';
import type { FailureKind, FailureVerdict } from '../words.js';
import type { UnitOfWork } from './unit-of-work.js';

/** What is known of a statement when it is sent. */
export interface Statement {
  readonly isRead: boolean;
  /** The caller says that it may be done twice. */
  readonly idempotent: boolean;
}

/** A statement that its database did not answer, or refused to do. */
export interface LostStatement extends Statement {
  readonly instance: DatabaseInstance;
  readonly kind: FailureKind;
  readonly neverSent: boolean;
}

/** After these the connection is gone, or of no use. */
const ENDS_CONNECTION: ReadonlySet<FailureKind> = new Set(['server-down', 'black-hole', 'starting-up']);

/** No connection could be had, and one may be had soon. */
const PASSES: ReadonlySet<FailureKind> = new Set([...ENDS_CONNECTION, 'too-many-connections']);

/** Judges a statement's failure. `undefined`: the database answered it, or it is reported as what it is. */
export function lossOf(
  error: unknown,
  verdict: FailureVerdict,
  statement: Statement,
  instance: DatabaseInstance,
): LostStatement | undefined {
  const lost = { ...statement, instance, kind: verdict.kind };
  if (typeof error !== 'object' || error === null || thrownByHooks.has(error)) return undefined;
  if (!instance.losesAnswers)
    return instance.lost !== undefined && isRefusal(error, instance.lost) ? { ...lost, neverSent: true } : undefined;
  if (wasNeverSent(error)) return instance.lost !== undefined || PASSES.has(verdict.kind) ? { ...lost, neverSent: true } : undefined;
  // What `logging` threw after the statement was sent says nothing of it.
  if (!isOfStatement(error)) return undefined;
  // A server that became read-only has not done it.
  if (verdict.kind === 'not-primary') return { ...lost, neverSent: true };
  if (isServerAnswer(error)) return undefined;
  if (!ENDS_CONNECTION.has(verdict.kind) && instance.lost === undefined) return undefined;
  return { ...lost, neverSent: isNotQueryable(error) };
}

/** Sequelize notes the statement in the driver's error and wraps it (lib/dialects/postgres/query.js of sequelize 6.37.8). */
const isOfStatement = (error: object): boolean =>
  error instanceof BaseError && typeof (error as { parent?: { sql?: unknown } }).parent?.sql === 'string';

const thrownByHooks = new WeakSet<object>();

/** Notes that a query hook of the program's threw this: it says nothing of the statement, whatever it looks like. */
export function noteHookError(error: unknown): void {
  if (typeof error === 'object' && error !== null) thrownByHooks.add(error);
}

/** SQLite answers everything that it was given, so what is left are its statements that were refused or broken off: nothing of them is stored. */
function isRefusal(error: unknown, lost: Error): boolean {
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  const driverCode = (error as { original?: { code?: unknown } }).original?.code ?? code;
  return (
    error === lost || cause === lost || driverCode === 'SQLITE_INTERRUPT' || code === 'DATABASE_CLOSED' || driverCode === 'SQLITE_MISUSE'
  );
}

/** True where the statement may be given again: it left no trace, or the caller says that twice is fine. */
export const isRepeatable = ({ neverSent, isRead, idempotent }: LostStatement): boolean => neverSent || isRead || idempotent;

/** For a statement that may have been done. */
export const outcomeUnknown = (cause: unknown): OutcomeUnknownError =>
  new OutcomeUnknownError(
    'The statement was sent and its answer never came: it may have been done or not. Look whether it was before you send it again, ' +
      'or mark calls that may be done twice with { idempotent: true }.',
    { cause },
  );

/** For a call of several statements that can't go on, some of which were done. */
export const partlyDone = (cause: unknown): OutcomeUnknownError =>
  new OutcomeUnknownError('The database was lost within this call: a part of it may be stored. Use a transaction where that must not be.', {
    cause,
  });

/** For a call that could not be sent for too long. */
export const nothingSent = (cause: unknown): DatabaseUnavailableError =>
  new DatabaseUnavailableError('The database could not be reached for too long. Nothing was sent: the call can be made again.', {
    retryAfterMs: 1_000,
    cause,
  });

/** For a `connection.unit(fn)` whose database was lost. */
export const unitLost = (unit: UnitOfWork, lost: DatabaseInstance, cause: unknown): UnitLostError => {
  const wrote = unit.writes > 0;
  return new UnitLostError(
    `The ${lost.role} database (${lost.engine}), on which this unit of work began, was lost. ` +
      (wrote
        ? 'What it had sent may be stored or not; run the unit again if that is safe.'
        : 'It had written nothing: run the unit again.'),
    { outcome: wrote ? 'unknown' : 'not-sent', cause },
  );
};

/** For a transaction that ended with its connection. */
export function transactionLost(transaction: Transaction, owner: DatabaseInstance, cause: unknown): TransactionLostError {
  const { id } = transactionInternals(transaction);
  return new TransactionLostError(
    `Transaction ${id} was begun on the ${owner.role} database (${owner.engine}), which is lost or was left. ` +
      'Nothing of it is stored: begin a new transaction and run it again.',
    { transactionId: id, cause },
  );
}

/** For a COMMIT that nobody can say the end of. */
export const commitUnknown = (transaction: Transaction, id: string | undefined, cause: unknown): OutcomeUnknownError =>
  new OutcomeUnknownError(
    `The COMMIT of transaction ${transactionInternals(transaction).id} was sent and its answer never came, and the server could not say in time ` +
      `whether it was done${id === undefined ? '' : ` (transaction id ${id}: ask it with pg_xact_status)`}. Look whether it was before you run it again.`,
    { ...(id === undefined ? {} : { transactionId: id }), cause },
  );
