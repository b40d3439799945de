import { Model } from 'sequelize';
import { StaleRowError } from '../errors.js';
import type { RowInternals } from '../sequelize-internals.js';
import type { Role } from '../words.js';

/**
 * Where a row remembers its origin: in the options object that Sequelize keeps on each instance (`_options`).
 *
 * The options for building the rows of a query are spread into it, so one entry there marks them all. A string, because the
 * spread takes symbols one by one (lib/model.js of sequelize 6.37.8).
 */
const ORIGIN = '_resilientOrigin';

/** The options for building the rows of a query, marked with the role that they were read from. */
export const withOrigin = (options: object, role: Role): object => ({ ...options, [ORIGIN]: role });

/** True where options for building rows are marked. */
export const isMarked = (options: unknown): boolean => (options as { [ORIGIN]?: Role } | undefined)?.[ORIGIN] !== undefined;

/** Notes that a row was read from, or written to, `role`. */
export function markOrigin(row: unknown, role: Role): void {
  if (row instanceof Model) optionsOf(row)[ORIGIN] = role;
}

/** The role of the database that a row was read from or written to; `undefined` for a row that is in none yet. */
export function originOf(row: Model): Role | undefined {
  return optionsOf(row)[ORIGIN] as Role | undefined;
}

/**
 * Refuses rows (or lists of rows) of the other database. Anything else among `values` is passed over.
 *
 * Returns whether there was a row of this one.
 */
export function assertOrigin(values: readonly unknown[], operation: string, active: Role): boolean {
  let found = false;
  for (const value of values) {
    if (Array.isArray(value)) found = assertOrigin(value, operation, active) || found;
    else if (value instanceof Model) found = assertRowOrigin(value, operation, active) || found;
  }
  return found;
}

function assertRowOrigin(row: Model, operation: string, active: Role): boolean {
  const origin = originOf(row);
  if (origin !== undefined && origin !== active) {
    throw new StaleRowError({ model: row.constructor.name, operation, origin, active });
  }
  return origin !== undefined;
}

const optionsOf = (row: Model): Record<PropertyKey, unknown> => (row as unknown as RowInternals)._options;
