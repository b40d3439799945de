import { Model } from 'sequelize';
import { StaleRowError } from '../errors.js';
import type { RowInternals } from '../sequelize-internals.js';
import type { Role } from '../words.js';

/** Where a row remembers its origin: in the options object that Sequelize keeps on each instance (`_options`). */
const ORIGIN = Symbol.for('sequelize-resilient.origin');

/** Notes that a row was read from, or written to, `role`. */
export function markOrigin(row: unknown, role: Role): void {
  if (row instanceof Model) optionsOf(row)[ORIGIN] = role;
}

/** The role of the database that a row was read from or written to; `undefined` for a row that is in none yet. */
export function originOf(row: Model): Role | undefined {
  return optionsOf(row)[ORIGIN] as Role | undefined;
}

/** Refuses rows (or lists of rows) of the other database. Anything else among `values` is passed over. */
export function assertOrigin(values: readonly unknown[], operation: string, active: Role): void {
  for (const value of values) {
    if (Array.isArray(value)) assertOrigin(value, operation, active);
    else if (value instanceof Model) assertRowOrigin(value, operation, active);
  }
}

function assertRowOrigin(row: Model, operation: string, active: Role): void {
  const origin = originOf(row);
  if (origin === undefined || origin === active) return;
  throw new StaleRowError({ model: row.constructor.name, operation, origin, active });
}

const optionsOf = (row: Model): Record<PropertyKey, unknown> => (row as unknown as RowInternals)._options;
