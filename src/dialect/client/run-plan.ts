import type { Catalog } from '../catalog/catalog.js';
import { PgError } from '../pg-error.js';
import type { Slot } from '../translate/plan.js';
import type { Stored } from '../types/codec.js';
import type { Handle } from './handle.js';
import type { PgResult } from './pg-result.js';
import { caughtResult, statementFailure } from './statement-failure.js';
import type { PlannedStatement } from './text-planner.js';

/** What one run of a plan is made from. */
export interface Bindings {
  /** The literals of the text. */
  readonly literals: readonly string[];
  /** The parameters as the caller gave them. */
  readonly values: readonly unknown[];
  /** Microseconds since 1970: one value for a whole transaction. */
  readonly nowMicros: number;
  /** `rowMode: 'array'`. */
  readonly asArrays: boolean;
  /** What the plan was made for. */
  readonly catalog: Catalog;
}

/** Runs a plan on a handle and answers as `pg` does. Rejects with PostgreSQL's error where it has one for the failure. */
export async function runPlan(handle: Handle, statement: PlannedStatement, bindings: Bindings): Promise<PgResult> {
  const { plan, caught } = statement;
  const literals = caught?.literals ?? bindings.literals;
  const bound = plan.slots.map((slot) => storedValue(slot, literals, bindings));
  try {
    return await run(handle, statement, bound, bindings.asArrays);
  } catch (error) {
    const failure = await statementFailure(handle, error, { plan, bound, catalog: bindings.catalog });
    if (caught !== undefined) return caughtResult(failure, caught.fields);
    throw failure;
  }
}

async function run(handle: Handle, { plan, reader }: PlannedStatement, bound: readonly Stored[], asArrays: boolean): Promise<PgResult> {
  const { command } = plan;
  const oid = command === 'INSERT' ? 0 : null;
  if (reader === undefined) {
    const { changes } = await handle.run(plan.sql, bound);
    return { command, rowCount: changes, oid, rows: [], fields: [] };
  }
  const found = await handle.all(plan.sql, bound);
  const rows = asArrays ? reader.arrays(found) : reader.objects(found);
  return { command, rowCount: found.length, oid, rows, fields: reader.fields };
}

function storedValue({ source, convert }: Slot, literals: readonly string[], { values, nowMicros }: Bindings): Stored {
  if (source.from === 'literal') return convert(literals[source.slot]);
  if (source.from === 'now') return convert(nowMicros);
  const value = values[source.number - 1];
  return value === null || value === undefined ? null : convert(value);
}

/** @throws PgError where there are more or fewer parameters than the text names, as PostgreSQL's Bind does. */
export function checkParameterCount(given: number, named: number): void {
  if (given === named) return;
  // Without parameters PostgreSQL's simple protocol is spoken.
  if (given === 0) throw new PgError('42P02', 'there is no parameter $1');
  throw new PgError('08P01', `bind message supplies ${given} parameters, but prepared statement "" requires ${named}`);
}
