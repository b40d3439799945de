import type { EngineOutcome } from './outcome.js';

/**
 * The outcome of a run as if it had been in the schema `public`, where services mostly are: the unguessable name of the schema that was
 * made for it says nothing, and is another one with each call. PostgreSQL leaves it out where the search path finds what is meant, the
 * fallback not everywhere.
 */
export function asInPublic(outcome: EngineOutcome, schema: string): EngineOutcome {
  return replaced(outcome, (text) => text.replaceAll(`"${schema}".`, '').replaceAll(`${schema}.`, '').replaceAll(schema, 'public'));
}

/** @param value what `plain` makes, so it can't lead back to itself */
function replaced<T>(value: T, replace: (text: string) => string): T {
  if (typeof value === 'string') return replace(value) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => replaced(item, replace)) as T;
  if (typeof value !== 'object' || value === null || value instanceof Date || Buffer.isBuffer(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, replaced(held as unknown, replace)])) as T;
}
