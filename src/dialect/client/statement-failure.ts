import type { Catalog } from '../catalog/catalog.js';
import { constraintError } from '../catalog/constraint-errors.js';
import { PgError } from '../pg-error.js';
import { raisedError } from '../translate/raise.js';
import { violatedForeignKey } from './foreign-key-check.js';
import type { Handle } from './handle.js';
import type { PgResult } from './pg-result.js';
import { duplicateViolation, foreignKeyViolation, withFailingRow, type GivenStatement } from './violation.js';

/** What a program is to see of a definition's failure: PostgreSQL's own words for what SQLite's driver says; all else as it is. */
export function failureOf(error: unknown, catalog: Catalog): unknown {
  if (!isFromDriver(error)) return error;
  return raisedError(error) ?? constraintError(error, catalog) ?? error;
}

/** The same for a statement, which is looked into for the values that were refused. */
export async function statementFailure(handle: Handle, error: unknown, given: GivenStatement): Promise<unknown> {
  if (!isFromDriver(error)) return error;
  const { catalog, plan } = given;
  const raised = raisedError(error);
  if (raised !== undefined) return raised;
  if (isForeignKeyFailure(error)) return (await foreignKeyViolation(handle, given)) ?? constraintError(error, catalog, plan.table, plan);
  const violation = (await duplicateViolation(handle, error, given)) ?? constraintError(error, catalog, plan.table, plan);
  return violation === undefined ? error : await withFailingRow(handle, violation, given);
}

/** What a COMMIT's failure is to programs. The transaction is still open. */
export async function commitFailure(handle: Handle, error: unknown, catalog: Catalog): Promise<unknown> {
  if (!isFromDriver(error) || !isForeignKeyFailure(error)) return error;
  return (await violatedForeignKey(handle, catalog)) ?? failureOf(error, catalog);
}

const isForeignKeyFailure = ({ message }: Error): boolean => message.includes('FOREIGN KEY constraint failed');

/** Errors of the driver carry SQLite's own name as their code. */
export function isFromDriver(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('SQLITE_');
}

/** What is not known to the catalog may be there by now. */
const UNKNOWN_OBJECT: ReadonlySet<string> = new Set(['42P01', '42703', '42704', '42P10', '3F000']);

/** Whether a failure may come from a catalog that is older than the file. */
export function isOfOldCatalog(error: unknown): boolean {
  if (error instanceof PgError) return UNKNOWN_OBJECT.has(error.code) || error.message.startsWith('invalid input value for enum');
  return (
    isFromDriver(error) && /no such (?:table|column|index|view)|has no column named|ON CONFLICT clause does not match/.test(error.message)
  );
}

/** The answer to an INSERT whose unique violation is caught, as Sequelize reads it (lib/dialects/postgres/query.js). */
export function caughtResult(failure: unknown, columns: readonly string[]): PgResult {
  if (!(failure instanceof PgError) || failure.code !== '23505') throw failure;
  const nulls = columns.map((name): [string, unknown] => [name, null]);
  const row = Object.fromEntries<unknown>([...nulls, ['sequelize_caught_exception', failure.detail ?? '']]);
  return { command: 'SELECT', rowCount: 1, oid: null, rows: [row], fields: [] };
}
