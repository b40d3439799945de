import type { Catalog } from '../catalog/catalog.js';
import { PgError } from '../pg-error.js';
import type { DataPlan, Slot } from '../translate/plan.js';
import type { Stored } from '../types/codec.js';
import type { Handle, Row } from './handle.js';
import type { PgResult } from './pg-result.js';
import type { RowReader } from './row-reader.js';
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
    // Each promise costs: this is passed by every statement.
    if (statement.reader === undefined) return writtenResult(plan, (await handle.run(plan.sql, bound)).changes);
    return readResult(plan, statement.reader, await handle.all(plan.sql, bound), bindings.asArrays);
  } catch (error) {
    const failure = await statementFailure(handle, error, { plan, bound, catalog: bindings.catalog });
    if (caught !== undefined) return caughtResult(failure, caught.fields);
    throw failure;
  }
}

const oidOf = ({ command }: DataPlan): number | null => (command === 'INSERT' ? 0 : null);

const writtenResult = (plan: DataPlan, changes: number): PgResult => ({
  command: plan.command,
  rowCount: changes,
  oid: oidOf(plan),
  rows: [],
  fields: [],
});

const readResult = (plan: DataPlan, reader: RowReader, found: readonly Row[], asArrays: boolean): PgResult => ({
  command: plan.command,
  rowCount: found.length,
  oid: oidOf(plan),
  rows: asArrays ? reader.arrays(found) : reader.objects(found),
  fields: reader.fields,
});

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
