import type { Catalog } from '../catalog/catalog.js';
import { violatedKey } from '../catalog/constraint-errors.js';
import { FailingRowLook } from '../catalog/failing-row.js';
import { DuplicateLook } from '../catalog/duplicate-look.js';
import type { PgError } from '../pg-error.js';
import type { DataPlan } from '../translate/plan.js';
import type { Stored } from '../types/codec.js';
import { violatedForeignKey } from './foreign-key-check.js';
import type { Handle } from './handle.js';

/** A statement as it was given to SQLite. */
export interface GivenStatement {
  readonly plan: DataPlan;
  readonly bound: readonly Stored[];
  readonly catalog: Catalog;
}

/*
 * PostgreSQL's errors say which values were refused (`Key (name)=(a) already exists.`), and Sequelize tells them to programs and
 * finds rows by them. SQLite doesn't say. So a statement that has failed is given once more, within a savepoint that is rolled back,
 * with something beside it that looks.
 */
const SAVEPOINT = '`sequelize_resilient look`';

/** PostgreSQL's error for the key that a statement has violated; `undefined` where it can't be found. */
export async function duplicateViolation(handle: Handle, error: Error, given: GivenStatement): Promise<PgError | undefined> {
  const key = violatedKey(error, given.catalog);
  if (key === undefined) return undefined;
  // A row that is in the way of one key may be what ON CONFLICT speaks of; that of the other one is an error.
  const only = given.plan.sql.includes(' ON CONFLICT') ? key.name : undefined;
  const look = new DuplicateLook(key.table, given.catalog, only);
  const failure = await again(handle, given, async () => {
    for (const trigger of look.triggers) await handle.exec(trigger);
  });
  return failure && look.errorFrom(failure, error);
}

/** An error with the row that was refused, where PostgreSQL shows it. */
export async function withFailingRow(handle: Handle, error: PgError, given: GivenStatement): Promise<PgError> {
  const look = FailingRowLook.for(error, given.catalog);
  if (look === undefined) return error;
  const failure = await again(handle, given, async () => {
    for (const trigger of look.triggers) await handle.exec(trigger);
  });
  return (failure && look.errorFrom(failure)) ?? error;
}

/** PostgreSQL's error for the foreign key that a statement has violated; `undefined` where it can't be found. */
export async function foreignKeyViolation(handle: Handle, given: GivenStatement): Promise<PgError | undefined> {
  let violation: PgError | undefined;
  await again(
    handle,
    given,
    () => handle.exec('PRAGMA defer_foreign_keys = ON'),
    async () => (violation = await violatedForeignKey(handle, given.catalog, given.plan)),
  );
  return violation;
}

/** Gives a statement again and takes back all that it does; answers how it failed. Failures of the looking itself are none to tell. */
async function again(
  handle: Handle,
  { plan, bound }: GivenStatement,
  before: () => Promise<unknown>,
  after?: () => Promise<unknown>,
): Promise<Error | undefined> {
  try {
    await handle.exec(`SAVEPOINT ${SAVEPOINT}`);
  } catch {
    return undefined;
  }
  try {
    await before();
    await handle.all(plan.sql, bound);
    await after?.();
    return undefined;
  } catch (error) {
    return error as Error;
  } finally {
    await handle.exec(`ROLLBACK TO ${SAVEPOINT}; RELEASE ${SAVEPOINT}`);
  }
}
